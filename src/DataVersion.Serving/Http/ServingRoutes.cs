using DataVersion.Serving.Web;

namespace DataVersion.Serving.Http;

/// <summary>What is answered where.</summary>
internal static class ServingRoutes
{
    /// <summary>What the metrics call everything else.</summary>
    internal const string Other = "other";

    private static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] Write = [HttpMethods.Post];

    private static readonly (string Path, string[] Methods, Func<Handlers, RequestDelegate> Handler)[] All =
    [
        ("/predict", Write, h => h.Predict.HandleAsync),
        ("/livez", Read, _ => HealthEndpoints.LiveAsync),
        ("/readyz", Read, h => h.Health.ReadyAsync),
        ("/health", Read, h => h.Health.ReadyAsync),
        ("/version", Read, h => h.Health.VersionAsync),
        ("/model", Read, h => h.Health.ModelAsync),
        ("/metrics", Read, h => h.Documents.MetricsAsync),
        ("/openapi.json", Read, h => h.Documents.OpenApiAsync),
        ("/admin/reload", Write, h => h.Admin.ReloadAsync),
        ("/", Read, h => h.Page.HtmlAsync),
        ("/app.js", Read, h => h.Page.ScriptAsync),
        ("/app.css", Read, h => h.Page.StyleAsync),
    ];

    /// <summary>The paths, in the order of their numbers.</summary>
    internal static IReadOnlyList<string> Names { get; } = [.. All.Select(r => r.Path)];

    internal static void Map(WebApplication server, Handlers handlers)
    {
        for (int number = 0; number < All.Length; number++)
            server.MapMethods(All[number].Path, All[number].Methods, All[number].Handler(handlers)).WithMetadata(new RouteNumber(number));
    }

    internal sealed record Handlers
    {
        internal required PredictEndpoint Predict { get; init; }
        internal required HealthEndpoints Health { get; init; }
        internal required AdminEndpoint Admin { get; init; }
        internal required DocumentEndpoints Documents { get; init; }
        internal required PageEndpoint Page { get; init; }
    }
}
