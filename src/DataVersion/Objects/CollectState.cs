using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>What a garbage collection is doing on a remote.</summary>
internal enum CollectPhase
{
    /// <summary>None runs.</summary>
    Idle,

    /// <summary>Candidates are named; nothing is deleted yet.</summary>
    Condemned,

    /// <summary>Objects are being deleted: what was there a moment ago may be gone.</summary>
    Deleting,
}

/// <summary>The state of garbage collection on a remote. Two equal values mean that nothing happened in between.</summary>
/// <param name="Number">The highest state document; 0 without any.</param>
/// <param name="Epoch">Number of the latest document that says <c>deleting</c>; 0 without any. Older receipts vouch for nothing.</param>
/// <param name="Phase">What the highest document says.</param>
internal sealed record CollectState(long Number, long Epoch, CollectPhase Phase)
{
    /// <summary>Where nothing was ever collected.</summary>
    public static CollectState None { get; } = new(0, 0, CollectPhase.Idle);

    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Reads the state that rules now.</summary>
    /// <exception cref="UsageException">It is one that this version does not know.</exception>
    public static async Task<CollectState> ReadAsync(IBlobStore store, string remote, CancellationToken cancellationToken)
    {
        var numbers = new List<long>();
        await foreach (BlobInfo blob in store.ListAsync(ObjectLayout.CollectPrefix, cancellationToken))
        {
            if (ObjectLayout.TryParseCollectState(blob.Name, out long number))
                numbers.Add(number);
        }
        numbers.Sort();
        CollectPhase? current = null;
        for (int i = numbers.Count - 1; i >= 0; i--)
        {
            CollectPhase phase = await ReadPhaseAsync(store, remote, numbers[i], cancellationToken);
            current ??= phase;
            if (phase == CollectPhase.Deleting)
                return new CollectState(numbers[^1], numbers[i], current.Value);
        }
        return new CollectState(numbers.LastOrDefault(), 0, current ?? CollectPhase.Idle);
    }

    private static async Task<CollectPhase> ReadPhaseAsync(IBlobStore store, string remote, long number, CancellationToken cancellationToken)
    {
        string name = ObjectLayout.CollectState(number);
        string title = $"{remote}: {name}";
        byte[] bytes = await BoundedReader.TryReadAsync(store, name, MaxBytes, title, cancellationToken)
            ?? throw new RemoteException(remote, $"'{name}' is listed but cannot be read");
        CollectDocument document = StoreJson.Read(bytes, title, StoreJson.Default.CollectDocument);
        return (document.Version, document.State) switch
        {
            (1, "idle") => CollectPhase.Idle,
            (1, "condemned") => CollectPhase.Condemned,
            (1, "deleting") => CollectPhase.Deleting,
            _ => throw new UsageException($"remote '{remote}' is in a state of garbage collection that this dv does not know", "install a newer dv"),
        };
    }
}
