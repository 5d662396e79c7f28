using System.Globalization;

namespace DataVersion.Serving.Http;

/// <summary>
/// <c>dv-serve --healthcheck</c> and <c>--livecheck</c>: ask the server of this container whether it is ready, and whether it lives, where there is no curl.
/// </summary>
internal static class HealthProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Ready: a model is loaded.</summary>
    internal const string ReadyOption = "--healthcheck";

    /// <summary>Alive, with or without a model.</summary>
    internal const string LiveOption = "--livecheck";

    /// <summary>Whether the program was started to ask, and not to serve.</summary>
    internal static bool IsAsked(string[] args) => args.Contains(ReadyOption) || args.Contains(LiveOption);

    /// <summary>0 where it is so, 1 where not.</summary>
    internal static async Task<int> RunAsync(string[] args, ServingHost host, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
            using HttpResponseMessage answer = await client.GetAsync(new Uri(AddressOf(args, host), args.Contains(LiveOption) ? "livez" : "readyz"), cancellationToken);
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or UriFormatException)
        {
            return 1;
        }
    }

    /// <summary>Where the server listens, by the settings that it reads itself.</summary>
    internal static Uri AddressOf(string[] args, ServingHost host)
    {
        int at = Array.IndexOf(args, "--urls");
        string? urls = at >= 0 && at + 1 < args.Length ? args[at + 1] : host.Variable("ASPNETCORE_URLS") ?? host.Variable("URLS");
        if (urls?.Split(';')[0] is { Length: > 0 } url)
        {
            // *, + and all addresses are this machine, too.
            string local = url.Replace("://*", "://127.0.0.1", StringComparison.Ordinal).Replace("://+", "://127.0.0.1", StringComparison.Ordinal)
                .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal).Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal);
            return new Uri(local.EndsWith('/') ? local : $"{local}/");
        }
        string? ports = host.Variable("ASPNETCORE_HTTP_PORTS") ?? host.Variable("HTTP_PORTS");
        string port = ports?.Split(';')[0] is { Length: > 0 } first && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? first : ServingApplication.DefaultPort;
        return new Uri($"http://127.0.0.1:{port}/");
    }
}
