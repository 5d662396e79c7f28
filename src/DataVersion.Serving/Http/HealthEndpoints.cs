using DataVersion.Serving.Models;

namespace DataVersion.Serving.Http;

/// <summary><c>GET /livez</c>, <c>/readyz</c>, <c>/health</c>, <c>/version</c>, <c>/model</c></summary>
internal sealed class HealthEndpoints(ServingHost host, ModelHolder holder, DrainState drain)
{
    internal static Task LiveAsync(HttpContext context) => Answers.TextAsync(context, StatusCodes.Status200OK, "text/plain; charset=utf-8", "ok");

    /// <summary>The status itself says it: probes look at nothing else.</summary>
    internal Task ReadyAsync(HttpContext context)
    {
        LoadedModel? model = holder.Current;
        bool ready = model is not null && !drain.IsDraining;
        context.Response.Headers.CacheControl = "no-store";
        if (!ready)
            context.Response.Headers.RetryAfter = "1";
        return Answers.JsonAsync(context, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
        {
            json.WriteString("status", ready ? "ready" : drain.IsDraining ? "draining" : "loading");
            if (model is null)
                return;
            json.WritePropertyName("model");
            ModelDescription.WriteIdentity(json, model);
        });
    }

    internal Task VersionAsync(HttpContext context) => Answers.JsonAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteString("program", "dv-serve");
        json.WriteString("version", host.Version);
        if (host.Variable("GIT_COMMIT") is { } commit)
            json.WriteString("commit", commit);
        json.WritePropertyName("model");
        if (holder.Current is { } model)
            ModelDescription.WriteIdentity(json, model);
        else
            json.WriteNullValue();
    });

    internal Task ModelAsync(HttpContext context) => holder.Current is { } model
        ? Answers.BytesAsync(context, StatusCodes.Status200OK, "application/json", model.Description)
        : NoModelAsync(context);

    internal static Task NoModelAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "No model is loaded yet", null);
    }
}
