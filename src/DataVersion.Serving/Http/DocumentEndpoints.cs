using DataVersion.Serving.Metrics;
using DataVersion.Serving.Models;

namespace DataVersion.Serving.Http;

/// <summary><c>GET /metrics</c>, <c>/openapi.json</c></summary>
internal sealed class DocumentEndpoints(ModelHolder holder, ModelKeeper keeper, RequestMetrics metrics, ServingSettings settings)
{
    internal Task MetricsAsync(HttpContext context) =>
        Answers.TextAsync(context, StatusCodes.Status200OK, PrometheusText.ContentType, PrometheusText.Write(metrics, holder.Current, keeper));

    internal Task OpenApiAsync(HttpContext context) =>
        Answers.BytesAsync(context, StatusCodes.Status200OK, "application/json", OpenApiDocument.Write(holder.Current, settings));
}
