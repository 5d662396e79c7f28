using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>A remote on which a blob has other bytes of the same length, as after a disk's or somebody's error: what the user sees, and the way out.</summary>
public sealed class RemoteDamageTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData()]
    [InlineData("--layout", "packed")]
    [InlineData("--layout", "packed", "--compress", "zstd")]
    public async Task A_push_that_reads_back_replaces_what_a_pull_complained_of(params string[] layout)
    {
        string here = await CreateAsync(layout);
        string blob = DamageLargest();
        string there = await _sandbox.CloneAsync(here, "there");

        Ran pull = await _sandbox.DvAsync(there, "pull");
        Ran deep = await _sandbox.DvOkAsync(here, "push", "--deep");
        Ran verify = await _sandbox.DvOkAsync(here, "push", "--verify");
        Ran again = await _sandbox.DvOkAsync(here, "push", "--verify");
        await _sandbox.DvOkAsync(there, "pull");

        Assert.Equal(5, pull.ExitCode);
        Assert.Contains("hint: replace it from a place that has a good one: dv push --verify", pull.Errors, StringComparison.Ordinal);
        Assert.Contains("up to date", deep.Output, StringComparison.Ordinal);
        Assert.Contains("on the remote: 1 damaged, now replaced", verify.Output, StringComparison.Ordinal);
        Assert.Contains("on the remote: none damaged", again.Output, StringComparison.Ordinal);
        Assert.Equal(Sandbox.Snapshot(Path.Combine(here, "data")), Sandbox.Snapshot(Path.Combine(there, "data")));
        Assert.True(File.Exists(blob));
        StoredObjects.AssertWhole(_sandbox.At("storage", "dvstore", "v1"));
    }

    [Fact]
    public async Task Where_no_good_copy_is_here_the_object_is_named()
    {
        string here = await CreateAsync([]);
        DamageLargest();
        string hash = StoredObjects.HashOf(Path.Combine(here, "data/large"));
        File.Delete(StoredObjects.PathOf(StoredObjects.CacheOf(here), hash));

        Ran verify = await _sandbox.DvAsync(here, "push", "--verify");

        Assert.Equal(5, verify.ExitCode);
        Assert.Contains($"dv: error: data: object sha256:{hash} is damaged on the remote", verify.Errors, StringComparison.Ordinal);
        Assert.Contains("on the remote: 1 damaged", verify.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("replaced", verify.Output, StringComparison.Ordinal);
    }

    private async Task<string> CreateAsync(string[] layout)
    {
        string here = await _sandbox.CreateRepositoryAsync();
        await _sandbox.DvOkAsync(here, ["remote", "add", "other", "../storage", .. layout, "--default"]);
        Directory.CreateDirectory(Path.Combine(here, "data"));
        foreach ((string name, int bytes) in ((string, int)[])[("small", 100), ("large", 3_000_000)])
        {
            var content = new byte[bytes];
            new Random(bytes).NextBytes(content);
            await File.WriteAllBytesAsync(Path.Combine(here, "data", name), content, TestContext.Current.CancellationToken);
        }
        await _sandbox.DvOkAsync(here, "add", "data");
        await _sandbox.CommitAsync(here, "data");
        await _sandbox.DvOkAsync(here, "push");
        return here;
    }

    private string DamageLargest()
    {
        FileInfo blob = new DirectoryInfo(_sandbox.At("storage")).EnumerateFiles("*", SearchOption.AllDirectories).MaxBy(f => f.Length)!;
        File.SetUnixFileMode(blob.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using FileStream file = blob.Open(FileMode.Open, FileAccess.ReadWrite);
        file.Position = blob.Length / 2;
        int old = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(old ^ 1));
        return blob.FullName;
    }
}
