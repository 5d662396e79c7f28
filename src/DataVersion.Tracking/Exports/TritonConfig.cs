using System.Globalization;
using System.Text;
using DataVersion.Objects;

namespace DataVersion.Tracking.Exports;

/// <summary>
/// Writes <c>config.pbtxt</c>, the model configuration of NVIDIA Triton Inference Server for its ONNX Runtime backend
/// (docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_configuration.html).
/// </summary>
public static class TritonConfig
{
    /// <summary>The file's name.</summary>
    public const string FileName = "config.pbtxt";

    // TensorProto.DataType of onnx.proto → Triton's data types ("Datatypes" of the page above), as far as the backend takes them: it has no BF16.
    private static readonly Dictionary<int, string> Types = new()
    {
        [1] = "TYPE_FP32",
        [2] = "TYPE_UINT8",
        [3] = "TYPE_INT8",
        [4] = "TYPE_UINT16",
        [5] = "TYPE_INT16",
        [6] = "TYPE_INT32",
        [7] = "TYPE_INT64",
        [8] = "TYPE_STRING",
        [9] = "TYPE_BOOL",
        [10] = "TYPE_FP16",
        [11] = "TYPE_FP64",
        [12] = "TYPE_UINT32",
        [13] = "TYPE_UINT64",
    };

    /// <summary>The configuration: the same model always gives the same text.</summary>
    /// <param name="name">The model's name, which is that of its folder.</param>
    /// <param name="model">What it takes and gives.</param>
    /// <param name="maxBatchSize">The most rows of one batch, where the model takes batches: the first dimension of all that it takes and gives is free.</param>
    /// <exception cref="UsageException">Triton has no word for a type, or the model does not say a shape.</exception>
    public static string Write(string name, OnnxInterface model, int maxBatchSize)
    {
        IReadOnlyList<OnnxValue> all = [.. model.Inputs, .. model.Outputs];
        foreach (OnnxValue value in all)
            Check(value);
        bool isBatched = model.Inputs.Count > 0 && all.All(v => v.Shape is [OnnxValue.Free, ..]);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name: {Quote(name)}\nbackend: \"onnxruntime\"\nmax_batch_size: {(isBatched ? maxBatchSize : 0)}\n");
        // Requests that come close together are answered as one batch.
        if (isBatched)
            text.Append("dynamic_batching { }\n");
        WriteAll(text, "input", model.Inputs, isBatched);
        WriteAll(text, "output", model.Outputs, isBatched);
        return text.ToString();
    }

    private static void WriteAll(StringBuilder text, string what, IReadOnlyList<OnnxValue> values, bool isBatched)
    {
        if (values.Count == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $"{what} [\n");
        for (int i = 0; i < values.Count; i++)
        {
            OnnxValue value = values[i];
            // With a batch size the first dimension goes without saying.
            IReadOnlyList<long> shape = isBatched ? [.. value.Shape!.Skip(1)] : value.Shape!;
            text.Append(CultureInfo.InvariantCulture, $"  {{\n    name: {Quote(value.Name)}\n    data_type: {Types[value.ElementType]}\n    dims: [ {(shape.Count == 0 ? "1" : string.Join(", ", shape))} ]\n");
            // Triton knows no empty shape; it is told to take the one element for it ("Reshape").
            if (shape.Count == 0)
                text.Append("    reshape: { shape: [ ] }\n");
            text.Append(i < values.Count - 1 ? "  },\n" : "  }\n");
        }
        text.Append("]\n");
    }

    private static void Check(OnnxValue value)
    {
        string name = PathRules.Printable(value.Name);
        if (!Types.ContainsKey(value.ElementType))
            throw new UsageException($"'{name}' of the model is of a type that Triton does not know (ONNX type {value.ElementType})", "Triton takes tensors of booleans, whole numbers, floats and strings");
        if (value.Shape is null)
            throw new UsageException($"the model does not say what shape '{name}' has", "export it with shapes, for example with onnx.shape_inference");
        if (value.Shape.Any(d => d is < OnnxValue.Free or 0))
            throw new UsageException($"'{name}' of the model has a dimension of size {value.Shape.First(d => d is < OnnxValue.Free or 0)}, which Triton does not take");
    }

    // A string of protobuf's text format.
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (c < ' ' || c == '\x7f')
                quoted.Append(CultureInfo.InvariantCulture, $"\\{Convert.ToString(c, 8).PadLeft(3, '0')}");
            else
                quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
