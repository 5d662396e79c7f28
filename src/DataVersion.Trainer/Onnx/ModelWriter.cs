using System.Buffers.Binary;

namespace DataVersion.Trainer.Onnx;

/// <summary>
/// A graph as a file (<c>ModelProto</c>; the numbers of fields are those of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). The same graph always gives
/// the same bytes.
/// </summary>
internal static class ModelWriter
{
    /// <summary>The format's version: 8 came with ONNX 1.13, as opset 18 did.</summary>
    internal const long IrVersion = 8;

    /// <summary>The version of the operators of the default domain (onnx/docs/Operators.md).</summary>
    internal const long Opset = 18;

    /// <summary>The version of the operators of <see cref="MlDomain"/>: <c>LabelEncoder</c> from strings to integers came with 2.</summary>
    internal const long MlOpset = 3;

    internal const string MlDomain = "ai.onnx.ml";

    internal static byte[] Write(GraphBuilder graph)
    {
        var model = new ProtoWriter();
        model.Integer(1, IrVersion);
        model.Text(2, "DataVersion");
        model.Message(7, w => Graph(w, graph));
        model.Message(8, w => Import(w, "", Opset));
        if (graph.Nodes.Any(n => n.Domain == MlDomain))
            model.Message(8, w => Import(w, MlDomain, MlOpset));
        foreach ((string key, string value) in graph.Properties)
            model.Message(14, w => Property(w, key, value));
        return model.Bytes.ToArray();
    }

    private static void Import(ProtoWriter writer, string domain, long version)
    {
        if (domain.Length > 0)
            writer.Text(1, domain);
        writer.Integer(2, version);
    }

    private static void Property(ProtoWriter writer, string key, string value)
    {
        writer.Text(1, key);
        writer.Text(2, value);
    }

    private static void Graph(ProtoWriter writer, GraphBuilder graph)
    {
        foreach (Node node in graph.Nodes)
            writer.Message(1, w => Operator(w, node));
        writer.Text(2, graph.Name);
        foreach (OnnxConstant constant in graph.Constants)
            writer.Message(5, w => Tensor(w, constant));
        foreach (Value input in graph.Inputs)
            writer.Message(11, w => Info(w, input));
        foreach (Value output in graph.Outputs)
            writer.Message(12, w => Info(w, output));
    }

    private static void Operator(ProtoWriter writer, Node node)
    {
        foreach (Value? input in node.Inputs)
            writer.Text(1, input?.Name ?? "");
        foreach (Value output in node.Outputs)
            writer.Text(2, output.Name);
        writer.Text(3, $"{node.Operator}:{node.Outputs[0].Name}");
        writer.Text(4, node.Operator);
        foreach (OnnxAttribute attribute in node.Attributes)
            writer.Message(5, w => Attribute(w, attribute));
        if (node.Domain.Length > 0)
            writer.Text(7, node.Domain);
    }

    private static void Attribute(ProtoWriter writer, OnnxAttribute attribute)
    {
        writer.Text(1, attribute.Name);
        int type;
        switch (attribute.Content)
        {
            case float real:
                writer.Real(2, real);
                type = 1;
                break;
            case long integer:
                writer.Integer(3, integer);
                type = 2;
                break;
            case string text:
                writer.Text(4, text);
                type = 3;
                break;
            case long[] integers:
                foreach (long integer in integers)
                    writer.Integer(8, integer);
                type = 7;
                break;
            case string[] texts:
                foreach (string text in texts)
                    writer.Text(9, text);
                type = 8;
                break;
            default:
                throw new GraphException($"attribute '{attribute.Name}' is of no known type");
        }
        writer.Integer(20, type);
    }

    private static void Tensor(ProtoWriter writer, OnnxConstant constant)
    {
        foreach (Dimension dim in constant.Value.Shape.Dims)
            writer.Integer(1, dim.Factor);
        writer.Integer(2, (long)constant.Value.Type);
        if (constant.Data is string[] texts)
            foreach (string text in texts)
                writer.Text(6, text);
        writer.Text(8, constant.Value.Name);
        if (constant.Data is not string[])
            writer.Raw(9, Bytes(constant.Data));
    }

    /// <summary><c>raw_data</c>: little-endian, whatever the machine.</summary>
    private static byte[] Bytes(Array data)
    {
        switch (data)
        {
            case float[] reals:
                var bytes = new byte[reals.Length * sizeof(float)];
                for (int i = 0; i < reals.Length; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), reals[i]);
                return bytes;
            case double[] reals:
                bytes = new byte[reals.Length * sizeof(double)];
                for (int i = 0; i < reals.Length; i++)
                    BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), reals[i]);
                return bytes;
            case int[] integers:
                bytes = new byte[integers.Length * sizeof(int)];
                for (int i = 0; i < integers.Length; i++)
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), integers[i]);
                return bytes;
            case long[] integers:
                bytes = new byte[integers.Length * sizeof(long)];
                for (int i = 0; i < integers.Length; i++)
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), integers[i]);
                return bytes;
            default:
                throw new GraphException($"a constant of {data.GetType().Name} is not supported");
        }
    }

    private static void Info(ProtoWriter writer, Value value)
    {
        writer.Text(1, value.Name);
        writer.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Integer(1, (long)value.Type);
            tensor.Message(2, shape =>
            {
                foreach (Dimension dim in value.Shape.Dims)
                    shape.Message(1, w => WriteDimension(w, dim));
            });
        }));
    }

    private static void WriteDimension(ProtoWriter writer, Dimension dim)
    {
        if (dim.IsFixed)
            writer.Integer(1, dim.Factor);
        else
            writer.Text(2, dim.ToString());
    }
}
