using System.Globalization;
using System.Text;
using DataVersion.Tracking.Models;
using DataVersion.Trainer;
using Xunit;

namespace DataVersion.Tests.Trainer.CommandLine;

/// <summary>The program as it is called, on small files.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private static readonly string[] Quick = ["--epochs", "2", "--hidden", "4", "--batch-size", "64"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dv-train-test");
    private readonly string _data;

    public TrainCommandTests()
    {
        _data = Path.Combine(_folder.FullName, "data.csv");
        File.WriteAllText(_data, Csv(600, 1));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_becomes_a_model_that_answers()
    {
        string metrics = Path.Combine(_folder.FullName, "metrics");

        (int code, string output, string error) = await RunAsync([.. Arguments(), .. Quick], ("DV_METRICS", metrics));

        Assert.Equal((0, ""), (code, error));
        Assert.Matches("(?m)^provider +CPU \\(", output);
        Assert.Contains("epoch 2/2 ", output, StringComparison.Ordinal);
        ModelSignature signature = ModelSignature.Parse(File.ReadAllBytes(OutFile("signature.json")), "signature");
        Assert.Equal(["amount", "hour", "country"], signature.Inputs.Select(i => i.Name));
        float[] answer = GraphRunner.Run(File.ReadAllBytes(OutFile("model.onnx")),
            ("amount", GraphRunner.Floats([5], 1, 1)), ("hour", GraphRunner.Floats([3], 1, 1)), ("country", GraphRunner.Words(["DE"], 1, 1)))[0];
        Assert.InRange(answer[0], 0, 1);
        Assert.Equal(2, File.ReadAllLines(metrics).Count(l => l.Contains("validation_auc", StringComparison.Ordinal)));
        Assert.Contains("\"roc_auc\"", File.ReadAllText(metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_is_an_option_and_the_command_line_wins()
    {
        (int code, string output, _) = await RunAsync(["--epochs", "1"],
            ("DV_PARAM_DATA", _data), ("DV_PARAM_TARGET", "fraud"), ("DV_PARAM_OUT", Path.Combine(_folder.FullName, "out")), ("DV_PARAM_EPOCHS", "7"), ("DV_PARAM_HIDDEN", "none"),
            ("DV_PARAM_THRESHOLD", "best"));

        Assert.Equal(0, code);
        Assert.Contains("epoch 1/1 ", output, StringComparison.Ordinal);
        Assert.NotEqual(0.5, ModelSignature.Parse(File.ReadAllBytes(OutFile("signature.json")), "signature").Threshold);
    }

    [Fact]
    public async Task As_many_words_of_a_column_are_kept_as_is_asked_for()
    {
        (int code, _, string error) = await RunAsync([.. Arguments(), .. Quick, "--max-categories", "1"]);

        Assert.Equal(0, code);
        Assert.Contains("column 'country' has 2 words: the 1 most frequent are kept", error, StringComparison.Ordinal);
        Assert.Single(ModelSignature.Parse(File.ReadAllBytes(OutFile("signature.json")), "signature").Inputs[^1].Categories);
    }

    [Fact]
    public async Task Files_to_check_with_are_read_as_the_others_are()
    {
        string other = Path.Combine(_folder.FullName, "other.csv");
        File.WriteAllText(other, Csv(100, 2).Replace("DE", "XX", StringComparison.Ordinal));

        (int code, string output, _) = await RunAsync([.. Arguments(), .. Quick, "--validation", other]);

        Assert.Equal(0, code);
        Assert.Contains("600 rows to learn from, 100 to check with", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--epochs: 'x' is not a whole number from 1 on", "--epochs", "x")]
    [InlineData("--learning-rate: '-1' is not a number above 0", "--learning-rate", "-1")]
    [InlineData("--optimizer: 'rmsprop' is not one of: adam, sgd", "--optimizer", "rmsprop")]
    [InlineData("--optimizer: '1' is not one of: adam, sgd", "--optimizer", "1")]
    [InlineData("--max-categories: '0' is not a whole number from 1 on", "--max-categories", "0")]
    [InlineData("--hidden: '64,' is not a list of widths", "--hidden", "64,")]
    [InlineData("--class-weight: 'some' is not a number above 0, balanced or none", "--class-weight", "some")]
    [InlineData("--memory: '12Q' is not a size", "--memory", "12Q")]
    [InlineData("--threshold: '1.5' is not a number from 0 to 1, or best", "--threshold", "1.5")]
    [InlineData("--dropout: '1' is not a share", "--dropout", "1")]
    [InlineData("--seed is given 2 times", "--seed", "1", "--seed", "2")]
    public async Task A_value_that_is_none_is_wrong_use(string message, params string[] arguments)
    {
        (int code, _, string error) = await RunAsync([.. Arguments(), .. arguments]);

        Assert.Equal(2, code);
        Assert.StartsWith($"dv-train: error: {message}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_is_none_is_named()
    {
        (int code, _, string error) = await RunAsync(Arguments(), ("DV_PARAM_BATCH_SIZE", "0"));

        Assert.Equal(2, code);
        Assert.StartsWith("dv-train: error: DV_PARAM_BATCH_SIZE: '0' is not", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_and_target_are_needed()
    {
        Assert.Contains("--data is missing", (await RunAsync([])).Error, StringComparison.Ordinal);
        Assert.Contains("--target is missing", (await RunAsync(["--data", _data])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_file_is_65_and_names_its_line()
    {
        File.AppendAllText(_data, "1,2\n");

        (int code, _, string error) = await RunAsync(Arguments());

        Assert.Equal(65, code);
        Assert.Contains("data.csv:602: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_GPU_one_that_is_required_is_72()
    {
        (int code, _, string error) = await RunAsync([.. Arguments(), "--require-gpu"]);

        Assert.Equal(72, code);
        Assert.StartsWith("dv-train: error: no GPU can be used: ", error, StringComparison.Ordinal);
        Assert.Equal(72, (await RunAsync(Arguments(), ("DV_PARAM_REQUIRE_GPU", "true"))).Code);
    }

    [Fact]
    public async Task A_training_that_was_stopped_goes_on_from_the_folder_of_checkpoints()
    {
        string checkpoints = Path.Combine(_folder.FullName, "state");
        (int first, _, _) = await RunAsync([.. Arguments(), .. Quick], ("DV_CHECKPOINT", checkpoints));
        byte[] model = File.ReadAllBytes(OutFile("model.onnx"));
        Directory.Delete(Path.Combine(_folder.FullName, "out"), recursive: true);

        (int second, string output, _) = await RunAsync([.. Arguments(), .. Quick], ("DV_CHECKPOINT", checkpoints));

        Assert.Equal((0, 0), (first, second));
        Assert.Contains("checkpoint  goes on after epoch 2", output, StringComparison.Ordinal);
        Assert.Equal(model, File.ReadAllBytes(OutFile("model.onnx")));
    }

    [Fact]
    public async Task What_is_stopped_ends_with_the_code_of_a_signal()
    {
        (int code, _, string error) = await RunAsync(Arguments(), new CancellationToken(canceled: true));

        Assert.Equal((130, "dv-train: error: stopped\n"), (code, error));
    }

    private string[] Arguments() => ["--data", _data, "--target", "fraud", "--out", Path.Combine(_folder.FullName, "out")];

    private string OutFile(string name) => Path.Combine(_folder.FullName, "out", name);

    private static Task<(int Code, string Output, string Error)> RunAsync(string[] args, params (string, string)[] variables) =>
        RunAsync(args, TestContext.Current.CancellationToken, variables);

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] args, CancellationToken cancellationToken, params (string Name, string Value)[] variables)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        // No GPU, whatever the machine has.
        var environment = variables.Append(("CUDA_VISIBLE_DEVICES", "")).ToDictionary(v => v.Item1, v => v.Item2);
        int code = await TrainerApplication.RunAsync(args, new TrainerHost { Output = output, Error = error, Environment = environment }, cancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private static string Csv(int rows, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder("amount,hour,country,fraud\n");
        for (int i = 0; i < rows; i++)
        {
            double amount = Math.Round(random.NextDouble() * 100, 2);
            int hour = random.Next(24);
            text.Append(CultureInfo.InvariantCulture, $"{amount},{hour},{(random.Next(2) == 0 ? "DE" : "FR")},{(amount + (hour * 2) + random.Next(40) > 110 ? 1 : 0)}\n");
        }
        return text.ToString();
    }
}
