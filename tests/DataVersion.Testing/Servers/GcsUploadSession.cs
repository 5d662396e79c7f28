using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace DataVersion.Testing.Servers;

/// <summary>A resumable upload: bytes come in order, whole granules of them stay even where a request breaks off.</summary>
internal sealed partial class GcsUploadSession(GcsBucket bucket, string bucketName, GcsUploadInfo info, GcsPreconditions preconditions, long? declared)
    : IDisposable
{
    private const int Granule = 256 * 1024;

    private readonly SemaphoreSlim _one = new(1);
    private readonly GcsContent _content = new();
    private GcsStored? _completed;

    /// <summary>How many bytes of a request it keeps at most.</summary>
    public long MaxPerChunk { get; init; } = long.MaxValue;

    public async Task AnswerAsync(GcsRequest request)
    {
        await _one.WaitAsync();
        try
        {
            if (_completed is null)
                await TakeAsync(request);
            if (_completed is not null)
            {
                await GcsAnswer.JsonAsync(request, GcsAnswer.Describe(bucketName, _completed));
                return;
            }
            HttpListenerResponse response = request.Context.Response;
            if (_content.Length > 0)
                response.AddHeader("Range", $"bytes=0-{_content.Length - 1}");
            response.StatusDescription = "Resume Incomplete";
            await GcsAnswer.EmptyAsync(request, 308);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task TakeAsync(GcsRequest request)
    {
        (long? begin, long? total) = RangeOf(request);
        long? length = total ?? declared;
        if (begin is { } from)
        {
            if (from > _content.Length)
                throw new GcsRefusal(503, "backendError", "The bytes before these have not arrived.");
            await ReadAsync(request, from, length);
        }
        if (length is { } all && _content.Length == all)
            Complete(request);
    }

    private async Task ReadAsync(GcsRequest request, long from, long? total)
    {
        byte[] pending = ArrayPool<byte>.Shared.Rent(Granule);
        int count = 0;
        long taken = 0;
        long skip = _content.Length - from;
        var buffer = new byte[Granule];
        try
        {
            while (await request.Context.Request.InputStream.ReadAsync(buffer) is int read and > 0)
            {
                // What is here already is not looked at again.
                int skipped = (int)Math.Min(skip, read);
                skip -= skipped;
                for (int at = skipped; at < read && taken < MaxPerChunk;)
                {
                    int piece = (int)Math.Min(Math.Min(read - at, Granule - count), MaxPerChunk - taken);
                    buffer.AsSpan(at, piece).CopyTo(pending.AsSpan(count));
                    (at, count, taken) = (at + piece, count + piece, taken + piece);
                    if (count == Granule)
                        count = Keep(pending, count);
                }
            }
        }
        finally
        {
            // The rest of a last chunk counts only with its very last byte.
            if (total is { } all && _content.Length + count == all)
                Keep(pending, count);
            ArrayPool<byte>.Shared.Return(pending);
        }
    }

    private int Keep(byte[] pending, int count)
    {
        _content.Append(pending.AsSpan(0, count));
        return 0;
    }

    private void Complete(GcsRequest request)
    {
        info.With(request.Header("X-Goog-Hash")).Check(_content);
        _completed = bucket.Put(info.Name, _content, info, preconditions);
    }

    private static (long? Begin, long? Total) RangeOf(GcsRequest request)
    {
        string? header = request.Header("Content-Range");
        if (header is null)
            return (0, request.Context.Request.ContentLength64);
        Match match = ContentRange().Match(header);
        if (!match.Success)
            throw GcsRefusal.Invalid("Invalid Content-Range");
        long? total = match.Groups["total"].Value == "*" ? null : Parse(match.Groups["total"]);
        if (!match.Groups["begin"].Success)
            return (null, total);
        (long begin, long end) = (Parse(match.Groups["begin"]), Parse(match.Groups["end"]));
        bool last = end + 1 == total;
        if (request.Context.Request.ContentLength64 != end - begin + 1 || end + 1 > total)
            throw GcsRefusal.Invalid("The length and the Content-Range of the request disagree.");
        return last || (end - begin + 1) % Granule == 0 ? (begin, total) : throw GcsRefusal.Invalid("The size of a chunk must be a multiple of 262144.");
    }

    private static long Parse(Group group) => long.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^bytes ((?<begin>\d+)-(?<end>\d+)|\*)/(?<total>\d+|\*)$")]
    private static partial Regex ContentRange();
}
