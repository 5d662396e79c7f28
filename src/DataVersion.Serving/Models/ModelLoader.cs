using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Serving.Predicting;
using DataVersion.Tracking.Models;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Serving.Models;

/// <summary>Brings a model here, checks that it is the one that was meant, opens and warms it.</summary>
internal sealed class ModelLoader(ServingSettings settings, ServingHost host)
{
    private const int MaxSignature = 64 * 1024 * 1024;

    /// <exception cref="DataVersionException">It cannot be had, is not what the registry, pointer or signature says, or does not answer.</exception>
    internal async Task<LoadedModel> LoadAsync(ResolvedModel resolved, CancellationToken cancellationToken)
    {
        // What a session needs of its files it has read, or mapped, when it is open.
        using ModelFolder folder = ModelFolder.Create(settings.CacheDirectory, settings.MaxModelBytes);
        await resolved.Files.BringAsync(folder, cancellationToken);
        ModelFile model = Require(folder, ModelSignature.ModelFileName, resolved);
        ModelFile document = Require(folder, ModelSignature.FileName, resolved);
        if (document.Content.Size > MaxSignature)
            throw new InvalidFormatException(ModelSignature.FileName, null, $"has more than {MaxSignature} bytes", null, ErrorKind.Corrupt);
        await CheckAsync(resolved, folder, model, cancellationToken);
        ModelSignature signature = ModelSignature.Parse(await File.ReadAllBytesAsync(folder.PathOf(document.Path), cancellationToken), ModelSignature.FileName);
        if (!signature.ModelSha256.Equals(model.Content.Id.Hex, StringComparison.OrdinalIgnoreCase))
        {
            throw new ObjectCorruptException($"sha256:{signature.ModelSha256}", model.Content.Id.ToString(), $"at {resolved.Location}",
                "signature.json belongs to another model.onnx: put those that the trainer wrote together beside each other");
        }
        cancellationToken.ThrowIfCancellationRequested();
        InferenceSession session = ModelSession.Open(folder.PathOf(model.Path), signature, settings);
        LoadedModel loaded;
        try
        {
            loaded = new LoadedModel(resolved, signature, session, settings, host.Clock.GetUtcNow());
        }
        catch
        {
            session.Dispose();
            throw;
        }
        try
        {
            loaded.Predictor.WarmUp();
            return loaded;
        }
        catch (OnnxRuntimeException e)
        {
            loaded.Release();
            throw new InvalidFormatException(ModelSignature.ModelFileName, null, $"it does not answer: {ModelSession.Line(e)}", null, ErrorKind.Corrupt, e);
        }
        catch
        {
            loaded.Release();
            throw;
        }
    }

    /// <summary>The registry's hash is that of the file, or of the folder that was the run's output.</summary>
    private static async Task CheckAsync(ResolvedModel resolved, ModelFolder folder, ModelFile model, CancellationToken cancellationToken)
    {
        if (resolved.Sha256 is not { } expected)
            return;
        string hex = expected.StartsWith("sha256:", StringComparison.Ordinal) ? expected["sha256:".Length..] : expected;
        if (hex.Equals(model.Content.Id.Hex, StringComparison.OrdinalIgnoreCase))
            return;
        ObjectId tree = await folder.TreeIdAsync(cancellationToken);
        if (!hex.Equals(tree.Hex, StringComparison.OrdinalIgnoreCase))
        {
            throw new ObjectCorruptException($"sha256:{PathRules.Printable(hex)}", $"{model.Content.Id} (the folder: {tree})", $"at {resolved.Location}",
                "the registry's tag dv.model.sha256 names other bytes: register the model again, and find out who replaced it");
        }
    }

    private static ModelFile Require(ModelFolder folder, string name, ResolvedModel resolved) => folder.Files.TryGetValue(name, out ModelFile? file)
        ? file
        : throw new BlobNotFoundException(resolved.Location, name);
}
