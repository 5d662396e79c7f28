using DataVersion.Serving.Models;

namespace DataVersion.Serving.Http;

/// <summary><c>POST /admin/reload</c></summary>
internal sealed class AdminEndpoint(ServingSettings settings, ModelHolder holder, ModelKeeper keeper, IHostApplicationLifetime lifetime)
{
    private const string Scheme = "Bearer ";

    internal async Task ReloadAsync(HttpContext context)
    {
        if (!settings.AllowsAdmin)
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "Reloading is off", "It is on where ADMIN_TOKEN or ADMIN_TOKEN_FILE is set.");
            return;
        }
        string header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problem.WriteAsync(context, StatusCodes.Status401Unauthorized, "A token is needed", "Send it with Authorization: Bearer TOKEN.");
            return;
        }
        if (!settings.IsAdmin(header.AsSpan(Scheme.Length).Trim()))
        {
            await Problem.WriteAsync(context, StatusCodes.Status403Forbidden, "The token is another", null);
            return;
        }
        LoadedModel? before = holder.Current;
        // A client that hangs up does not end what has begun.
        (ReloadOutcome outcome, string? problem) = await keeper.ReloadAsync(lifetime.ApplicationStopping);
        await (outcome switch
        {
            ReloadOutcome.Busy => Problem.WriteAsync(context, StatusCodes.Status409Conflict, "A model is being loaded already", null),
            ReloadOutcome.Failed => Problem.WriteAsync(context, StatusCodes.Status502BadGateway, "The model could not be loaded; the one before it stays", problem),
            _ => Answers.JsonAsync(context, StatusCodes.Status200OK, json =>
            {
                json.WriteString("status", "reloaded");
                json.WritePropertyName("model");
                ModelDescription.WriteIdentity(json, holder.Current!);
                json.WritePropertyName("before");
                if (before is null)
                    json.WriteNullValue();
                else
                    ModelDescription.WriteIdentity(json, before);
            }),
        });
    }
}
