using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using DataVersion.Testing;
using DataVersion.Tests.Trainer;
using DataVersion.Tracking.Models;
using DataVersion.Trainer;
using DataVersion.Trainer.Data;
using DataVersion.Trainer.Training;
using Xunit;

namespace DataVersion.Tests.Serving;

/// <summary>A column of times on its whole way: learnt from, written into the model, and served.</summary>
public sealed class TimeInputTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _data;

    public TimeInputTests()
    {
        _data = _folder.At("data.csv");
        File.WriteAllText(_data, Csv());
    }

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_hour_and_the_day_of_the_week_are_learnt_and_a_later_time_is_answered_by_them()
    {
        await TrainAsync("40");

        ModelSignature signature = Signature();
        Assert.Equal(ModelSignature.TimesSchema, signature.Schema);
        Assert.Equal([SignatureType.Time], signature.Inputs.Select(i => i.Type));
        Assert.InRange(signature.Metrics["roc_auc"], 0.93, 1);
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));
        // Years after the data; 2031-06-04 was to be a Wednesday, the 7th a Saturday.
        Assert.True(await AskAsync(server, "\"2031-06-04T02:30:00Z\"") > 0.5);
        Assert.True(await AskAsync(server, "\"2031-06-04T14:30:00Z\"") < 0.5);
        Assert.True(await AskAsync(server, "\"2031-06-07T14:30:00Z\"") > 0.5);
    }

    [Fact]
    public async Task A_time_may_be_written_with_any_zone_or_as_seconds()
    {
        await TrainAsync("2");
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));

        double expected = await AskAsync(server, "\"2026-03-01T02:30:00.5Z\"");

        double seconds = (new DateTime(2026, 3, 1, 2, 30, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalSeconds + 0.5;
        string[] same = ["\"2026-03-01T04:30:00.5+02:00\"", "\"2026-02-28T21:00:00.5-05:30\"", "\"2026-03-01T02:30:00.5\"", "\"2026-03-01 02:30:00.5Z\"", "\"2026-03-01T04:30:00.5\\u002B02:00\"",
            seconds.ToString("F1", CultureInfo.InvariantCulture)];
        foreach (string time in same)
            Assert.Equal(expected, await AskAsync(server, time));
        Assert.NotEqual(expected, await AskAsync(server, "\"2026-03-01T02:30:00.5+02:00\""));
        Assert.InRange(await AskAsync(server, "null"), 0, 1);
    }

    [Theory]
    [InlineData("\"yesterday\"", "'at' is no time: write it as 2026-01-31T18:30:00Z, or as seconds since 1970.")]
    [InlineData("\"2026-02-30T00:00:00Z\"", "'at' is no time: write it as 2026-01-31T18:30:00Z, or as seconds since 1970.")]
    [InlineData("\"\"", "'at' is no time: write it as 2026-01-31T18:30:00Z, or as seconds since 1970.")]
    [InlineData("1e300", "'at' is beyond what a float32 can hold.")]
    [InlineData("true", "'at' must be a time or null, and is a boolean.")]
    public async Task What_is_no_time_is_told(string value, string problem)
    {
        await TrainAsync("1");
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));

        (HttpStatusCode status, JsonNode body) = await server.PredictAsync($$"""{"rows":[{},{"at":{{value}}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal((problem, "/rows/1/at"), (body["detail"]!.GetValue<string>(), body["pointer"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_graph_that_is_served_sees_what_the_training_saw()
    {
        await TrainAsync("2");
        byte[] model = await File.ReadAllBytesAsync(_folder.At("m/model.onnx"), Token);
        using DuckTable table = await TableFactory.OpenAsync([_data], "fraud", new TableOptions(), Token);
        var layout = new FeatureLayout(table.Inputs);
        await foreach (TableBatch batch in table.ReadAsync(5000, Token))
        {
            double[] times = [.. File.ReadLines(_data).Skip(1).Take(batch.Rows).Select(line => line[..line.IndexOf(',')]).Select(Seconds)];
            for (int row = 0; row < batch.Rows; row++)
            {
                Assert.Equal((float)times[row], batch.Numbers[row * 3]);
                Assert.Equal((float)(times[row] - (Math.Floor(times[row] / 86_400) * 86_400)), batch.Numbers[(row * 3) + 1]);
                Assert.Equal((float)(times[row] - (Math.Floor(times[row] / 604_800) * 604_800)), batch.Numbers[(row * 3) + 2]);
            }
            float[] features = GraphRunner.Run(new TrainingGraphs(new Network(layout, []), new TrainingOptions(), 1, 1).Prepare(), (GraphNames.Raw, GraphRunner.Floats(batch.Numbers, batch.Rows, layout.RawNumbers)))[0];
            Assert.Equal((3, 5), (layout.RawNumbers, layout.NumberFeatures));
            // Of a row with a time: not missing, the sines of day and week, the cosines of both; of one without, the mark alone.
            int known = Array.FindIndex(times, t => !double.IsNaN(t)), missing = Array.FindIndex(times, double.IsNaN);
            Assert.Equal(Math.Sin(2 * Math.PI * times[known] / 86_400), features[(known * 5) + 1], 1e-4);
            Assert.Equal(Math.Cos(2 * Math.PI * times[known] / 604_800), features[(known * 5) + 4], 1e-4);
            Assert.Equal([1, 0, 0, 0, 0], features[(missing * 5)..((missing * 5) + 5)]);
            float[] answers = GraphRunner.Run(model, ("at", Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(times, [times.Length, 1])))[0];
            Assert.All(answers, a => Assert.InRange(a, 0, 1));
        }
    }

    [Fact]
    public async Task Columns_and_API_say_that_it_is_a_time()
    {
        await TrainAsync("1");
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("m")));

        JsonNode at = (await server.GetJsonAsync("/openapi.json"))["components"]!["schemas"]!["Row"]!["properties"]!["at"]!;
        using var output = new StringWriter { NewLine = "\n" };
        await RunAsync(output, "describe", _data, "--target", "fraud");

        Assert.Equal(["string", "number", "null"], at["type"]!.AsArray().Select(t => t!.GetValue<string>()));
        Assert.Matches("(?m)^at: time, 2026-01-01T00:00:00Z to 2026-0[34]-[0-9T:]+Z, [0-9.]+ % missing$", output.ToString());
    }

    /// <summary>Frauds happen from 0 to 5 o'clock, and on Saturdays.</summary>
    private static string Csv()
    {
        var random = new Random(1);
        var text = new StringBuilder("at,fraud\n");
        for (int i = 0; i < 4000; i++)
        {
            DateTime at = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i == 0 ? 0 : random.Next(90 * 24 * 60));
            bool fraud = at.Hour < 5 || at.DayOfWeek == DayOfWeek.Saturday;
            text.Append(CultureInfo.InvariantCulture, $"{(i % 50 == 7 ? "" : at.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture))},{(fraud ? 1 : 0)}\n");
        }
        return text.ToString();
    }

    private static double Seconds(string text) =>
        text.Length == 0 ? double.NaN : (DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal) - DateTime.UnixEpoch).TotalSeconds;

    private static async Task<double> AskAsync(RunningServer server, string value)
    {
        (HttpStatusCode status, JsonNode body) = await server.PredictAsync($$"""{"at":{{value}}}""");
        Assert.True(status == HttpStatusCode.OK, $"{value}: {body.ToJsonString()}");
        return body["predictions"]![0]!["probability"]!.GetValue<double>();
    }

    private async Task TrainAsync(string epochs)
    {
        using var output = new StringWriter();
        await RunAsync(output, "--data", _data, "--target", "fraud", "--out", _folder.At("m"), "--epochs", epochs, "--patience", "0", "--hidden", "32,16", "--batch-size", "64", "--learning-rate", "0.01");
    }

    private static async Task RunAsync(TextWriter output, params string[] args)
    {
        using var error = new StringWriter();
        int code = await TrainerApplication.RunAsync(args, new TrainerHost { Output = output, Error = error, Environment = new Dictionary<string, string>() }, Token);
        Assert.True(code == 0, error.ToString());
    }

    private ModelSignature Signature() => ModelSignature.Parse(File.ReadAllBytes(_folder.At("m/signature.json")), "signature");
}
