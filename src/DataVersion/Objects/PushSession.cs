using System.Collections.Concurrent;
using System.Text.Json;
using DataVersion.Hashing;
using DataVersion.Objects.Packs;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>
/// One push to a remote. Contents and block lists are put first, trees after what they name, and
/// <see cref="CommitAsync"/> last; a push that ends without it has published nothing.
/// </summary>
public sealed class PushSession
{
    private const int MaxAttempts = 3;

    private readonly IBlobStore _store;
    private readonly string _remote;
    private readonly bool _exists;
    private readonly CollectState _state;
    private readonly PartOptions _options;
    private readonly Turns _compressing = new();

    internal PushSession(IBlobStore store, string remote, bool exists, CollectState state, PartOptions options)
    {
        _options = options;
        _store = store;
        _remote = remote;
        _exists = exists;
        _state = state;
    }

    /// <summary>What puts small objects together; null on a plain remote.</summary>
    internal PackPush? Packs { get; init; }

    /// <summary>Knows compressed objects; null where nothing is compressed.</summary>
    internal CompressedObjects? Compressed { private get; init; }

    /// <summary>Objects with a blob of their own that is not what its name says, whatever its size.</summary>
    internal ConcurrentDictionary<ObjectKey, bool> Damaged { private get; init; } = new();

    /// <summary>True where something was collected before: older receipts vouch for nothing, though what they covered may well be there.</summary>
    internal bool HasCollected => _state.Epoch > 0;

    /// <summary>
    /// True where receipts vouch for what is under their roots. While a collection is under way they do not: what they cover may be
    /// among what is condemned, so everything is looked for.
    /// </summary>
    public bool MayInfer => _state.Phase == CollectPhase.Idle;

    /// <summary>Those of <paramref name="roots"/> under which everything is there for certain.</summary>
    public async Task<IReadOnlySet<RootKey>> FindCoveredAsync(IReadOnlyCollection<RootKey> roots, CancellationToken cancellationToken) =>
        MayInfer && _exists && roots.Count > 0
            ? await new ReceiptCheck(_store, _state.Epoch).FindCoveredAsync(roots, cancellationToken)
            : new HashSet<RootKey>();

    /// <summary>Whether everything under a root is there for certain.</summary>
    public async Task<bool> IsCoveredAsync(RootKey root, CancellationToken cancellationToken) =>
        (await FindCoveredAsync([root], cancellationToken)).Count > 0;

    /// <summary>Sends an object unless it is there with that size. It is hashed on the way and never stored under a wrong name.</summary>
    /// <param name="key">The object.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="progress">Told how many bytes were sent; less than nothing where they must be sent again.</param>
    /// <param name="cancellationToken">Cancels; the parts of a large object that were sent are kept for the next time.</param>
    /// <returns>Whether it was sent.</returns>
    /// <exception cref="ObjectCorruptException">The content does not have that id; nothing was stored.</exception>
    /// <exception cref="InvalidOperationException">The remote was opened without <c>create</c> and is none yet.</exception>
    public async Task<bool> PutAsync(ObjectKey key, IContent content, Action<long>? progress, CancellationToken cancellationToken)
    {
        if (!_exists)
            throw new InvalidOperationException("a push needs a remote that was opened with create");
        bool sent = await PutOwnBlobAsync(key, content, progress, cancellationToken);
        Damaged.TryRemove(key, out _);
        return sent;
    }

    private async Task<bool> PutOwnBlobAsync(ObjectKey key, IContent content, Action<long>? progress, CancellationToken cancellationToken)
    {
        bool isDamaged = Damaged.ContainsKey(key);
        // Readers look for the compressed blob first: one that is damaged must be replaced, whether it pays or not.
        if (Compressed is not null && content.Length > PackLimits.MaxObject
            && (await CompressedCopy.PaysAsync(content, cancellationToken) || await Compressed.ExistsAsync(key, cancellationToken)))
        {
            return await PutCompressedAsync(Compressed, key, content, isDamaged, progress, cancellationToken);
        }
        return await PutAsync(key.Id, ObjectLayout.NameOf(key), content, isDamaged, progress, cancellationToken);
    }

    private async Task<bool> PutCompressedAsync(
        CompressedObjects compressed, ObjectKey key, IContent content, bool isDamaged, Action<long>? progress, CancellationToken cancellationToken)
    {
        // Looked for before the work: another push may have sent it.
        bool? isWhole = isDamaged ? false : await compressed.IsWholeAsync(key, content.Length, cancellationToken);
        if (isWhole == true)
            return false;
        string directory = _options.TempDirectory ?? throw new InvalidOperationException("compressing needs a directory for temporary files");
        // One at a time takes all processors: more would only take more memory.
        using CompressedCopy copy = await _compressing.TakeAsync(() => CompressedCopy.MakeAsync(key, content, directory, cancellationToken), cancellationToken);
        var scaled = progress is null ? null : new ScaledProgress(copy.Content.Length, content.Length, progress);
        string name = ObjectLayout.CompressedNameOf(key);
        Action<long>? told = scaled is null ? null : scaled.Advanced;
        // Damaged, and perhaps no shorter or longer for that.
        return await PutAsync(copy.Id, name, copy.Content, isWhole is not null, told, cancellationToken);
    }

    private async Task<bool> PutAsync(ObjectId id, string name, IContent content, bool isDamaged, Action<long>? progress, CancellationToken cancellationToken)
    {
        while (!isDamaged)
        {
            if (await WriteAsync(id, name, content, WriteMode.IfAbsent, progress, cancellationToken) == WriteOutcome.Written)
                return true;
            BlobInfo? there = await _store.StatAsync(name, cancellationToken);
            if (there?.Size == content.Length)
                return false;
            if (there is not null)
                break;
        }
        // An interrupted copy by another tool, or damage: the right bytes go over it.
        await WriteAsync(id, name, content, WriteMode.Overwrite, progress, cancellationToken);
        return true;
    }

    /// <summary>Gives up what earlier pushes from here left half sent and nobody went on with.</summary>
    public async Task ExpireUploadsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_store.Parts is { } parts && _options.JournalDirectory is { } journals)
            await UploadJournal.ExpireAsync(journals, now, upload => parts.AbortAsync(upload, cancellationToken));
    }

    /// <summary>Vouches for roots, everything under which was sent or found.</summary>
    /// <returns>False where a collection went on meanwhile: begin a new session and check again; what was sent is kept.</returns>
    public async Task<bool> CommitAsync(IReadOnlyCollection<RootKey> roots, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(roots, new ParallelOptions { MaxDegreeOfParallelism = _store.Traits.Connections, CancellationToken = cancellationToken },
            async (root, token) =>
            {
                if (Packs is not null)
                    await Packs.WriteCatalogAsync(root, token);
                await PutReceiptAsync(root, token);
            });
        // Only now: a collector that began before this receipt was there would not have counted it.
        return await CollectState.ReadAsync(_store, _remote, cancellationToken) == _state;
    }

    private async Task<WriteOutcome> WriteAsync(
        ObjectId id, string name, IContent content, WriteMode mode, Action<long>? progress, CancellationToken cancellationToken)
    {
        if (_store.Parts is { } parts && content.Length > _options.Threshold)
            return await WritePartsAsync(parts, id, name, content, mode, progress, cancellationToken);
        IContent counted = progress is null ? content : new ProgressContent(content, progress);
        return await _store.WriteAsync(name, new HashedOnTheWay(counted, id), mode, cancellationToken);
    }

    private async Task<WriteOutcome> WritePartsAsync(
        IPartUploads parts, ObjectId id, string name, IContent content, WriteMode mode, Action<long>? progress, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (mode == WriteMode.IfAbsent && await _store.StatAsync(name, cancellationToken) is not null)
                return WriteOutcome.AlreadyThere;
            var upload = new LargeUpload(parts, id, content, _options, progress);
            try
            {
                return await upload.RunAsync(name, mode, cancellationToken);
            }
            catch (UploadGoneException) when (attempt < MaxAttempts)
            {
                // It expired, or a first answer to its completion was lost: then the blob is there.
            }
        }
    }

    private async Task PutReceiptAsync(RootKey root, CancellationToken cancellationToken)
    {
        var receipt = new ReceiptDocument(1, root.Key.Id.ToString(), root.Blocks?.ToString(), root.Size, root.Files);
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(receipt, StoreJson.Default.ReceiptDocument);
        string name = $"{ObjectLayout.ReceiptsOf(_state.Epoch, root)}{Guid.NewGuid():N}";
        await _store.WriteAsync(name, new BytesContent(bytes), WriteMode.IfAbsent, cancellationToken);
    }
}
