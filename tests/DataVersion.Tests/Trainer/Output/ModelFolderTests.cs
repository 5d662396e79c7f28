using System.Security.Cryptography;
using System.Text.Json;
using DataVersion.Tracking.Metrics;
using DataVersion.Tracking.Models;
using DataVersion.Trainer.Output;
using DataVersion.Trainer.Training;
using Xunit;

namespace DataVersion.Tests.Trainer.Output;

public sealed class ModelFolderTests : IDisposable
{
    private static readonly TrainingOptions Options = new() { Epochs = 2, Hidden = [4], BatchSize = 100 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dv-train-test");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_folder_holds_model_signature_metrics_and_curves()
    {
        ModelSignature signature = await WriteAsync("a");

        string Path(string name) => System.IO.Path.Combine(_folder.FullName, "a", name);
        Assert.Equal(["curves.svg", "metrics.json", "model.onnx", "signature.json"], Directory.GetFiles(Path("")).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal));
        ModelSignature read = ModelSignature.Parse(File.ReadAllBytes(Path("signature.json")), "signature.json");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path("model.onnx")))), read.ModelSha256);
        Assert.Equal(("fraud", 0.5, "probability"), (read.Target, read.Threshold, read.Output));
        Assert.Equal(signature.Metrics, read.Metrics);
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllBytes(Path("metrics.json")));
        JsonElement root = metrics.RootElement;
        Assert.Equal(("CPU", 0, 2), (root.GetProperty("provider").GetString(), root.GetProperty("seed").GetInt32(), root.GetProperty("epochs").GetInt32()));
        Assert.Equal(read.Metrics["roc_auc"], root.GetProperty("validation").GetProperty("rocAuc").GetDouble());
        Assert.Equal(2, root.GetProperty("history").GetArrayLength());
        Assert.Contains("Area under the ROC curve", File.ReadAllText(Path("curves.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_training_gives_the_same_files()
    {
        await WriteAsync("a");
        await WriteAsync("b");

        foreach (string file in Directory.GetFiles(Path.Combine(_folder.FullName, "a")))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(_folder.FullName, "b", Path.GetFileName(file))));
    }

    [Fact]
    public void Lines_of_metrics_are_read_by_dv_run()
    {
        string file = Path.Combine(_folder.FullName, "metrics");
        using var error = new StringWriter();
        var lines = new MetricsLines(file, error);
        lines.Append(3, [new("loss", 0.25), new("auc", double.NaN)]);
        lines.Append(4, [new("loss", 1e-12)]);

        List<MetricPoint> points = [];
        string[] written = File.ReadAllLines(file);
        foreach ((int i, string line) in written.Index())
            Assert.True(MetricLine.TryParse(System.Text.Encoding.UTF8.GetBytes(line), i + 1, 7, points, out _));
        Assert.Equal([new MetricPoint("loss", 0.25, 3, 7), new MetricPoint("loss", 1e-12, 4, 7)], points);
        Assert.Empty(error.ToString());
    }

    [Fact]
    public void Metrics_that_cannot_be_written_are_told_once()
    {
        using var error = new StringWriter();
        var lines = new MetricsLines(_folder.FullName, error);
        lines.Append(1, [new("loss", 1)]);
        lines.Append(2, [new("loss", 1)]);

        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    private async Task<ModelSignature> WriteAsync(string name)
    {
        SampleTable table = SampleTable.Create(500, 1);
        using Accelerator device = Accelerator.Cpu(1);
        var inputs = new TrainingInputs(table, SampleTable.Create(200, 2).DescribedAs(table), device, new Silent(), null);
        TrainedModel model = await TrainingRun.RunAsync(inputs, Options, 0.5, TestContext.Current.CancellationToken);
        return ModelFolder.Write(Path.Combine(_folder.FullName, name), model, new ModelFacts("fraud", device.Provider, 500, Options));
    }

    private sealed class Silent : ITrainingMonitor
    {
        public void OnResume(int epochs, long steps) { }

        public void OnLoss(long step, double loss) { }

        public void OnEpoch(EpochResult result, bool isBest, double rowsPerSecond) { }
    }
}
