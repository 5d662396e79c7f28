using DataVersion.Objects;

namespace DataVersion.Tracking.Exports;

/// <summary>What an ONNX model takes and gives, and which files it needs beside itself; read from the file alone.</summary>
/// <param name="Inputs">The graph's inputs, without those that are only the names of its weights.</param>
/// <param name="Outputs">The graph's outputs.</param>
/// <param name="ExternalFiles">Files with weights, relative to the model's folder, in order.</param>
public sealed record OnnxInterface(IReadOnlyList<OnnxValue> Inputs, IReadOnlyList<OnnxValue> Outputs, IReadOnlyList<string> ExternalFiles)
{
    // Field numbers of onnx.proto (github.com/onnx/onnx): ModelProto, FunctionProto, GraphProto, NodeProto, AttributeProto, TensorProto, StringStringEntryProto,
    // ValueInfoProto, TypeProto, TensorShapeProto.
    private const int ModelGraph = 7, ModelFunction = 25, FunctionNode = 7;
    private const int NodeAttribute = 5, AttributeTensor = 5, AttributeGraph = 6, AttributeTensors = 10, AttributeGraphs = 11;
    private const int GraphNode = 1, GraphInitializer = 5, GraphInput = 11, GraphOutput = 12, GraphSparseInitializer = 15;
    private const int TensorName = 8, TensorExternalData = 13, SparseValues = 1;
    private const int EntryKey = 1, EntryValue = 2;
    private const int ValueName = 1, ValueType = 2;
    private const int TypeTensor = 1, TensorElement = 1, TensorShape = 2;
    private const int ShapeDimension = 1, DimensionValue = 1;

    // Graphs in graphs: the branches of an If, the body of a Loop.
    private const int MaxDepth = 64;

    /// <summary>Reads a model.</summary>
    /// <param name="stream">The model's file; can seek.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidFormatException">It is not an ONNX model.</exception>
    public static OnnxInterface Read(Stream stream, string name)
    {
        try
        {
            var model = new ProtoStream(stream, stream.Length);
            OnnxInterface? read = null;
            var files = new SortedSet<string>(StringComparer.Ordinal);
            while (model.Next())
            {
                if (model.Field == ModelGraph)
                    read = ReadGraph(model.Message(), files, depth: 0);
                else if (model.Field == ModelFunction)
                    ReadFunction(model.Message(), files);
            }
            return read is { Outputs.Count: > 0 } ? read with { ExternalFiles = [.. files] } : throw new InvalidDataException("it has no graph with an output");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidFormatException(name, null, $"is not an ONNX model: {e.Message}", "export the model as ONNX first", ErrorKind.Corrupt, e);
        }
    }

    private static OnnxInterface ReadGraph(ProtoStream graph, SortedSet<string> files, int depth)
    {
        if (depth > MaxDepth)
            throw new InvalidDataException($"graphs are nested more than {MaxDepth} deep");
        var inputs = new List<OnnxValue>();
        var outputs = new List<OnnxValue>();
        var weights = new HashSet<string>();
        while (graph.Next())
        {
            switch (graph.Field)
            {
                case GraphInput:
                    inputs.Add(ReadValue(graph.Message()));
                    break;
                case GraphOutput:
                    outputs.Add(ReadValue(graph.Message()));
                    break;
                case GraphNode:
                    ReadNode(graph.Message(), files, depth);
                    break;
                case GraphInitializer:
                    weights.Add(ReadWeight(graph.Message(), files));
                    break;
                case GraphSparseInitializer:
                    ProtoStream sparse = graph.Message();
                    while (sparse.Next())
                    {
                        if (sparse.Field == SparseValues)
                            weights.Add(ReadWeight(sparse.Message(), files));
                    }
                    break;
            }
        }
        // Models of IR versions before 4 name their weights among the inputs.
        return new OnnxInterface([.. inputs.Where(i => !weights.Contains(i.Name))], outputs, []);
    }

    private static void ReadFunction(ProtoStream function, SortedSet<string> files)
    {
        while (function.Next())
        {
            if (function.Field == FunctionNode)
                ReadNode(function.Message(), files, depth: 0);
        }
    }

    // Constants and inner graphs may have weights in files, too.
    private static void ReadNode(ProtoStream node, SortedSet<string> files, int depth)
    {
        while (node.Next())
        {
            if (node.Field != NodeAttribute)
                continue;
            ProtoStream attribute = node.Message();
            while (attribute.Next())
            {
                if (attribute.Field is AttributeTensor or AttributeTensors && attribute.IsBytes)
                    ReadWeight(attribute.Message(), files);
                else if (attribute.Field is AttributeGraph or AttributeGraphs && attribute.IsBytes)
                    ReadGraph(attribute.Message(), files, depth + 1);
            }
        }
    }

    private static string ReadWeight(ProtoStream tensor, SortedSet<string> files)
    {
        string name = "";
        while (tensor.Next())
        {
            if (tensor.Field == TensorName)
                name = tensor.Text();
            else if (tensor.Field == TensorExternalData && ReadLocation(tensor.Message()) is { } location)
                files.Add(location);
        }
        return name;
    }

    private static string? ReadLocation(ProtoStream entry)
    {
        string key = "", value = "";
        while (entry.Next())
        {
            if (entry.Field == EntryKey)
                key = entry.Text();
            else if (entry.Field == EntryValue)
                value = entry.Text();
        }
        return key == "location" ? value : null;
    }

    private static OnnxValue ReadValue(ProtoStream value)
    {
        string name = "";
        OnnxValue read = new("", 0, null);
        while (value.Next())
        {
            if (value.Field == ValueName)
                name = value.Text();
            else if (value.Field == ValueType)
                read = ReadType(value.Message());
        }
        return read with { Name = name };
    }

    private static OnnxValue ReadType(ProtoStream type)
    {
        int element = 0;
        List<long>? shape = null;
        while (type.Next())
        {
            if (type.Field != TypeTensor)
                continue;
            ProtoStream tensor = type.Message();
            while (tensor.Next())
            {
                if (tensor.Field == TensorElement)
                    element = (int)tensor.Integer;
                else if (tensor.Field == TensorShape)
                    shape = ReadShape(tensor.Message());
            }
        }
        return new OnnxValue("", element, shape);
    }

    private static List<long> ReadShape(ProtoStream shape)
    {
        var dimensions = new List<long>();
        while (shape.Next())
        {
            if (shape.Field != ShapeDimension)
                continue;
            // One without a value is free; its name says nothing here.
            long size = OnnxValue.Free;
            ProtoStream dimension = shape.Message();
            while (dimension.Next())
            {
                if (dimension.Field == DimensionValue)
                    size = dimension.Integer;
            }
            dimensions.Add(size);
        }
        return dimensions;
    }
}

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The number of the element's type in onnx.proto (TensorProto.DataType); 0 where it is no tensor.</param>
/// <param name="Shape">Its dimensions, <see cref="Free"/> where one may have any size; null where the model does not say.</param>
public sealed record OnnxValue(string Name, int ElementType, IReadOnlyList<long>? Shape)
{
    /// <summary>A dimension of any size.</summary>
    public const long Free = -1;
}
