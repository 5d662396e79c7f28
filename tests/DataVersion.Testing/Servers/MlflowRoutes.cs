using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>The fake server's answers.</summary>
internal sealed class MlflowRoutes(MlflowState state, MlflowServerOptions options)
{
    private const string Api = "/api/2.0/mlflow/";
    private const string Proxy = "/api/2.0/mlflow-artifacts/artifacts";

    private readonly MlflowTracking _tracking = new(state, options);
    private readonly MlflowModels _models = new(state, options);
    private readonly MlflowArtifacts _artifacts = new(state);

    public MlflowServerAnswer Answer(MlflowServerRequest request, MlflowServerBody? body = null)
    {
        try
        {
            lock (state)
                return Route(request, body);
        }
        catch (MlflowServerRefusal refusal)
        {
            return refusal.Answer;
        }
    }

    private MlflowServerAnswer Route(MlflowServerRequest request, MlflowServerBody? body)
    {
        if (request.Path == "/health")
            return new MlflowServerAnswer(200, "text/html; charset=utf-8", "OK");
        if (request.Path.StartsWith(Proxy, StringComparison.Ordinal))
            return _artifacts.Answer(request, request.Path[Proxy.Length..].TrimStart('/'), body);
        if (!request.Path.StartsWith(Api, StringComparison.Ordinal))
            return NotFound;
        string route = $"{request.Method} {request.Path[Api.Length..]}";
        JsonObject? answer = route == "GET artifacts/list" ? _artifacts.List(request) : _tracking.Answer(route, request) ?? _models.Answer(route, request);
        return answer is null ? NotFound : MlflowServerAnswer.Json(answer);
    }

    private static MlflowServerAnswer NotFound { get; } = new(404, "text/html; charset=utf-8",
        """
        <!doctype html>
        <html lang=en>
        <title>404 Not Found</title>
        <h1>Not Found</h1>
        <p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>

        """);
}
