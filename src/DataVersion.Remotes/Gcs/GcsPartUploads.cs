using System.Collections.Concurrent;
using System.Net;
using DataVersion.Storage;

namespace DataVersion.Remotes.Gcs;

/// <summary>
/// Large blobs through resumable upload sessions: the parts of a session go one after another, and the last one completes the blob.
/// <para>A session's address authorises whoever knows it. It is an upload's <see cref="PartUpload.Id"/>, and is in no message.</para>
/// </summary>
internal sealed class GcsPartUploads(GcsClient client, GcsSettings settings) : IPartUploads
{
    private const long Granule = 256 * 1024;
    private const long MaxObject = 5L << 40;
    // What Begin gives where the service has found the name taken before there was a session.
    private const string NoSession = "";

    private readonly ConcurrentDictionary<string, GcsSession> _sessions = new();
    private readonly GcsSessionRequests _requests = new(client, settings);

    /// <inheritdoc/>
    public PartLimits Limits { get; } = new() { MinSize = Granule, MaxSize = MaxObject, MaxParts = int.MaxValue, Multiple = Granule, InOrder = true };

    /// <inheritdoc/>
    public async Task<PartUpload> BeginAsync(string name, long length, long partSize, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        if (partSize % Granule != 0 && partSize < length)
            throw new ArgumentException($"parts are multiples of {Granule} bytes", nameof(partSize));
        string? address = await _requests.BeginAsync(name, length, mode, cancellationToken);
        var upload = new PartUpload(name, address ?? NoSession, length, partSize, mode);
        if (address is not null)
            _sessions[address] = new GcsSession { Held = 0 };
        return upload;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UploadedPart>?> FindPartsAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        GcsSession session = SessionOf(upload);
        if (session.NameTaken)
            return null;
        try
        {
            await AskAsync(upload, session, cancellationToken);
        }
        catch (UploadGoneException)
        {
            return null;
        }
        if (session.NameTaken)
            return null;
        int whole = session.Completed is not null ? upload.Parts : (int)(session.Held!.Value / upload.PartSize);
        return [.. Enumerable.Range(1, whole).Select(number => new UploadedPart(number, upload.SizeOf(number), ""))];
    }

    /// <inheritdoc/>
    public async Task<UploadedPart> WriteAsync(PartUpload upload, int number, IContent content, CancellationToken cancellationToken)
    {
        GcsSession session = SessionOf(upload);
        long begin = upload.OffsetOf(number);
        long end = begin + content.Length;
        if (!session.NameTaken)
        {
            // Read through before a byte goes out: what has gone out cannot be replaced.
            uint? before = session.ChecksumBefore(begin);
            (content, uint checksum) = await ContentReader.PrepareAsync(content, cancellationToken, before ?? Crc32C.Empty);
            uint? through = before is null ? null : checksum;
            await SendAsync(upload, session, new Chunk(content, begin, end == upload.Length ? through : null), cancellationToken);
            if (through is { } known)
                session.SetChecksum(end, known);
        }
        return new UploadedPart(number, content.Length, "");
    }

    /// <inheritdoc/>
    public async Task<WriteOutcome> CompleteAsync(PartUpload upload, IReadOnlyList<UploadedPart> parts, CancellationToken cancellationToken)
    {
        GcsSession session = SessionOf(upload);
        if (!session.NameTaken && session.Completed is null)
            await AskAsync(upload, session, cancellationToken);
        if (session.NameTaken)
            return WriteOutcome.AlreadyThere;
        if (session.Completed is null)
            throw new RemoteException(settings.Location, $"cannot complete '{upload.Name}': {session.Held} of {upload.Length} bytes have arrived", "push again");
        await CheckAsync(upload, session, session.Completed, cancellationToken);
        return WriteOutcome.Written;
    }

    /// <inheritdoc/>
    public async Task AbortAsync(PartUpload upload, CancellationToken cancellationToken)
    {
        _sessions.TryRemove(upload.Id, out _);
        if (upload.Id != NoSession)
            await _requests.AbortAsync(upload, cancellationToken);
    }

    private async Task SendAsync(PartUpload upload, GcsSession session, Chunk chunk, CancellationToken cancellationToken)
    {
        long end = chunk.Offset + chunk.Content.Length;
        if (session.Held is null)
            await AskAsync(upload, session, cancellationToken);
        while (session is { Completed: null, NameTaken: false } && session.Held is { } held && held < end)
        {
            // Parts that were there are there no more: nothing can be built on such a session.
            if (held < chunk.Offset)
                throw new UploadGoneException(settings.Location, upload.Name);
            session.Held = null;
            Apply(upload, session, await _requests.SendAsync(upload, chunk, held, cancellationToken));
            if (session.Held == held)
                throw new RemoteException(settings.Location, $"cannot write '{upload.Name}': none of the bytes sent were taken") { IsTransient = true };
        }
        // All of it is there, but the answer that said so got lost.
        if (end == upload.Length && session is { Completed: null, NameTaken: false })
            await AskAsync(upload, session, cancellationToken);
    }

    private async Task AskAsync(PartUpload upload, GcsSession session, CancellationToken cancellationToken)
    {
        session.Held = null;
        Apply(upload, session, await _requests.AskAsync(upload, cancellationToken));
    }

    private static void Apply(PartUpload upload, GcsSession session, SessionAnswer answer)
    {
        session.Completed = answer.Completed;
        session.NameTaken = answer.NameTaken;
        session.Held = answer.Completed is null ? answer.Held : upload.Length;
    }

    // What the service says of the finished blob must be what was sent. Where it is not, the blob goes before anybody relies on it.
    private async Task CheckAsync(PartUpload upload, GcsSession session, GcsObject written, CancellationToken cancellationToken)
    {
        bool right = written.Size == upload.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)
            && (session.ChecksumBefore(upload.Length) is not { } checksum || upload.Length == 0 || written.Crc32c is null || written.Crc32c == Crc32C.ToText(checksum));
        if (right)
            return;
        await _requests.DeleteAsync(upload.Name, written.Generation, cancellationToken);
        throw new UploadGoneException(settings.Location, upload.Name, GcsError.WrongBytes(settings, $"write '{upload.Name}'"));
    }

    private GcsSession SessionOf(PartUpload upload) =>
        upload.Id == NoSession ? new GcsSession { NameTaken = true } : _sessions.GetOrAdd(upload.Id, _ => new GcsSession());
}

/// <summary>Bytes for a session.</summary>
/// <param name="Content">The bytes.</param>
/// <param name="Offset">Where they lie in the blob.</param>
/// <param name="BlobChecksum">The CRC-32C of the whole blob, with the last bytes, where it is known.</param>
internal sealed record Chunk(IContent Content, long Offset, uint? BlobChecksum);
