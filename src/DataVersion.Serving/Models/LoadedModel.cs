using DataVersion.Serving.Metrics;
using DataVersion.Serving.Predicting;
using DataVersion.Tracking.Models;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Serving.Models;

/// <summary>A model that answers. It is disposed of when it has been replaced and its last request is done.</summary>
internal sealed class LoadedModel
{
    // One for the holder, one for each request.
    private int _references = 1;

    internal LoadedModel(ResolvedModel resolved, ModelSignature signature, InferenceSession session, ServingSettings settings, DateTimeOffset loadedAt)
    {
        Resolved = resolved;
        Signature = signature;
        LoadedAt = loadedAt;
        Columns = new InputColumns(signature);
        Drift = new DriftWindow(signature, settings.DriftRows);
        Predictor = new Predictor(session, Columns, signature, settings);
        Description = ModelDescription.Write(this, settings);
        Tail = ModelDescription.WriteTail(this);
    }

    internal ResolvedModel Resolved { get; }

    internal ModelSignature Signature { get; }

    internal DateTimeOffset LoadedAt { get; }

    internal InputColumns Columns { get; }

    internal DriftWindow Drift { get; }

    internal Predictor Predictor { get; }

    /// <summary>What <c>GET /model</c> answers.</summary>
    internal byte[] Description { get; }

    /// <summary>What ends each answer to <c>POST /predict</c>: the model's version and hash.</summary>
    internal byte[] Tail { get; }

    internal string Sha256 => Signature.ModelSha256;

    /// <summary>False where it is gone already.</summary>
    internal bool TryHold()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }
        return false;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            Predictor.Dispose();
    }
}

/// <summary>The model that answers at this moment.</summary>
internal sealed class ModelHolder
{
    private LoadedModel? _current;

    /// <summary>For reading facts; not held.</summary>
    internal LoadedModel? Current => Volatile.Read(ref _current);

    /// <summary>The model, held until <see cref="LoadedModel.Release"/>; null where none is loaded.</summary>
    internal LoadedModel? Hold()
    {
        while (Volatile.Read(ref _current) is { } model)
        {
            if (model.TryHold())
                return model;
        }
        return null;
    }

    /// <summary>Puts another model in its place; the old one answers the requests that it has.</summary>
    internal void Swap(LoadedModel? next) => Interlocked.Exchange(ref _current, next)?.Release();
}
