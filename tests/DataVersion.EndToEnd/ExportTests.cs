using System.Text.Json;
using DataVersion.Testing.Models;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary><c>dv export</c> of what lies here and of what a commit pins.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly Sandbox _sandbox = new();
    private readonly TinyModel _first = new();
    private readonly TinyModel _second = new(1);

    private string Triton => _sandbox.At("triton");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_pinned_model_and_the_one_that_lies_here_become_two_versions()
    {
        string clone = await CreateAsync();

        Ran pinned = await _sandbox.DvOkAsync(clone, "export", "models@v1", "--layout", "triton", "-o", Triton, "--name", "fraud", "--json");
        Ran file = await _sandbox.DvOkAsync(clone, "export", "models/model.onnx@main", "--layout", "triton", "-o", Triton, "--name", "fraud", "--version", "2");
        _second.WriteTo(Path.Combine(clone, "here.v2"));
        Ran here = await _sandbox.DvOkAsync(clone, "export", "here.v2/", "--layout", "triton", "-o", Triton);

        Assert.Equal(_first.Onnx, await ReadAsync("fraud/1/model.onnx"));
        Assert.Equal(_second.Onnx, await ReadAsync("fraud/2/model.onnx"));
        Assert.Equal(_second.Onnx, await ReadAsync("here.v2/1/model.onnx"));
        Assert.Equal((await ReadAsync("fraud/config.pbtxt")).Length, (await ReadAsync("here.v2/config.pbtxt")).Length - 2);
        using var json = JsonDocument.Parse(pinned.Output);
        Assert.Equal((_first.Sha256, "fraud", 1), (json.RootElement.GetProperty("sha256").GetString(), json.RootElement.GetProperty("name").GetString(), json.RootElement.GetProperty("version").GetInt32()));
        Assert.Equal((await _sandbox.GitAsync(clone, "rev-parse", "v1^{commit}")).Trim(), json.RootElement.GetProperty("commit").GetString());
        Assert.Contains("2 inputs, 1 output", file.Output, StringComparison.Ordinal);
        Assert.Contains($"tritonserver --model-repository={Triton}", here.Errors, StringComparison.Ordinal);
        // Nothing was placed, nor forgotten: the clone has pulled no data yet.
        Assert.False(File.Exists(Path.Combine(clone, "models", "model.onnx")));
        Assert.Contains("not-pulled", (await _sandbox.DvOkAsync(clone, "status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_differs_is_replaced_by_force_only()
    {
        string clone = await CreateAsync();
        string[] export = ["export", "models@v1", "--layout", "triton", "-o", Triton];
        await _sandbox.DvOkAsync(clone, export);

        Ran same = await _sandbox.DvOkAsync(clone, export);
        Ran refused = await _sandbox.DvAsync(clone, [.. export[..1], "models@main", .. export[2..]]);
        byte[] kept = await ReadAsync("models/1/model.onnx");
        await _sandbox.DvOkAsync(clone, [.. export[..1], "models@main", .. export[2..], "--force"]);

        Assert.Contains("is up to date", same.Output, StringComparison.Ordinal);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("is there already, and differs", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(_first.Onnx, kept);
        Assert.Equal(_second.Onnx, await ReadAsync("models/1/model.onnx"));
    }

    [Fact]
    public async Task A_folder_is_copied_with_all_that_it_has()
    {
        string clone = await CreateAsync();

        await _sandbox.DvOkAsync(clone, "export", "data@v1", "--layout", "folder", "-o", _sandbox.At("copy"));
        await _sandbox.DvOkAsync(clone, "export", "data/sub@v1", "--layout", "folder", "-o", Path.Combine(clone, "out"));
        Ran again = await _sandbox.DvOkAsync(clone, "export", "data@v1", "--layout", "folder", "-o", _sandbox.At("copy"));
        File.WriteAllText(_sandbox.At("copy", "a.txt"), "edited");
        Ran refused = await _sandbox.DvAsync(clone, "export", "data@v1", "--layout", "folder", "-o", _sandbox.At("copy"));
        string edited = await File.ReadAllTextAsync(_sandbox.At("copy", "a.txt"), Cancel);
        Directory.Delete(_sandbox.At("copy"), recursive: true);
        await _sandbox.DvOkAsync(clone, "export", "data@v1", "--layout", "folder", "-o", _sandbox.At("copy"));

        Assert.Equal(Sandbox.Snapshot(Path.Combine(_sandbox.At("repo"), "data")), Sandbox.Snapshot(_sandbox.At("copy")));
        Assert.Equal(Sandbox.Snapshot(Path.Combine(_sandbox.At("repo"), "data", "sub")), Sandbox.Snapshot(Path.Combine(clone, "out")));
        Assert.Contains("is up to date", again.Output, StringComparison.Ordinal);
        Assert.Equal((3, "edited"), (refused.ExitCode, edited));
        // A copy is nobody's: writable, and no base that a checkout would take away.
        File.AppendAllText(_sandbox.At("copy", "a.txt"), "more");
        await _sandbox.DvOkAsync(clone, "checkout", "data");
        Assert.True(File.Exists(Path.Combine(clone, "out", "run.sh")));
        await _sandbox.DvOkAsync(clone, "pull");
        await _sandbox.DvOkAsync(clone, "verify");
    }

    // What KServe does with a storage initializer: the address and the folder are arguments; the folder is there, and there is no clone.
    [Fact]
    public async Task An_address_and_a_folder_do_where_there_is_no_clone()
    {
        await CreateAsync();
        string repository = _sandbox.At("repo");
        string pod = Directory.CreateDirectory(_sandbox.At("pod")).FullName;
        string mount = Directory.CreateDirectory(_sandbox.At("mnt", "models")).FullName;

        Ran ran = await _sandbox.RunAsync(DvProgram.FilePath, pod, ["export", "--layout", "triton", "dv://models@v1", mount], ("DV_REPO", repository), ("DV_TRUST_REMOTE", "1"));

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal(_first.Onnx, await File.ReadAllBytesAsync(Path.Combine(mount, "models", "1", "model.onnx"), Cancel));
        Assert.True(File.Exists(Path.Combine(mount, "models", "config.pbtxt")));
        Assert.Equal(["models"], Directory.EnumerateFileSystemEntries(mount).Select(Path.GetFileName));
    }

    // An image with .dv, pointers and pin in /app, which is not written to.
    [Fact]
    public async Task An_address_without_a_revision_means_the_pin_of_an_image()
    {
        await CreateAsync();
        string repository = _sandbox.At("repo");
        await _sandbox.DvOkAsync(repository, "pin");
        string app = Directory.CreateDirectory(_sandbox.At("app", ".dv")).Parent!.FullName;
        foreach (string file in (string[])[".dv/config", "models.dv", "data.dv", "dv.pin.json"])
            File.Copy(Path.Combine(repository, file), Path.Combine(app, file));

        Ran ran = await _sandbox.RunAsync(DvProgram.FilePath, _sandbox.At("."), ["-C", app, "export", "dv://models", Triton, "--layout", "triton"], ("DV_CACHE_DIR", _sandbox.At("cache")));

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal(_second.Onnx, await ReadAsync("models/1/model.onnx"));
        Assert.DoesNotContain("models", Directory.EnumerateFileSystemEntries(app).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(2, "there is no 'nothing'", "export", "nothing", "--layout", "triton", "-o", "x")]
    [InlineData(2, "is not tracked by dv in v1", "export", "nothing@v1", "--layout", "triton", "-o", "x")]
    [InlineData(2, "is not a commit", "export", "models@v9", "--layout", "triton", "-o", "x")]
    [InlineData(2, "holds no 'none.onnx'", "export", "models/none.onnx@v1", "--layout", "triton", "-o", "x")]
    [InlineData(2, "'data' holds no 'model.onnx'", "export", "data@v1", "--layout", "triton", "-o", "x")]
    [InlineData(2, "of what version is '.' exported?", "export", ".", "--layout", "folder", "-o", "x")]
    [InlineData(2, "'zip' is not triton or folder", "export", "models@v1", "--layout", "zip", "-o", "x")]
    [InlineData(2, "--name goes with --layout triton only", "export", "models@v1", "--layout", "folder", "-o", "x", "--name", "n")]
    [InlineData(2, "--force goes with --layout triton only", "export", "models@v1", "--layout", "folder", "-o", "x", "-f")]
    [InlineData(2, "what layout?", "export", "models@v1", "-o", "x")]
    [InlineData(2, "where to?", "export", "models@v1", "--layout", "triton")]
    [InlineData(2, "where to: 'x' or 'y'?", "export", "models@v1", "y", "--layout", "triton", "-o", "x")]
    [InlineData(2, "'dv://' names nothing", "export", "dv://", "x", "--layout", "triton")]
    [InlineData(2, "'dv://models@' names nothing", "export", "dv://models@", "x", "--layout", "triton")]
    [InlineData(2, "'0' is not a number from 1", "export", "models@v1", "--layout", "triton", "-o", "x", "--version", "0")]
    [InlineData(5, "is not an ONNX model", "export", "data/a.txt@v1", "--layout", "triton", "-o", "x")]
    public async Task Mistakes_are_said_in_one_line(int code, string message, params string[] arguments)
    {
        string clone = await CreateAsync();

        Ran ran = await _sandbox.DvAsync(clone, arguments);

        Assert.True(ran.ExitCode == code, ran.ToString());
        Assert.Contains(message, ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
        Assert.False(Path.Exists(Path.Combine(clone, "x", "models")));
    }

    // Two versions of a model, the first of which is v1, and a folder with all kinds of files.
    private async Task<string> CreateAsync()
    {
        string repository = await _sandbox.CreateRepositoryAsync();
        _first.WriteTo(Path.Combine(repository, "models"));
        Sandbox.Write(repository, "data/a.txt", "aaaa");
        Sandbox.Write(repository, "data/sub/run.sh", "#!/bin/sh");
        File.SetUnixFileMode(Path.Combine(repository, "data/sub/run.sh"), (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.Combine(repository, "data", "empty"));
        File.CreateSymbolicLink(Path.Combine(repository, "data", "latest"), "sub/run.sh");
        await _sandbox.DvOkAsync(repository, "add", "models", "data");
        await _sandbox.CommitAsync(repository, "one");
        await _sandbox.GitAsync(repository, "tag", "v1");
        _second.WriteTo(Path.Combine(repository, "models"));
        await _sandbox.DvOkAsync(repository, "add", "models");
        await _sandbox.CommitAsync(repository, "two");
        await _sandbox.DvOkAsync(repository, "push", "--all-commits");
        return await _sandbox.CloneAsync(repository, "clone");
    }

    private Task<byte[]> ReadAsync(string path) => File.ReadAllBytesAsync(Path.Combine(Triton, path), Cancel);
}
