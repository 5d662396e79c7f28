using DataVersion.Serving.Http;

namespace DataVersion.Serving.Web;

/// <summary><c>GET /</c>: a page that shows the model and tries a prediction. It loads nothing from elsewhere, and may not.</summary>
internal sealed class PageEndpoint
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly Lazy<byte[]> _html = new(() => Read("index.html"));
    private readonly Lazy<byte[]> _script = new(() => Read("app.js"));
    private readonly Lazy<byte[]> _style = new(() => Read("app.css"));

    internal Task HtmlAsync(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return SendAsync(context, "text/html; charset=utf-8", _html.Value);
    }

    internal Task ScriptAsync(HttpContext context) => SendAsync(context, "text/javascript; charset=utf-8", _script.Value);

    internal Task StyleAsync(HttpContext context) => SendAsync(context, "text/css; charset=utf-8", _style.Value);

    private static Task SendAsync(HttpContext context, string contentType, byte[] bytes)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return Answers.BytesAsync(context, StatusCodes.Status200OK, contentType, bytes);
    }

    private static byte[] Read(string name)
    {
        using Stream stream = typeof(PageEndpoint).Assembly.GetManifestResourceStream($"web/{name}")
            ?? throw new InvalidOperationException($"the page's {name} is not in the program");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
