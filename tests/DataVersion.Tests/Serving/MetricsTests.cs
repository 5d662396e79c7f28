using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DataVersion.Testing;
using DataVersion.Testing.Models;
using Xunit;

namespace DataVersion.Tests.Serving;

public sealed partial class MetricsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TinyModel _model = new();

    public MetricsTests() => _model.WriteTo(_folder.At("m"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Requests_rows_and_latencies_are_counted()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));
        await server.PredictAsync("""{"rows":[{"amount":900},{"amount":-900},{}]}""");
        await server.PredictAsync("{");
        await server.GetAsync("/nothing/here");

        Dictionary<string, double> metrics = Parse((await server.GetAsync("/metrics")).Body);

        Assert.Equal(1, metrics["dv_serve_requests_total{route=\"/predict\",status=\"200\"}"]);
        Assert.Equal(1, metrics["dv_serve_requests_total{route=\"/predict\",status=\"400\"}"]);
        Assert.Equal(1, metrics["dv_serve_requests_total{route=\"other\",status=\"404\"}"]);
        Assert.Equal(2, metrics["dv_serve_request_duration_seconds_count{route=\"/predict\"}"]);
        Assert.Equal(2, metrics["dv_serve_request_duration_seconds_bucket{route=\"/predict\",le=\"+Inf\"}"]);
        Assert.Equal(3, metrics["dv_serve_rows_total"]);
        Assert.Equal(2, metrics["dv_serve_positive_rows_total"]);
        Assert.Equal(1, metrics["dv_serve_model_loads_total"]);
        Assert.Equal(1, metrics[$"dv_serve_model_info{{name=\"m\",version=\"\",sha256=\"{_model.Sha256}\"}}"]);
        Assert.Equal(3, metrics["dv_serve_drift_window_rows"]);
    }

    [Fact]
    public async Task Rows_like_the_training_data_show_no_drift_and_others_do()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")), ("DRIFT_WINDOW_ROWS", "1000"));
        string[] categories = ["grocery", "grocery", "grocery", "grocery", "grocery", "travel", "travel", "travel", "online", "online"];
        await SendAsync(server, 1000, i => $$"""{"amount":{{5 + (i / 10 % 10 * 10)}},"merchant_category":"{{categories[i % 10]}}"}""");

        Dictionary<string, double> alike = Parse((await server.GetAsync("/metrics")).Body);

        Assert.InRange(alike["dv_serve_input_drift_psi{input=\"amount\"}"], 0, 0.01);
        Assert.InRange(alike["dv_serve_input_drift_psi{input=\"merchant_category\"}"], 0, 0.01);
        Assert.Equal(0, alike["dv_serve_input_missing_ratio{input=\"amount\"}"]);

        // The window slides: what was before it counts no more.
        await SendAsync(server, 1200, i => """{"amount":99,"merchant_category":"crypto"}""");
        Dictionary<string, double> others = Parse((await server.GetAsync("/metrics")).Body);

        // All in one of ten bins: once (1 − 0.1)·ln(1 / 0.1), nine times (0 − 0.1)·ln(0 / 0.1), with 0.0001 in the place of 0.
        Assert.Equal((0.9 * Math.Log(10)) + (9 * (0.0001 - 0.1) * Math.Log(0.001)), others["dv_serve_input_drift_psi{input=\"amount\"}"], 1e-6);
        Assert.True(others["dv_serve_input_drift_psi{input=\"merchant_category\"}"] > 1);
        Assert.InRange(others["dv_serve_drift_window_rows"], 900, 1000);

        await SendAsync(server, 1200, i => "{}");
        Assert.Equal(1, Parse((await server.GetAsync("/metrics")).Body)["dv_serve_input_missing_ratio{input=\"amount\"}"]);
    }

    [Fact]
    public async Task The_log_has_a_line_for_each_request_where_that_is_asked_for()
    {
        await using RunningServer quiet = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));
        await using RunningServer telling = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")), ("LOG_REQUESTS", "1"));
        foreach (RunningServer server in new[] { quiet, telling })
            await server.PredictAsync("""{"rows":[{},{}]}""");

        Assert.DoesNotContain("\"event\":\"request\"", quiet.Log, StringComparison.Ordinal);
        await telling.WaitAsync(() => Task.FromResult(telling.Log.Contains("/predict", StringComparison.Ordinal)));
        JsonNode line = telling.Log.Split('\n').Where(l => l.Contains("/predict", StringComparison.Ordinal)).Select(l => JsonNode.Parse(l)!).Single();
        Assert.Equal(("POST", 200, 2), (line["method"]!.GetValue<string>(), line["status"]!.GetValue<int>(), line["rows"]!.GetValue<int>()));
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));
        using HttpResponseMessage page = await server.Client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        foreach (string path in new[] { "/", "/app.js", "/app.css" })
        {
            (HttpStatusCode status, string body) = await server.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.DoesNotContain("://", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_API_describes_itself_by_the_model_s_signature()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));

        JsonNode api = await server.GetJsonAsync("/openapi.json");

        Assert.Equal("3.1.0", api["openapi"]!.GetValue<string>());
        JsonObject row = api["components"]!["schemas"]!["Row"]!["properties"]!.AsObject();
        Assert.Equal(["amount", "merchant_category"], row.Select(p => p.Key));
        // Each reference leads somewhere.
        foreach (Match reference in Reference().Matches(api.ToJsonString()))
            Assert.NotNull(api["components"]!["schemas"]![reference.Groups[1].Value]);
        foreach (string path in api["paths"]!.AsObject().Select(p => p.Key).Where(p => api["paths"]![p]!["get"] is not null))
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Where_nothing_is_and_with_another_method_there_is_a_problem_document()
    {
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));

        (HttpStatusCode missing, string nothing) = await server.GetAsync("/nothing");
        (HttpStatusCode method, string wrong) = await server.GetAsync("/predict");

        Assert.Equal((HttpStatusCode.NotFound, 404), (missing, JsonNode.Parse(nothing)!["status"]!.GetValue<int>()));
        Assert.Equal((HttpStatusCode.MethodNotAllowed, 405), (method, JsonNode.Parse(wrong)!["status"]!.GetValue<int>()));
    }

    private static async Task SendAsync(RunningServer server, int rows, Func<int, string> row)
    {
        for (int start = 0; start < rows; start += 100)
        {
            (HttpStatusCode status, _) = await server.PredictAsync($$"""{"rows":[{{string.Join(',', Enumerable.Range(start, 100).Select(row))}}]}""");
            Assert.Equal(HttpStatusCode.OK, status);
        }
    }

    private static Dictionary<string, double> Parse(string text)
    {
        var values = new Dictionary<string, double>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#'))
        {
            int space = line.LastIndexOf(' ');
            values.Add(line[..space], double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture));
        }
        return values;
    }

    [GeneratedRegex("#/components/schemas/(\\w+)")]
    private static partial Regex Reference();
}
