using System.Diagnostics;
using System.Globalization;
using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Several pulls into one cache, as pods on one node have it: each object is downloaded once, whoever of them dies.</summary>
public sealed class SharedCacheTests : IAsyncDisposable
{
    private const int Larges = 12;
    private const int LargeBytes = 3_000_000;
    private const int RangedBytes = 70_000_000;
    private const int Smalls = 60;

    private readonly Sandbox _sandbox = new();
    private readonly StaticHttpServer _server;
    private readonly StaticHttpFiles _files = new();
    private readonly FaultProxy _line;
    private string _source = "";

    public SharedCacheTests()
    {
        _server = new StaticHttpServer(_files.Answer);
        _line = FaultProxy.ForHttp(_server.Port);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _line.DisposeAsync();
        _server.Dispose();
        _sandbox.Dispose();
    }

    [Fact]
    public async Task Two_pulls_at_once_download_each_object_once()
    {
        string[] clones = await CreateAsync();
        _line.Shape = new LineShape(RateDown: 40_000_000);

        Ran[] pulls = await Task.WhenAll(clones.Select(c => _sandbox.DvAsync(c, "pull")));

        Assert.All(pulls, p => Assert.True(p.ExitCode == 0, p.ToString()));
        AssertReadOnce();
        await AssertSameAsync(clones);
        // Both had a part in it.
        Assert.All(pulls, p => Assert.DoesNotContain("fetched 0 ", p.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_killed_pull_had_begun_another_takes_over(bool container)
    {
        Assert.SkipWhen(container && !Environment.IsPrivilegedProcess, "other process numbers need root");
        string[] clones = await CreateAsync();
        // Few requests at once, so that of the large one some blocks are complete and others not begun.
        _sandbox.Set("DV_JOBS", "4");
        _line.Shape = new LineShape(RateDown: 20_000_000);
        // In a container of its own nobody can tell whether the process lives.
        using Process first = container
            ? _sandbox.Start("unshare", clones[0], ["--pid", "--fork", "--mount-proc", "--kill-child", DvProgram.FilePath, "pull"])
            : _sandbox.Start(DvProgram.FilePath, clones[0], ["pull"]);
        await UntilAsync(() => _line.Traffic.BytesDown > 30_000_000);
        using Process second = _sandbox.Start(DvProgram.FilePath, clones[1], ["pull"]);
        await UntilAsync(() => _line.Traffic.BytesDown > 45_000_000);
        string claims = _sandbox.At("cache", "claims");
        Assert.NotEmpty(Directory.GetFiles(claims));

        first.Kill(entireProcessTree: true);
        await first.WaitForExitAsync(Cancel);
        long before = _line.Traffic.BytesDown;
        int asked = _server.Requests.Count;
        _line.Shape = new LineShape();
        string errors = await second.StandardError.ReadToEndAsync(Cancel);
        await second.WaitForExitAsync(Cancel);

        Assert.True(second.ExitCode == 0, errors);
        // Nothing that was there already, and of what the dead one had begun not the blocks that were complete.
        Assert.InRange(_line.Traffic.BytesDown - before, 1, RangedBytes + (Larges * (long)LargeBytes) + 1_000_000);
        Assert.InRange(_server.Requests.Skip(asked).Select(r => r.Header("Range")).OfType<string>().Distinct().Count(), 1, RangedBytes / (8 << 20));
        await _sandbox.DvOkAsync(clones[0], "pull");
        await AssertSameAsync(clones);
        Assert.Empty(Directory.GetFiles(claims));
    }

    private async Task<string[]> CreateAsync()
    {
        string cache = _sandbox.At("cache");
        _source = await _sandbox.CreateRepositoryAsync("source");
        var random = new Random(7);
        Write(random, "ranged.bin", RangedBytes);
        for (int i = 0; i < Larges; i++)
            Write(random, $"large/{i}.bin", LargeBytes);
        for (int i = 0; i < Smalls; i++)
            Write(random, $"small/{i}.bin", random.Next(1, 5000));
        await _sandbox.DvOkAsync(_source, "add", "data");
        await _sandbox.CommitAsync(_source, "v1");
        await _sandbox.DvOkAsync(_source, "push");
        _files.PutFolder("/mirror", _sandbox.At("storage"));
        _sandbox.Set("DV_CACHE_DIR", cache);
        string[] clones = ["one", "two"];
        foreach (string clone in clones)
        {
            await _sandbox.CloneAsync(_source, clone);
            await _sandbox.DvOkAsync(_sandbox.At(clone), "remote", "modify", "--local", "storage", "url", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_line.Port}/mirror"));
        }
        return [.. clones.Select(c => _sandbox.At(c))];
    }

    private void Write(Random random, string name, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        string path = Path.Combine(_source, "data", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    // A range of an object counts as a thing of its own. Whoever downloads in ranges reads the block list first, and it is an object like any other, too.
    private void AssertReadOnce()
    {
        (string Path, string? Range)[] read = [.. _server.Requests
            .Where(r => r.Method == "GET" && r.Path.Contains("/objects/", StringComparison.Ordinal) && r.Path.Length > 0)
            .Select(r => (r.Path, r.Header("Range")))];
        string[] twice = [.. read.GroupBy(r => r).Where(g => g.Count() > 1).Select(g => g.Key.Path).Distinct()];
        Assert.All(twice, path => Assert.Equal(9 * 32, new FileInfo(_sandbox.At("storage", path["/mirror/".Length..])).Length));
        Assert.Equal(Larges + Smalls + 2, read.Select(r => r.Path).Distinct().Count());
        Assert.InRange(_line.Traffic.BytesDown, RangedBytes + (Larges * (long)LargeBytes), RangedBytes + (Larges * (long)LargeBytes) + 1_000_000);
    }

    private async Task AssertSameAsync(string[] clones)
    {
        string expected = Sandbox.Snapshot(Path.Combine(_source, "data"));
        foreach (string clone in clones)
        {
            Assert.Equal(expected, Sandbox.Snapshot(Path.Combine(clone, "data")));
            await _sandbox.DvOkAsync(clone, "verify");
            await _sandbox.DvOkAsync(clone, "status", "--exit-code");
        }
        StoredObjects.AssertWhole(_sandbox.At("cache"));
        Assert.Empty(Directory.GetFiles(_sandbox.At("cache", "claims")));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5, Cancel);
    }
}
