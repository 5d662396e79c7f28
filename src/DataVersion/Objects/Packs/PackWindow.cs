namespace DataVersion.Objects.Packs;

/// <summary>The last packs of trees that were read, in memory: trees lie in the order of their paths, and are read so.</summary>
/// <param name="read">Reads a pack's objects.</param>
internal sealed class PackWindow(Func<KnownPack, CancellationToken, Task<byte[]>> read)
{
    // Of 2 MiB each: as many as folders of one level are read at once, nearly always.
    private const int Packs = 16;

    private readonly Lock _lock = new();
    private readonly LinkedList<(KnownPack Pack, Task<byte[]> Bytes)> _latest = new();

    /// <summary>A pack's objects; those who want the same one at once share a read.</summary>
    public async Task<byte[]> ReadAsync(KnownPack pack, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await Begin(pack, cancellationToken).WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The one who began to read gave up: this one goes on.
            }
        }
    }

    private Task<byte[]> Begin(KnownPack pack, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            LinkedListNode<(KnownPack Pack, Task<byte[]> Bytes)>? node = _latest.First;
            // What failed, or was given up by the one who began it, is read again.
            while (node is not null && (!ReferenceEquals(node.Value.Pack, pack) || node.Value.Bytes.IsFaulted || node.Value.Bytes.IsCanceled))
                node = node.Next;
            if (node is null)
            {
                node = new((pack, read(pack, cancellationToken)));
                if (_latest.Count == Packs)
                    _latest.RemoveLast();
            }
            else
            {
                _latest.Remove(node);
            }
            _latest.AddFirst(node);
            return node.Value.Bytes;
        }
    }

    /// <summary>Reads a pack again the next time: what came of it was not right.</summary>
    public void Forget(KnownPack pack)
    {
        lock (_lock)
        {
            foreach ((KnownPack Pack, Task<byte[]> Bytes) node in _latest.Where(n => ReferenceEquals(n.Pack, pack)).ToList())
                _latest.Remove(node);
        }
    }
}
