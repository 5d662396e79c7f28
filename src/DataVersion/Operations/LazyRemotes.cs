using System.Collections.Concurrent;
using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Transfers;
using DataVersion.Workspaces;

namespace DataVersion.Operations;

/// <summary>The remotes that data come from, each opened when something is first asked of it: what the cache has needs none.</summary>
internal sealed class LazyRemotes : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<OpenedRemote>>> _opened = new(StringComparer.Ordinal);
    private readonly Repository _repository;
    private readonly ITransferMonitor _monitor;
    private readonly TransferLimits _limits;
    private readonly string? _name;

    /// <param name="repository">Whose they are.</param>
    /// <param name="name">The one to use; null for the pointer's own, or the default one.</param>
    /// <param name="limits">How much of them may be used.</param>
    /// <param name="monitor">Told of retries.</param>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public LazyRemotes(Repository repository, string? name, TransferLimits limits, ITransferMonitor monitor)
    {
        _repository = repository;
        _monitor = monitor;
        _limits = limits;
        _name = name;
        if (name is not null)
            repository.Settings.RequireRemote(name);
    }

    /// <summary>What was asked of them so far.</summary>
    public long Requests => Opened.Sum(r => r.Meter.Requests);

    /// <summary>Requests that had to be repeated.</summary>
    public long Retries => Opened.Sum(r => r.Meter.Retries);

    private IEnumerable<OpenedRemote> Opened => _opened.Values.Where(r => r.IsValueCreated && r.Value.IsCompletedSuccessfully).Select(r => r.Value.Result);

    /// <summary>Opens what has the data of a pointer.</summary>
    public Func<CancellationToken, Task<ObjectStore>> For(Pointer pointer) => async cancellationToken =>
    {
        RemoteSettings remote = _repository.Settings.RequireRemote(_name ?? pointer.Remote);
        Lazy<Task<OpenedRemote>> opened = _opened.GetOrAdd(
            remote.Name, _ => new(() => OpenedRemote.OpenAsync(_repository, remote, _limits, _monitor, create: false, cancellationToken)));
        ObjectStore store = (await opened.Value).Store;
        store.Use(pointer.ToRoot(pointer.ToString()!));
        return store;
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OpenedRemote remote in Opened)
            remote.Dispose();
    }
}
