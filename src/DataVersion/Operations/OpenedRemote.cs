using System.Security.Cryptography;
using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>
/// The object store of a remote, with what every request passes on its way: retries outside, then the gate that bounds concurrency, so that
/// nothing waits for a retry while it holds a place; then the rate limit.
/// </summary>
internal sealed class OpenedRemote : IDisposable
{
    private const int IdBytes = 16;

    private readonly LimitedBlobStore _limited;
    private readonly Repository _repository;
    private readonly TransferLimits _limits;

    private OpenedRemote(Repository repository, TransferLimits limits, ObjectStore store, IBlobStore blobs, LimitedBlobStore limited, RequestMeter meter)
    {
        Blobs = blobs;
        _repository = repository;
        _limits = limits;
        Store = store;
        _limited = limited;
        Meter = meter;
    }

    /// <summary>Its blobs, each request retried and limited.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>Its objects.</summary>
    public ObjectStore Store { get; }

    /// <summary>What it costs.</summary>
    public RequestMeter Meter { get; }

    /// <summary>How transfers with it run.</summary>
    public TransferOptions Options => new()
    {
        Jobs = _limits.Jobs ?? _repository.Settings.Jobs,
        Parts = new PartOptions { JournalDirectory = Store.RemoteId is { } id ? Path.Combine(_repository.Layout.RemotesDirectory, $"{id}.uploads") : null },
    };

    /// <param name="repository">Whose remote it is.</param>
    /// <param name="remote">The remote.</param>
    /// <param name="limits">How much of it may be used.</param>
    /// <param name="monitor">Told of retries, and where a push finds the remote made in another way than the settings ask for.</param>
    /// <param name="create">To push: an empty place becomes a remote.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="UsageException">It shall be pushed to, and is read-only, or its options contradict each other.</exception>
    public static async Task<OpenedRemote> OpenAsync(
        Repository repository, RemoteSettings remote, TransferLimits limits, ITransferMonitor monitor, bool create, CancellationToken cancellationToken)
    {
        var meter = new RequestMeter();
        IBlobStore blobs = repository.OpenRemote(remote, meter);
        if (create && blobs.Traits.ReadOnly)
            throw new UsageException($"remote '{remote.Name}' ({blobs.Location}) is read-only", "push to the place that it shows, with: dv push -r REMOTE");
        if (limits.BytesPerSecond is { } rate)
            blobs = new RateLimitedBlobStore(blobs, new RateLimit(rate, repository.Clock));
        var limited = new LimitedBlobStore(blobs, new AdaptiveGate(limits.Jobs ?? repository.Settings.Jobs ?? blobs.Traits.Connections, repository.Clock));
        try
        {
            var retrying = new RetryingBlobStore(limited, new RetryOptions(), repository.Clock, Random.Shared, error =>
            {
                meter.AddRetry();
                monitor.Retried(error.Message);
            });
            var options = new ObjectStoreOptions
            {
                Create = create,
                Format = create ? RemoteFormat.Of(remote) : StoreFormat.Plain,
                NewId = NewId,
                NotesDirectory = repository.Layout.RemotesDirectory,
            };
            ObjectStore store = await ObjectStore.OpenAsync(retrying, remote.Name, options, cancellationToken);
            if (create && RemoteFormat.Contradicts(remote, store.Format))
                monitor.Warn(RemoteFormat.Warning(remote, store.Format));
            return new OpenedRemote(repository, limits, store, retrying, limited, meter);
        }
        catch
        {
            limited.Dispose();
            throw;
        }
    }

    /// <summary>A transfer's result, with what it cost.</summary>
    public TransferResult Metered(TransferResult result) => result with { Requests = Meter.Requests, Retries = Meter.Retries };

    /// <inheritdoc/>
    public void Dispose() => _limited.Dispose();

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
}

/// <summary>How much of a remote a command may use.</summary>
/// <param name="Jobs">The most requests at once; null as configured.</param>
/// <param name="BytesPerSecond">The most bytes a second, up and down together; null for no limit.</param>
internal readonly record struct TransferLimits(int? Jobs, long? BytesPerSecond);
