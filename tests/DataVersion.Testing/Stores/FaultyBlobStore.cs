using System.Runtime.CompilerServices;
using DataVersion.Storage;

namespace DataVersion.Testing.Stores;

/// <summary>Counts and records the requests to a store, and lets chosen ones go wrong: scripted by call, never by chance.</summary>
public sealed class FaultyBlobStore(IBlobStore inner) : IBlobStore
{
    private readonly Lock _lock = new();
    private readonly List<Rule> _rules = [];
    private readonly List<(Verb Verb, string Name)> _calls = [];
    private int _running;

    public BlobStoreTraits Traits => inner.Traits;

    public string Location => inner.Location;

    /// <summary>Every request so far, in the order of their begin.</summary>
    public IReadOnlyList<(Verb Verb, string Name)> Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    /// <summary>The most requests and open reads at one time.</summary>
    public int MostAtOnce { get; private set; }

    public int Count(Verb verb) => Calls.Count(c => c.Verb == verb);

    public void ForgetCalls()
    {
        lock (_lock)
            _calls.Clear();
    }

    /// <summary>
    /// Lets requests go wrong: of those with <paramref name="verb"/> whose name contains <paramref name="name"/>, skips
    /// <paramref name="after"/>, then hits <paramref name="times"/>. Rules made later come first.
    /// </summary>
    public FaultyBlobStore On(Verb verb, Fault fault, string name = "", int after = 0, int times = 1)
    {
        lock (_lock)
            _rules.Insert(0, new Rule(verb, name, fault) { Skip = after, Left = times });
        return this;
    }

    public async Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken)
    {
        Fault? fault = await BeginAsync(Verb.Stat, name, cancellationToken);
        using var _ = Running();
        BlobInfo? info = await inner.StatAsync(name, cancellationToken);
        ThrowIfLost(fault);
        return fault is Fault.SaysSize lie && info is not null ? info with { Size = lie.Size } : info;
    }

    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        Fault? fault = await BeginAsync(Verb.Read, name, cancellationToken);
        IDisposable running = Running();
        try
        {
            return new FaultyStream(await inner.OpenReadAsync(name, range, cancellationToken), fault, running);
        }
        catch
        {
            running.Dispose();
            throw;
        }
    }

    public async Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        Fault? fault = await BeginAsync(Verb.Write, name, cancellationToken);
        using var _ = Running();
        WriteOutcome outcome = await inner.WriteAsync(name, content, mode, cancellationToken);
        ThrowIfLost(fault);
        return outcome;
    }

    public async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Fault? fault = await BeginAsync(Verb.List, prefix, cancellationToken);
        using var _ = Running();
        long left = fault is Fault.BreaksAfter { Bytes: var items } ? items : long.MaxValue;
        await foreach (BlobInfo blob in inner.ListAsync(prefix, cancellationToken))
        {
            if (left-- == 0)
                throw ((Fault.BreaksAfter)fault!).Make();
            yield return blob;
        }
    }

    public async Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken)
    {
        Fault? fault = await BeginAsync(Verb.Delete, name, cancellationToken);
        using var _ = Running();
        bool deleted = await inner.DeleteAsync(name, versionToken, cancellationToken);
        ThrowIfLost(fault);
        return deleted;
    }

    private static void ThrowIfLost(Fault? fault)
    {
        if (fault is Fault.LosesAnswer lost)
            throw lost.Make();
    }

    private async Task<Fault?> BeginAsync(Verb verb, string name, CancellationToken cancellationToken)
    {
        Fault? fault;
        lock (_lock)
        {
            _calls.Add((verb, name));
            fault = _rules.FirstOrDefault(r => r.Matches(verb, name))?.Fault;
        }
        if (fault is Fault.Throws now)
            throw now.Make();
        if (fault is Fault.Waits waits)
            await waits.Gate.WaitAsync(cancellationToken);
        return fault;
    }

    private Release Running()
    {
        lock (_lock)
            MostAtOnce = Math.Max(MostAtOnce, ++_running);
        return new Release(this);
    }

    private sealed class Rule(Verb verb, string name, Fault fault)
    {
        public Fault Fault => fault;

        public int Skip { get; set; }

        public int Left { get; set; }

        public bool Matches(Verb calledVerb, string calledName) =>
            verb == calledVerb && calledName.Contains(name, StringComparison.Ordinal) && Skip-- <= 0 && Left-- > 0;
    }

    private sealed class Release(FaultyBlobStore store) : IDisposable
    {
        private int _done;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _done, 1) != 0)
                return;
            lock (store._lock)
                store._running--;
        }
    }
}
