using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>How a folder becomes a repository.</summary>
public class InitTests
{
    [Fact]
    public async Task A_second_init_changes_nothing()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        string before = Sandbox.Snapshot(Path.Combine(repository, ".dv"));

        Ran again = await sandbox.DvOkAsync(repository, "init");

        Assert.Contains("already a dv repository", again.Output + again.Errors, StringComparison.Ordinal);
        Assert.Equal(before, Sandbox.Snapshot(Path.Combine(repository, ".dv")));
        Assert.Equal("", await sandbox.GitAsync(repository, "status", "--porcelain"));
    }

    [Fact]
    public async Task Below_the_root_of_Git_it_must_be_asked_for_and_then_several_live_side_by_side()
    {
        using var sandbox = new Sandbox();
        string git = Directory.CreateDirectory(sandbox.At("mono")).FullName;
        await sandbox.GitAsync(git, "init", "-q");
        string one = Directory.CreateDirectory(Path.Combine(git, "services/one")).FullName;
        string two = Directory.CreateDirectory(Path.Combine(git, "services/two")).FullName;

        Ran refused = await sandbox.DvAsync(one, "init");
        foreach (string service in (string[])[one, two])
        {
            await sandbox.DvOkAsync(service, "init", "-q", "--subdir");
            await sandbox.DvOkAsync(service, "remote", "add", "storage", "../../../storage");
            Sandbox.Write(service, "data/x.txt", Path.GetFileName(service));
            await sandbox.DvOkAsync(Path.Combine(service, "data"), "add", "x.txt");
        }
        await sandbox.CommitAsync(git, "two services");
        await sandbox.DvOkAsync(one, "push");
        await sandbox.DvOkAsync(two, "push");
        string clone = await sandbox.CloneAsync(git, "clone");
        await sandbox.DvOkAsync(Path.Combine(clone, "services/two"), "pull");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--subdir", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("two", File.ReadAllText(Path.Combine(clone, "services/two/data/x.txt")));
        Assert.False(File.Exists(Path.Combine(clone, "services/one/data/x.txt")));
        Assert.Equal("", await sandbox.GitAsync(clone, "status", "--porcelain"));
        Assert.Equal("", await sandbox.GitAsync(git, "status", "--porcelain"));
        await sandbox.DvOkAsync(one, "status", "--exit-code");
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("xxh128")]
    public async Task Each_algorithm_goes_round(string algorithm)
    {
        using var sandbox = new Sandbox();
        string repository = Directory.CreateDirectory(sandbox.At("repo")).FullName;
        await sandbox.GitAsync(repository, "init", "-q");
        await sandbox.DvOkAsync(repository, "init", "-q", "--hash", algorithm);
        await sandbox.DvOkAsync(repository, "remote", "add", "storage", "../storage");
        Sandbox.Write(repository, "data/sub/a.txt", "aaaa");
        File.CreateSymbolicLink(Path.Combine(repository, "data/link"), "sub/a.txt");
        Sandbox.Write(repository, "single.bin", "single");
        await sandbox.DvOkAsync(repository, "add", "data", "single.bin");
        await sandbox.CommitAsync(repository, "data");
        await sandbox.DvOkAsync(repository, "push");

        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(clone, "pull");

        Assert.Contains($"hash: {algorithm}:", File.ReadAllText(Path.Combine(repository, "data.dv")), StringComparison.Ordinal);
        Assert.Equal(Sandbox.Snapshot(Path.Combine(repository, "data")), Sandbox.Snapshot(Path.Combine(clone, "data")));
        await sandbox.DvOkAsync(clone, "verify");
    }

    [Fact]
    public async Task An_algorithm_that_nobody_knows_is_refused_and_nothing_is_made()
    {
        using var sandbox = new Sandbox();
        string repository = Directory.CreateDirectory(sandbox.At("repo")).FullName;
        await sandbox.GitAsync(repository, "init", "-q");

        // md5 is read for DVC's sake, and chosen by nobody.
        foreach (string algorithm in (string[])["crc32", "md5"])
        {
            Ran ran = await sandbox.DvAsync(repository, "init", "--hash", algorithm);

            Assert.Equal(2, ran.ExitCode);
            Assert.Contains("sha256", ran.Errors, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(Path.Combine(repository, ".dv")));
    }

    [Fact]
    public async Task Without_Git_the_whole_way_works_too()
    {
        using var sandbox = new Sandbox();
        string one = Directory.CreateDirectory(sandbox.At("one")).FullName;
        await sandbox.DvOkAsync(one, "init", "--no-git");
        await sandbox.DvOkAsync(one, "remote", "add", "storage", "../storage");
        Sandbox.Write(one, "data/a.txt", "a");
        await sandbox.DvOkAsync(one, "add", "data");
        await sandbox.DvOkAsync(one, "push");
        Ran revision = await sandbox.DvAsync(one, "push", "--rev", "HEAD");
        string two = Directory.CreateDirectory(sandbox.At("two", ".dv")).Parent!.FullName;
        File.Copy(Path.Combine(one, ".dv/config"), Path.Combine(two, ".dv/config"));
        File.Copy(Path.Combine(one, "data.dv"), Path.Combine(two, "data.dv"));
        await sandbox.DvOkAsync(two, "pull");

        Assert.Equal("a", File.ReadAllText(Path.Combine(two, "data/a.txt")));
        Assert.Equal(2, revision.ExitCode);
        Assert.False(File.Exists(Path.Combine(one, ".gitignore")));
        Assert.False(Directory.Exists(Path.Combine(one, ".git")));
        await sandbox.DvOkAsync(one, "status", "--exit-code");
    }
}
