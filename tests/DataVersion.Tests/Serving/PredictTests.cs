using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using DataVersion.Testing;
using DataVersion.Testing.Models;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Serving;

public class PredictTests
{
    private readonly TinyModel _model = new();

    [Fact]
    public async Task Rows_are_answered_in_their_order_with_the_model_that_answered()
    {
        await using var box = await Box.StartAsync(_model);

        (HttpStatusCode status, JsonNode answer) = await box.Server.PredictAsync(
            """{"rows":[{"amount":12.5,"merchant_category":"grocery"},{"merchant_category":"travel","amount":250},{"amount":-3e2,"merchant_category":"unheard of"}]}""");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonArray predictions = answer["predictions"]!.AsArray();
        double[] expected = [_model.Probability(12.5, "grocery"), _model.Probability(250, "travel"), _model.Probability(-300)];
        Assert.Equal(expected.Length, predictions.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], predictions[i]!["probability"]!.GetValue<double>(), 1e-6);
            Assert.Equal(expected[i] >= 0.5 ? 1 : 0, predictions[i]!["label"]!.GetValue<int>());
        }
        Assert.Equal(_model.Sha256, answer["model"]!["sha256"]!.GetValue<string>());
    }

    [Fact]
    public async Task One_row_may_be_sent_as_an_object_and_values_may_be_missing()
    {
        await using var box = await Box.StartAsync(_model);
        foreach ((string body, double expected) in new[]
        {
            ("""{"amount":100,"merchant_category":"online"}""", _model.Probability(100, "online")),
            ("""{"amount":100}""", _model.Probability(100)),
            ("""{"merchant_category":"travel"}""", _model.Probability(double.NaN, "travel")),
            ("""{"amount":null,"merchant_category":null}""", 0.5),
            ("""{}""", 0.5),
            ("""{"rows":[{}]}""", 0.5),
            ("\uFEFF{\"\\u0061mount\":100}", _model.Probability(100)),
            ("""{"merchant_category":"tr\u0061vel"}""", _model.Probability(double.NaN, "travel")),
        })
        {
            (HttpStatusCode status, JsonNode answer) = await box.Server.PredictAsync(body);

            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(expected, answer["predictions"]![0]!["probability"]!.GetValue<double>(), 1e-6);
        }
    }

    [Fact]
    public async Task Memory_that_is_used_again_holds_nothing_of_the_request_before()
    {
        await using var box = await Box.StartAsync(_model);
        for (int rows = 1; rows < 60; rows += 7)
        {
            await box.Server.PredictAsync($$"""{"rows":[{{string.Join(',', Enumerable.Repeat("""{"amount":900,"merchant_category":"travel"}""", rows))}}]}""");

            (_, JsonNode answer) = await box.Server.PredictAsync($$"""{"rows":[{{string.Join(',', Enumerable.Repeat("{}", rows))}}]}""");

            Assert.Equal(rows, answer["predictions"]!.AsArray().Count);
            Assert.All(answer["predictions"]!.AsArray(), p => Assert.Equal(0.5, p!["probability"]!.GetValue<double>()));
        }
    }

    [Theory]
    [InlineData("", 400, "")]
    [InlineData("[]", 400, "")]
    [InlineData("null", 400, "")]
    [InlineData("{", 400, "")]
    [InlineData("{} {}", 400, "")]
    [InlineData("""{"amount":NaN}""", 400, "")]
    [InlineData("""{"amount":"12"}""", 400, "/amount")]
    [InlineData("""{"amount":true}""", 400, "/amount")]
    [InlineData("""{"amount":[1]}""", 400, "/amount")]
    [InlineData("""{"amount":1e300}""", 400, "/amount")]
    [InlineData("""{"merchant_category":5}""", 400, "/merchant_category")]
    [InlineData("""{"merchant_category":"\ud800"}""", 400, "/merchant_category")]
    [InlineData("""{"amount":1,"amount":2}""", 400, "/amount")]
    [InlineData("""{"amount":1,"a/b~c":2}""", 400, "/a~1b~0c")]
    [InlineData("""{"\ud800":1}""", 400, """/\ud800""")]
    [InlineData("""{"rows":[{"\udc00mount":1}]}""", 400, """/rows/0/\udc00mount""")]
    [InlineData("""{"rows":[{"amount":1,"merchant_categor\ud800":2}]}""", 400, """/rows/0/merchant_categor\ud800""")]
    [InlineData("""{"rows":[{}],"\ud800":1}""", 400, """/\ud800""")]
    [InlineData("""{"rows":5}""", 400, "/rows")]
    [InlineData("""{"rows":[]}""", 400, "/rows")]
    [InlineData("""{"rows":[5]}""", 400, "/rows/0")]
    [InlineData("""{"rows":[{},{"amount":{}}]}""", 400, "/rows/1/amount")]
    [InlineData("""{"rows":[{},{"colour":"red"}]}""", 400, "/rows/1/colour")]
    [InlineData("""{"rows":[{}],"more":1}""", 400, "/more")]
    [InlineData("""{"amount":1,"rows":[{}]}""", 400, "/rows")]
    [InlineData("""{"rows":[{},{},{},{}]}""", 413, "/rows")]
    public async Task A_body_that_does_not_fit_is_refused_and_the_value_at_fault_pointed_at(string body, int status, string pointer)
    {
        await using var box = await Box.StartAsync(_model, ("MAX_ROWS", "3"));

        (HttpStatusCode answered, JsonNode problem) = await box.Server.PredictAsync(body);

        Assert.Equal(status, (int)answered);
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.Equal(pointer, problem["pointer"]!.GetValue<string>());
        Assert.NotEmpty(problem["detail"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_whether_or_not_it_says_so_before()
    {
        await using var box = await Box.StartAsync(_model, ("MAX_BODY_BYTES", "1000"));
        byte[] body = Encoding.UTF8.GetBytes($$"""{"merchant_category":"{{new string('x', 2000)}}"}""");

        Assert.Equal(413, (int)(await box.Server.PredictAsync(body)).Status);
        using var chunked = new StreamContent(new MemoryStream(body)) { Headers = { ContentType = new("application/json") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/predict", UriKind.Relative)) { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage answer = await box.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(413, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        // The next request is answered as if nothing had been.
        Assert.Equal(HttpStatusCode.OK, (await box.Server.PredictAsync("{}")).Status);
    }

    [Fact]
    public async Task What_is_said_to_be_no_JSON_is_refused()
    {
        await using var box = await Box.StartAsync(_model);
        using var content = new StringContent("{}", Encoding.UTF8, "application/x-www-form-urlencoded");

        using HttpResponseMessage answer = await box.Server.Client.PostAsync(new Uri("/predict", UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task Whatever_the_body_is_the_answer_is_a_prediction_or_a_problem_of_the_client()
    {
        await using var box = await Box.StartAsync(_model);
        string[] words = ["{", "}", "[", "]", ":", ",", "\"rows\"", "\"amount\"", "\"merchant_category\"", "\"grocery\"", "1", "-1e38", "1e999", "null", "true", "\"\\ud800\"", "\u00e4", "\0", " "];
        Gen<byte[]> bytes = Gen.OneOf(
            ArbMap.Default.GeneratorFor<byte[]>().Select(b => b ?? []),
            Gen.Elements(words).ArrayOf().Select(w => Encoding.UTF8.GetBytes(string.Concat(w))),
            Gen.Elements(words).ArrayOf().Select(w => Encoding.UTF8.GetBytes($$"""{"rows":[{"amount":{{string.Concat(w)}}}]}""")),
            Gen.Elements(words).ArrayOf().Select(w => Encoding.UTF8.GetBytes($$"""{"rows":[{{{string.Concat(w)}}}]}""")),
            Gen.Elements(words).SelectMany(name => Gen.Elements(words).ArrayOf().Select(w => Encoding.UTF8.GetBytes($$"""{{{name}}:{{string.Concat(w)}}}"""))),
            Gen.Choose(0, 60).SelectMany(at => Gen.Choose(0, 255).Select(value => Damaged(at, (byte)value))));

        Prop.ForAll(Arb.From(bytes), body =>
        {
            (HttpStatusCode status, JsonNode answer) = box.Server.PredictAsync(body).GetAwaiter().GetResult();
            return status == HttpStatusCode.OK ? answer["predictions"] is JsonArray { Count: > 0 } : (int)status is >= 400 and < 500 && answer["status"]!.GetValue<int>() == (int)status;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static byte[] Damaged(int at, byte value)
    {
        byte[] body = """{"rows":[{"amount":12.5,"merchant_category":"grocery"},{}]}"""u8.ToArray();
        body[Math.Min(at, body.Length - 1)] = value;
        return body;
    }

    /// <summary>A server with a model in a folder.</summary>
    private sealed class Box(TempFolder folder, RunningServer server) : IAsyncDisposable
    {
        internal RunningServer Server => server;

        internal static async Task<Box> StartAsync(TinyModel model, params (string Name, string Value)[] variables)
        {
            var folder = new TempFolder();
            model.WriteTo(folder.At("m"));
            return new Box(folder, await RunningServer.StartReadyAsync([("MODEL_URI", folder.At("m")), .. variables]));
        }

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            folder.Dispose();
        }
    }
}
