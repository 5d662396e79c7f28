using DataVersion.Objects;
using DataVersion.Tracking.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace DataVersion.Serving.Models;

/// <summary>Makes ONNX Runtime sessions, and checks that a graph is what its signature says.</summary>
internal static class ModelSession
{
    /// <exception cref="InvalidFormatException">It is no model, or not the one of the signature.</exception>
    /// <exception cref="UsageException">CUDA was asked for and cannot be used.</exception>
    internal static InferenceSession Open(string file, ModelSignature signature, ServingSettings settings)
    {
        using SessionOptions options = Options(settings);
        InferenceSession session;
        try
        {
            session = new InferenceSession(file, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidFormatException(ModelSignature.ModelFileName, null, $"ONNX Runtime cannot load it: {Line(e)}", null, ErrorKind.Corrupt, e);
        }
        try
        {
            Check(session, signature);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>What ONNX Runtime says, in one line.</summary>
    internal static string Line(OnnxRuntimeException error)
    {
        string line = error.Message.ReplaceLineEndings(" ");
        return PathRules.Printable(line.Length > 400 ? line[..400] : line);
    }

    private static SessionOptions Options(ServingSettings settings)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = settings.Threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            // Buffers of requests differ in size: an arena would keep the largest that ever was.
            EnableCpuMemArena = false,
        };
        if (settings.Provider == ExecutionProvider.Cpu)
            return options;
        try
        {
            options.AppendExecutionProvider_CUDA();
            return options;
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            options.Dispose();
            throw new UsageException($"ORT_PROVIDER=cuda, and CUDA cannot be used: {(e is OnnxRuntimeException ort ? Line(ort) : "this build has no CUDA provider")}",
                "use the image with CUDA, and give the container a GPU; or ORT_PROVIDER=cpu", e);
        }
    }

    private static void Check(InferenceSession session, ModelSignature signature)
    {
        foreach (SignatureInput input in signature.Inputs)
        {
            if (!session.InputMetadata.TryGetValue(input.Name, out NodeMetadata? node))
                throw Differs($"the graph has no input '{PathRules.Printable(input.Name)}'");
            TensorElementType wanted = input.Type switch
            {
                SignatureType.Number => TensorElementType.Float,
                SignatureType.Time => TensorElementType.Double,
                _ => TensorElementType.String,
            };
            if (!node.IsTensor || node.ElementDataType != wanted || node.Dimensions is not [_, 1 or -1])
                throw Differs($"input '{PathRules.Printable(input.Name)}' of the graph is no {wanted} tensor of shape [N, 1]");
        }
        string[] others = [.. session.InputMetadata.Keys.Except(signature.Inputs.Select(i => i.Name))];
        if (others.Length > 0)
            throw Differs($"the graph has an input '{PathRules.Printable(others[0])}' that the signature does not name");
        if (!session.OutputMetadata.TryGetValue(signature.Output, out NodeMetadata? output) || !output.IsTensor || output.ElementDataType != TensorElementType.Float)
            throw Differs($"the graph has no float output '{PathRules.Printable(signature.Output)}'");
    }

    private static InvalidFormatException Differs(string problem) =>
        new(ModelSignature.ModelFileName, null, $"it is not the model of {ModelSignature.FileName}: {problem}", null, ErrorKind.Corrupt);
}
