using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DataVersion.Testing.Faults;

/// <summary>Passes the HTTP/1.1 exchanges of one connection on, and lets chosen ones go wrong.</summary>
internal sealed class HttpRelay(HttpReader client, HttpReader server, ProxyLine up, ProxyLine down, FaultProxy proxy)
{
    private static readonly byte[] Continue = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool open = true;
        while (open && await client.ReadHeadAsync() is { } head)
        {
            proxy.Traffic.AddRequest();
            open = proxy.Script.Next(head) switch
            {
                null => await PassAsync(head, null),
                ExchangeFault.Answers answer => await AnswerAsync(head, answer),
                ExchangeFault.SentTwice => await SendTwiceAsync(head),
                ExchangeFault.LosesAnswer => await LoseAsync(head),
                ExchangeFault.NeverAnswers => await StayAwayAsync(head, cancellationToken),
                ExchangeFault fault => await PassAsync(head, fault),
            };
        }
        await down.CompleteAsync();
    }

    private static ValueTask Ignore(ReadOnlyMemory<byte> bytes) => ValueTask.CompletedTask;

    private async Task<bool> PassAsync(HttpHead request, ExchangeFault? fault)
    {
        await up.WriteAsync(request.Bytes);
        Task upload = UploadAsync(request);
        var body = new BodyFault(fault, down);
        bool open = await DownloadAsync(request, down.WriteAsync, body.WriteAsync);
        if (!open)
            return false;
        await upload;
        return !request.Closes;
    }

    // The server may refuse before all was sent, and close: its answer counts then, not that the rest could not be sent.
    private async Task UploadAsync(HttpHead request)
    {
        try
        {
            await ReadRequestBodyAsync(request, up.WriteAsync, up.WriteAsync);
        }
        catch (EndOfStreamException)
        {
            // The client gave up, and so the server learns.
            await up.CompleteAsync();
        }
        catch (SocketException)
        {
            // The server takes no more; its answer, if any, says why.
        }
    }

    private Task ReadRequestBodyAsync(HttpHead request, Func<ReadOnlyMemory<byte>, ValueTask> body, Func<ReadOnlyMemory<byte>, ValueTask> frame) =>
        request.IsChunked ? client.ReadChunksAsync(body, frame) : client.ReadBodyAsync(request.ContentLength ?? 0, body);

    /// <returns>Whether the connection can be used for another exchange.</returns>
    private async Task<bool> DownloadAsync(HttpHead request, Func<ReadOnlyMemory<byte>, ValueTask> frame, Func<ReadOnlyMemory<byte>, ValueTask> body)
    {
        HttpHead? answer;
        do
        {
            answer = await server.ReadHeadAsync();
            if (answer is null)
                return false;
            await frame(answer.Bytes);
        }
        while (answer.Status is >= 100 and < 200);

        if (request.Method == "HEAD" || answer.Status is 204 or 304)
            return !answer.Closes;
        if (answer.IsChunked)
            await server.ReadChunksAsync(body, frame);
        else if (answer.ContentLength is { } length)
            await server.ReadBodyAsync(length, body);
        else
            await server.ReadToEndAsync(body);
        return !answer.Closes && (answer.IsChunked || answer.ContentLength is not null);
    }

    private async Task<bool> AnswerAsync(HttpHead request, ExchangeFault.Answers answer)
    {
        // Who waits for "100 Continue" has not sent the body, and may not send it any more.
        bool close = request.ExpectsContinue || request.Closes;
        if (!close)
            await ReadRequestBodyAsync(request, Ignore, Ignore);
        byte[] body = request.Method == "HEAD" ? [] : Encoding.UTF8.GetBytes(answer.Body);
        string head = $"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\nContent-Type: {answer.ContentType}\r\nContent-Length: {body.Length}\r\n"
            + (answer.RetryAfterSeconds is { } wait ? $"Retry-After: {wait}\r\n" : "") + (close ? "Connection: close\r\n" : "") + "\r\n";
        await down.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]);
        return !close;
    }

    private async Task<bool> SendTwiceAsync(HttpHead request)
    {
        if (request.ExpectsContinue)
            await down.WriteAsync(Continue);
        HttpHead head = request.Without("Expect");
        using var body = new MemoryStream();
        await ReadRequestBodyAsync(request, Collect, Collect);
        ReadOnlyMemory<byte> bytes = body.GetBuffer().AsMemory(0, (int)body.Length);

        await up.WriteAsync(head.Bytes);
        await up.WriteAsync(bytes);
        if (!await DownloadAsync(request, Ignore, Ignore))
            throw new IOException("the server closed the connection after the first of two requests");
        await up.WriteAsync(head.Bytes);
        await up.WriteAsync(bytes);
        return await DownloadAsync(request, down.WriteAsync, down.WriteAsync) && !request.Closes;

        ValueTask Collect(ReadOnlyMemory<byte> piece)
        {
            body.Write(piece.Span);
            return ValueTask.CompletedTask;
        }
    }

    private async Task<bool> LoseAsync(HttpHead request)
    {
        await DoUnseenAsync(request);
        throw new LineCutException(reset: true);
    }

    private async Task<bool> StayAwayAsync(HttpHead request, CancellationToken cancellationToken)
    {
        await DoUnseenAsync(request);
        await client.ReadToEndAsync(Ignore).WaitAsync(cancellationToken);
        return false;
    }

    private async Task DoUnseenAsync(HttpHead request)
    {
        if (request.ExpectsContinue)
            await down.WriteAsync(Continue);
        await up.WriteAsync(request.Without("Expect").Bytes);
        Task upload = UploadAsync(request);
        await DownloadAsync(request, Ignore, Ignore);
        await upload;
    }

    // What goes wrong within the body of an answer.
    private sealed class BodyFault(ExchangeFault? fault, ProxyLine down)
    {
        private long _position;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> piece)
        {
            long begin = _position;
            _position += piece.Length;
            return fault switch
            {
                ExchangeFault.FlipsByte { Offset: var offset } when offset >= begin && offset < _position => FlipAsync(piece, (int)(offset - begin)),
                ExchangeFault.Truncates { Bytes: var bytes } when bytes < _position => CutAsync(piece[..(int)(bytes - begin)]),
                _ => down.WriteAsync(piece),
            };
        }

        private ValueTask FlipAsync(ReadOnlyMemory<byte> piece, int at)
        {
            byte[] changed = piece.ToArray();
            changed[at] ^= 0x01;
            return down.WriteAsync(changed);
        }

        private async ValueTask CutAsync(ReadOnlyMemory<byte> rest)
        {
            await down.WriteAsync(rest);
            await down.DrainAsync();
            throw new LineCutException(reset: false);
        }
    }
}
