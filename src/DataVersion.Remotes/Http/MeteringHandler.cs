using System.Net;
using DataVersion.Storage;

namespace DataVersion.Remotes.Http;

/// <summary>Counts requests, and the answers that ask for fewer.</summary>
internal sealed class MeteringHandler(RequestMeter meter) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        meter.AddRequest();
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            meter.AddThrottled();
        return response;
    }
}
