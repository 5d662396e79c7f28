using System.Runtime.InteropServices;
using DataVersion.Testing.Models;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Models on a remote that is packed and compressed: fewer bytes lie there, and what comes back is the same.</summary>
public sealed class CompressedModelTests : IDisposable
{
    private const int Weights = 500_000;

    private readonly Sandbox _sandbox = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_model_and_its_weights_take_less_room_and_come_back_and_are_exported_as_they_were()
    {
        string repository = await CreateAsync();
        string models = Path.Combine(repository, "models");
        long bytes = Directory.EnumerateFiles(models, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);

        await _sandbox.DvOkAsync(repository, "push");
        string clone = await _sandbox.CloneAsync(repository, "clone");
        await _sandbox.DvOkAsync(clone, "export", "models/large@v1", "--layout", "triton", "-o", _sandbox.At("triton"), "--name", "large");
        await _sandbox.DvOkAsync(clone, "pull");

        string store = _sandbox.At("storage", "dvstore", "v1");
        long stored = Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        Assert.True(stored < bytes * 95 / 100, $"{stored} bytes lie there of {bytes}");
        Assert.True(stored > bytes / 2, "weights are no text: the test's are too regular");
        Assert.Single(Directory.EnumerateFiles(store, "*.zst", SearchOption.AllDirectories));
        StoredObjects.AssertWhole(store);
        Assert.Equal(Sandbox.Snapshot(models), Sandbox.Snapshot(Path.Combine(clone, "models")));
        await _sandbox.DvOkAsync(clone, "verify");
        foreach (string file in (string[])["model.onnx", "weights.bin"])
            Assert.Equal(StoredObjects.HashOf(Path.Combine(models, "large", file)), StoredObjects.HashOf(_sandbox.At("triton", "large", "1", file)));
    }

    private async Task<string> CreateAsync()
    {
        string repository = await _sandbox.CreateRepositoryAsync();
        await _sandbox.DvOkAsync(repository, "remote", "modify", "storage", "layout", "packed");
        await _sandbox.DvOkAsync(repository, "remote", "modify", "storage", "compress", "zstd");
        new TinyModel().WriteTo(Path.Combine(repository, "models", "small"));
        string large = Directory.CreateDirectory(Path.Combine(repository, "models", "large")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(large, "model.onnx"), OnnxWriter.Model(
            [OnnxWriter.Node("Mul", ["x", "weights"], "y")], [OnnxWriter.Column("x", OnnxWriter.Float)], [OnnxWriter.Column("y", OnnxWriter.Float)], [OnnxWriter.External("weights", "weights.bin", Weights)]), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(large, "weights.bin"), MemoryMarshal.AsBytes<float>(Normal()).ToArray(), Cancel);
        await _sandbox.DvOkAsync(repository, "add", "models");
        await _sandbox.CommitAsync(repository, "models");
        await _sandbox.GitAsync(repository, "tag", "v1");
        return repository;
    }

    // As layers are initialized: what compressing gains is what the exponents have in common.
    private static float[] Normal()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, Weights).Select(_ => (float)(0.02 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
