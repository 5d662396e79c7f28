using System.Net;
using System.Net.Http.Headers;
using DataVersion.Storage;

namespace DataVersion.Remotes.Http;

/// <summary>
/// A public mirror of a remote: its files behind any web server, read by plain GET and HEAD. Nothing can be written, deleted or listed.
/// Version tokens are ETags.
/// </summary>
internal sealed class HttpBlobStore(HttpBlobRequests requests) : IBlobStore
{
    private const int SensibleConnections = 16;
    // A range that reaches further is as good as one without an end, and no server stumbles over it.
    private const long Endless = 1L << 50;

    /// <inheritdoc/>
    public BlobStoreTraits Traits { get; } = new() { AtomicIfAbsent = false, ReadOnly = true, Listable = false, Connections = SensibleConnections };

    /// <inheritdoc/>
    public string Location => requests.Location;

    /// <inheritdoc/>
    public string? Access => requests.Access;

    /// <inheritdoc/>
    public async Task<BlobInfo?> StatAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        string doing = $"look for '{name}'";
        using (HttpResponseMessage head = await requests.SendAsync(HttpMethod.Head, name, null, doing, cancellationToken))
        {
            if (IsMissing(head.StatusCode))
                return null;
            if (head.StatusCode is not (HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented))
            {
                requests.Check(head, doing, HttpStatusCode.OK);
                if (head.Content.Headers.ContentLength is { } length)
                    return InfoOf(name, length, head);
            }
        }
        // Some servers know no HEAD, and some leave the length out: the first byte tells it too.
        using HttpResponseMessage first = await requests.SendAsync(HttpMethod.Get, name, new RangeHeaderValue(0, 0), doing, cancellationToken);
        if (IsMissing(first.StatusCode))
            return null;
        if (first.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return InfoOf(name, 0, first);
        requests.Check(first, doing, HttpStatusCode.OK, HttpStatusCode.PartialContent);
        long? size = first.StatusCode == HttpStatusCode.PartialContent ? first.Content.Headers.ContentRange?.Length : first.Content.Headers.ContentLength;
        return InfoOf(name, size ?? throw new RemoteException(Location, $"does not tell the size of '{name}'"), first);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, ByteRange? range, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        if (range is { Length: 0 })
            return await StatAsync(name, cancellationToken) is null ? throw new BlobNotFoundException(Location, name) : Stream.Null;
        string doing = $"read '{name}'";
        HttpResponseMessage answer = await requests.SendAsync(HttpMethod.Get, name, HeaderOf(range), doing, cancellationToken);
        try
        {
            if (IsMissing(answer.StatusCode))
                throw new BlobNotFoundException(Location, name);
            if (range is not null && answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                answer.Dispose();
                return Stream.Null;
            }
            if (range is { } part && answer.StatusCode == HttpStatusCode.PartialContent)
                return await OpenPartAsync(answer, name, part, doing, cancellationToken);
            requests.Check(answer, doing, HttpStatusCode.OK);
            return await OpenWholeAsync(answer, name, range ?? new ByteRange(0, long.MaxValue), cancellationToken);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        return Task.FromException<WriteOutcome>(ReadOnly());
    }

    /// <summary>Cannot be done: web servers have no listing that programs could rely on.</summary>
    /// <exception cref="RemoteException">Always.</exception>
    public IAsyncEnumerable<BlobInfo> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        BlobNames.CheckPrefix(prefix);
        throw new RemoteException(Location, "this remote cannot be listed: it is a mirror behind a web server", "ask the remote that it mirrors");
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, string? versionToken, CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        return Task.FromException<bool>(ReadOnly());
    }

    private UsageException ReadOnly() =>
        new($"remote '{Location}' is read-only: it is a mirror behind a web server", "push to the remote that it mirrors");

    private async Task<Stream> OpenPartAsync(HttpResponseMessage answer, string name, ByteRange wanted, string doing, CancellationToken cancellationToken)
    {
        requests.Check(answer, doing, HttpStatusCode.PartialContent);
        if (answer.Content.Headers.ContentRange is not { From: { } from, To: { } to } || from != wanted.Offset || to - from >= wanted.Length)
            throw new RemoteException(Location, $"cannot {doing}: it answered with another range than was asked for");
        return new HttpBlobStream(answer, await answer.Content.ReadAsStreamAsync(cancellationToken), Location, name) { Take = to - from + 1, IsExact = true };
    }

    /// <summary>The whole blob, of which a server without ranges was asked for a part only: what comes before it is read and dropped.</summary>
    private async Task<Stream> OpenWholeAsync(HttpResponseMessage answer, string name, ByteRange wanted, CancellationToken cancellationToken)
    {
        long? size = answer.Content.Headers.ContentLength;
        if (size <= wanted.Offset && wanted.Offset > 0)
        {
            answer.Dispose();
            return Stream.Null;
        }
        return new HttpBlobStream(answer, await answer.Content.ReadAsStreamAsync(cancellationToken), Location, name)
        {
            Skip = wanted.Offset,
            Take = Math.Min(wanted.Length, (size ?? long.MaxValue) - wanted.Offset),
            IsExact = size is not null,
        };
    }

    private static bool IsMissing(HttpStatusCode status) => status is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    private static RangeHeaderValue? HeaderOf(ByteRange? range) => range switch
    {
        null => null,
        { Length: >= Endless } endless => new RangeHeaderValue(endless.Offset, null),
        { } part => new RangeHeaderValue(part.Offset, part.Offset + part.Length - 1),
    };

    private static BlobInfo InfoOf(string name, long size, HttpResponseMessage answer) =>
        new(name, size, answer.Content.Headers.LastModified ?? DateTimeOffset.UnixEpoch, answer.Headers.ETag?.ToString());
}
