using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using DataVersion.Remotes.Http;
using DataVersion.Storage;

namespace DataVersion.Remotes.Azure;

/// <summary>
/// What happens around every request: it gets a time limit that suits its size, an answer that is not Azure's is told as such, and a body
/// that breaks off ends the read at once (the library would ask again by itself, unseen, five times).
/// </summary>
internal sealed class AzureRequestPolicy(string remote, TimeProvider clock) : HttpPipelinePolicy
{
    // A request may take this long, and a second more for every 64 KiB that it sends; a read may pause this long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private const long BytesPerSecond = 64 * 1024;

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Before(message);
        await ProcessNextAsync(message, pipeline);
        After(message);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Before(message);
        ProcessNext(message, pipeline);
        After(message);
    }

    private static void Before(HttpMessage message)
    {
        long length = message.Request.Content is { } content && content.TryComputeLength(out long bytes) ? bytes : 0;
        message.NetworkTimeout = Patience + TimeSpan.FromSeconds(length / BytesPerSecond);
    }

    private void After(HttpMessage message)
    {
        Response response = message.Response;
        if (!AzureFailure.IsFromAzure(response) && !AzureFailure.MayBeFromBetween(response.Status))
            throw AzureFailure.NotAzure(remote);
        if (response.Status >= 400)
        {
            response.ContentStream?.Dispose();
            throw new AzureRefusalException(response, clock.GetUtcNow());
        }
        if (!message.BufferResponse && response.ContentStream is { } body)
            response.ContentStream = new Body(body, remote);
    }

    private sealed class Body(Stream inner, string remote) : ForwardStream
    {
        private const string Doing = "read a blob to its end";

        public override int Read(Span<byte> buffer)
        {
            try
            {
                return inner.Read(buffer);
            }
            catch (Exception e) when (HttpFailure.FromException(remote, Doing, e) is { } error)
            {
                throw error;
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && HttpFailure.FromException(remote, Doing, e) is { } error)
            {
                throw error;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
