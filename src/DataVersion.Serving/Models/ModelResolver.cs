using DataVersion.Objects;
using DataVersion.Tracking.Mlflow;

namespace DataVersion.Serving.Models;

/// <summary>Follows a model's URI to its files, through as many names as it takes: alias → version → run → artifacts, or a place elsewhere.</summary>
internal sealed class ModelResolver : IDisposable
{
    // A version whose source is a version whose source is …: a circle ends here.
    private const int MaxSteps = 10;

    private readonly ServingSettings _settings;
    private readonly ServingHost _host;
    private readonly RepositoryModels _repository;
    private readonly Lazy<MlflowModels> _mlflow;

    /// <exception cref="UsageException">The URI needs MLflow, and its settings have no meaning.</exception>
    internal ModelResolver(ServingSettings settings, ServingHost host)
    {
        _settings = settings;
        _host = host;
        _repository = new RepositoryModels(settings, host);
        _mlflow = new Lazy<MlflowModels>(() => new MlflowModels(host));
        if (settings.Model.NeedsMlflow)
            _ = _mlflow.Value;
    }

    /// <summary>What the URI means at this moment.</summary>
    /// <exception cref="DataVersionException">It means nothing, or who knows it cannot be asked.</exception>
    internal async Task<ResolvedModel> ResolveAsync(CancellationToken cancellationToken)
    {
        ModelUri asked = _settings.Model;
        ModelUri uri = asked;
        MlflowModelVersion? version = null;
        for (int step = 0; step < MaxSteps; step++)
        {
            if (uri.Kind == ModelUriKind.Registry)
            {
                MlflowModelVersion found = await _mlflow.Value.FindVersionAsync(uri, cancellationToken);
                version ??= found;
                uri = Next(await _mlflow.Value.FindFilesAsync(found, cancellationToken), found);
                continue;
            }
            ResolvedModel resolved = await ResolvePlaceAsync(asked, uri, version, cancellationToken);
            return resolved with { Uri = asked };
        }
        throw new UsageException($"{asked} leads from version to version without end", "register the model again with its real source");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_mlflow.IsValueCreated)
            _mlflow.Value.Dispose();
    }

    private async Task<ResolvedModel> ResolvePlaceAsync(ModelUri asked, ModelUri uri, MlflowModelVersion? version, CancellationToken cancellationToken)
    {
        ResolvedModel resolved = uri.Kind switch
        {
            ModelUriKind.Artifacts => await ResolveArtifactsAsync(asked, uri, cancellationToken),
            ModelUriKind.Repository => _repository.Resolve(uri, cancellationToken),
            ModelUriKind.Store => await StoreFiles.ResolveAsync(uri, uri.Name, _host, cancellationToken),
            _ => LocalFiles.Resolve(uri),
        };
        if (version is null)
            return resolved;
        ModelLineage run = await _mlflow.Value.DescribeAsync(version.RunId ?? resolved.Lineage.RunId, cancellationToken);
        return resolved with
        {
            Name = version.Name,
            Version = version.Version,
            Sha256 = MlflowModels.HashOf(version),
            Identity = $"{version.Name} {version.Version} {resolved.Identity}",
            Lineage = run == ModelLineage.None ? resolved.Lineage : run with { DataCommit = run.DataCommit ?? resolved.Lineage.DataCommit },
        };
    }

    private async Task<ResolvedModel> ResolveArtifactsAsync(ModelUri asked, ModelUri uri, CancellationToken cancellationToken)
    {
        MlflowModels mlflow = _mlflow.Value;
        string location = await mlflow.Client.ResolveAsync(uri.Name, cancellationToken);
        if (mlflow.Client.RefuseArtifactsOf(location) is { } refused)
        {
            // A run whose artifacts lie in a store: read from there, with our own credentials.
            if (TryParse(location) is { Kind: ModelUriKind.Store } store)
            {
                ResolvedModel stored = await StoreFiles.ResolveAsync(uri, store.Name, _host, cancellationToken);
                return stored with { Lineage = await mlflow.DescribeAsync(MlflowModels.RunOf(uri.Name), cancellationToken) };
            }
            throw refused;
        }
        string? run = MlflowModels.RunOf(uri.Name) ?? MlflowModels.RunOf(location);
        return new ResolvedModel
        {
            Uri = asked,
            Location = location,
            Identity = location,
            Files = new ArtifactFiles(mlflow.Client, location),
            Name = location.TrimEnd('/')[(location.TrimEnd('/').LastIndexOf('/') + 1)..],
            Lineage = await mlflow.DescribeAsync(run, cancellationToken),
        };
    }

    /// <summary>The source of a version, as the registry gives it: it may name a store or a repository, but no folder of this machine.</summary>
    private ModelUri Next(string source, MlflowModelVersion version)
    {
        ModelUri next = ModelUri.Parse(source, _host.WorkingDirectory);
        return next.Kind != ModelUriKind.Local ? next
            : throw new UsageException($"version {version.Version} of model '{PathRules.Printable(version.Name)}' lies in '{PathRules.Printable(source)}', a folder of another machine",
                "register it with a source that can be reached from here: runs:/RUN/PATH, mlflow-artifacts:/PATH, dv://PATH@COMMIT or s3://BUCKET/PREFIX");
    }

    private ModelUri? TryParse(string text)
    {
        try
        {
            return ModelUri.Parse(text, _host.WorkingDirectory);
        }
        catch (DataVersionException)
        {
            return null;
        }
    }
}
