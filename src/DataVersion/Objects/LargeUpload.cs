using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Threading.Channels;
using DataVersion.Hashing;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>
/// One object sent in parts. A single pass hashes the content and cuts it; behind it several parts are sent at once. What is sent is compared,
/// by XXH128, with what was hashed, and the last part goes only when the identity is right: no store ever completes an object of wrong bytes.
/// Parts that an earlier run sent are kept where the journal, the store, and the content as it is now agree on them.
/// </summary>
internal sealed class LargeUpload(IPartUploads store, ObjectId id, IContent content, PartOptions options, Action<long>? progress)
{
    private const int BufferSize = 1024 * 1024;
    private const long Megabyte = 1024 * 1024;

    /// <summary>Sends the object; what an interrupted call has sent is used by the next one.</summary>
    /// <returns><see cref="WriteOutcome.AlreadyThere"/> where somebody else was first.</returns>
    /// <exception cref="ObjectCorruptException">The content is not what its id says; nothing is visible.</exception>
    /// <exception cref="UploadGoneException">The store has forgotten the upload: call again to begin anew.</exception>
    public async Task<WriteOutcome> RunAsync(string name, WriteMode mode, CancellationToken cancellationToken)
    {
        using UploadJournal journal = UploadJournal.Open(options.JournalDirectory, name);
        try
        {
            IReadOnlyDictionary<int, JournaledPart> earlier = await ResumeAsync(journal, name, mode, cancellationToken);
            IReadOnlyList<UploadedPart> parts = await SendAsync(journal, journal.Upload!, earlier, cancellationToken);
            WriteOutcome outcome = await store.CompleteAsync(journal.Upload!, parts, cancellationToken);
            journal.End();
            return outcome;
        }
        catch (Exception e) when (e is UploadGoneException or ObjectCorruptException)
        {
            journal.End();
            if (e is ObjectCorruptException)
                await store.AbortAsync(journal.Upload!, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Bytes of a part of an object of <paramref name="length"/> bytes: the usual number, or more where a store takes too few parts.</summary>
    internal static long PartSizeFor(long length, PartLimits limits, long usual)
    {
        long least = Math.Max(limits.MinSize, (length + limits.MaxParts - 1) / limits.MaxParts);
        // Whole megabytes: part sizes that a person can read, and that every store's unit divides.
        long unit = Math.Max(limits.Multiple, least > usual ? Megabyte : 1);
        long size = (Math.Max(usual, least) + unit - 1) / unit * unit;
        return Math.Min(size, limits.MaxSize);
    }

    private async Task<IReadOnlyDictionary<int, JournaledPart>> ResumeAsync(
        UploadJournal journal, string name, WriteMode mode, CancellationToken cancellationToken)
    {
        if (journal.Upload is { } known && known.Length == content.Length && known.Mode == mode
            && await store.FindPartsAsync(known, cancellationToken) is { } there)
        {
            // What the store has must be what was noted: same size, same tag.
            HashSet<UploadedPart> held = [.. there];
            Dictionary<int, JournaledPart> agreed = journal.Parts.Where(p => held.Contains(p.Value.Part)).ToDictionary();
            // Where parts cannot be replaced, one that nobody can vouch for spoils the upload.
            if (!store.Limits.InOrder || agreed.Count == there.Count)
                return agreed;
            await store.AbortAsync(known, cancellationToken);
        }
        long partSize = PartSizeFor(content.Length, store.Limits, options.PartSize);
        journal.Begin(await store.BeginAsync(name, content.Length, partSize, mode, cancellationToken));
        return new Dictionary<int, JournaledPart>();
    }

    private async Task<IReadOnlyList<UploadedPart>> SendAsync(
        UploadJournal journal, PartUpload upload, IReadOnlyDictionary<int, JournaledPart> earlier, CancellationToken cancellationToken)
    {
        var parts = new ConcurrentDictionary<int, UploadedPart>();
        int atOnce = store.Limits.InOrder ? 1 : options.AtOnce;
        var queue = Channel.CreateBounded<CutPiece>(atOnce * 2);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task cutting = Task.Run(() => CutAsync(upload, queue.Writer, stop.Token), CancellationToken.None);
        var workers = Enumerable.Range(0, atOnce).Select(_ => WorkAsync()).ToList();
        await WhenAllOrFirstFailureAsync([cutting, .. workers], stop);
        return [.. parts.Values.OrderBy(p => p.Number)];

        async Task WorkAsync()
        {
            await foreach (CutPiece piece in queue.Reader.ReadAllAsync(stop.Token))
            {
                if (earlier.TryGetValue(piece.Number, out JournaledPart sent) && sent.Fingerprint == piece.Fingerprint)
                {
                    progress?.Invoke(sent.Part.Size);
                    parts[piece.Number] = sent.Part;
                    continue;
                }
                if (store.Limits.InOrder && earlier.ContainsKey(piece.Number))
                {
                    await store.AbortAsync(upload, stop.Token);
                    throw new UploadGoneException("of parts in order", upload.Name);
                }
                UploadedPart part = await SendOneAsync(upload, piece, stop.Token);
                journal.Add(part, piece.Fingerprint);
                parts[piece.Number] = part;
            }
        }
    }

    private async Task<UploadedPart> SendOneAsync(PartUpload upload, CutPiece piece, CancellationToken cancellationToken)
    {
        IContent part = new SlicedContent(content, upload.OffsetOf(piece.Number), upload.SizeOf(piece.Number));
        var slice = new FingerprintedContent(progress is null ? part : new ProgressContent(part, progress));
        UploadedPart sent = await store.WriteAsync(upload, piece.Number, slice, cancellationToken);
        if (slice.LastRead is { } read && read != piece.Fingerprint)
            throw Corrupt("bytes that changed while they were sent");
        return sent;
    }

    /// <summary>Hashes the content and hands out its parts, the last one only if the identity is right.</summary>
    private async Task CutAsync(PartUpload upload, ChannelWriter<CutPiece> pieces, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            using var identity = new IdentityHash(id.Kind);
            var fingerprint = new XxHash128();
            await using Stream stream = content.OpenRead();
            for (int number = 1; number <= upload.Parts; number++)
            {
                long left = upload.SizeOf(number);
                while (left > 0)
                {
                    int count = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
                    if (count == 0)
                        throw Corrupt($"only {upload.OffsetOf(number) + upload.SizeOf(number) - left} bytes");
                    identity.Append(buffer.AsSpan(0, count));
                    fingerprint.Append(buffer.AsSpan(0, count));
                    left -= count;
                }
                var piece = new CutPiece(number, fingerprint.GetCurrentHashAsUInt128());
                fingerprint.Reset();
                if (number == upload.Parts && identity.Finish() is var actual && actual != id)
                    throw Corrupt(actual.ToString());
                await pieces.WriteAsync(piece, cancellationToken);
            }
            pieces.Complete();
        }
        catch (Exception e)
        {
            pieces.Complete(e);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WhenAllOrFirstFailureAsync(List<Task> tasks, CancellationTokenSource stop)
    {
        List<Task> open = [.. tasks];
        Task? failed = null;
        while (open.Count > 0)
        {
            Task done = await Task.WhenAny(open);
            open.Remove(done);
            // The first failure is the cause; the cancellations that follow are its effect.
            if (!done.IsCompletedSuccessfully && failed is null)
            {
                failed = done;
                await stop.CancelAsync();
            }
        }
        if (failed is not null)
            await failed;
    }

    private ObjectCorruptException Corrupt(string actual) =>
        new(id.ToString(), actual, $"in '{content}'", "fetch it from a remote that has it, or add the data again");

    private readonly record struct CutPiece(int Number, UInt128 Fingerprint);
}
