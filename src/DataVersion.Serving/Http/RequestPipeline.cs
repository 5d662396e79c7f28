using System.Diagnostics;
using DataVersion.Serving.Metrics;

namespace DataVersion.Serving.Http;

/// <summary>The number of a route in the metrics.</summary>
/// <param name="Number">Its place among <see cref="RequestMetrics.Routes"/>.</param>
internal sealed record RouteNumber(int Number);

/// <summary>What every request passes: counting, the log, errors as problem documents.</summary>
internal sealed class RequestPipeline(ServingSettings settings, RequestMetrics metrics, DrainState drain, ServingLog log, int otherRoute)
{
    internal async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        long start = Stopwatch.GetTimestamp();
        metrics.Begin();
        if (drain.IsDraining)
            context.Response.Headers.Connection = "close";
        try
        {
            await next(context);
            // What routing refuses has no words of its own.
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
                await RefuseAsync(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client is gone.
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e)
        {
            log.Error("request-failed", ("path", context.Request.Path.Value), ("problem", $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}"));
            await Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "Something went wrong here", null);
        }
        finally
        {
            long ticks = Stopwatch.GetTimestamp() - start;
            metrics.End(context.GetEndpoint()?.Metadata.GetMetadata<RouteNumber>()?.Number ?? otherRoute, context.Response.StatusCode, ticks);
            if (settings.LogRequests)
            {
                long rows = context.Items.TryGetValue(PredictEndpoint.RowsItem, out object? value) && value is int count ? count : 0;
                log.Request(context.Request.Method, context.Request.Path.Value ?? "", context.Response.StatusCode, ticks * 1000.0 / Stopwatch.Frequency, rows);
            }
        }
    }

    private static Task RefuseAsync(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.WriteAsync(context, 404, "There is nothing here", "See GET /openapi.json."),
        StatusCodes.Status405MethodNotAllowed => Problem.WriteAsync(context, 405, "Not with this method", $"Allowed: {context.Response.Headers.Allow}."),
        int status => Problem.WriteAsync(context, status, "The request is refused", null),
    };
}
