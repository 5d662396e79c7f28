using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Many at once, in one repository and over one cache: all succeed, and nobody's work is lost.</summary>
public class ConcurrencyTests
{
    [Fact]
    public async Task Ten_adds_and_twenty_git_adds_at_once_lose_no_entry_of_the_index()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        for (int i = 0; i < 10; i++)
            Sandbox.Write(repository, $"data{i}/x.txt", $"data {i}");
        for (int i = 0; i < 20; i++)
            Sandbox.Write(repository, $"code{i}.txt", $"code {i}");

        IEnumerable<Task<Ran>> adds = Enumerable.Range(0, 10).Select(i => sandbox.DvAsync(repository, "add", $"data{i}"));
        IEnumerable<Task<bool>> gits = Enumerable.Range(0, 20).Select(i => GitAddAsync(sandbox, repository, $"code{i}.txt"));
        Task<bool[]> git = Task.WhenAll(gits.ToList());
        Ran[] dv = await Task.WhenAll(adds.ToList());
        bool[] staged = await git;

        Assert.All(dv, ran => Assert.True(ran.ExitCode == 0, ran.ToString()));
        Assert.All(staged, Assert.True);
        string[] files = (await sandbox.GitAsync(repository, "ls-files")).Split('\n');
        Assert.Empty(Enumerable.Range(0, 10).Select(i => $"data{i}.dv").Concat(Enumerable.Range(0, 20).Select(i => $"code{i}.txt")).Except(files));
        string[] ignored = await File.ReadAllLinesAsync(Path.Combine(repository, ".gitignore"), TestContext.Current.CancellationToken);
        Assert.Empty(Enumerable.Range(0, 10).Select(i => $"/data{i}").Except(ignored));
        await AssertConsistentAsync(sandbox, repository);
        Assert.DoesNotContain("??", await sandbox.GitAsync(repository, "status", "--porcelain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_pushes_at_once_both_succeed()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        WriteMany(repository, "data", 60);
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.CommitAsync(repository, "v1");

        Ran[] pushes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => sandbox.DvAsync(repository, "push")).ToList());

        Assert.All(pushes, ran => Assert.True(ran.ExitCode == 0, ran.ToString()));
        StoredObjects.AssertWhole(sandbox.At("storage", "dvstore", "v1"));
        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(clone, "pull");
        Assert.Equal(Sandbox.Snapshot(Path.Combine(repository, "data")), Sandbox.Snapshot(Path.Combine(clone, "data")));
        await AssertConsistentAsync(sandbox, clone);
    }

    [Fact]
    public async Task Pulls_beside_adds_in_one_repository_all_succeed()
    {
        using var sandbox = new Sandbox();
        string source = await sandbox.CreateRepositoryAsync();
        WriteMany(source, "data", 60);
        WriteMany(source, "more", 60);
        await sandbox.DvOkAsync(source, "add", "data", "more");
        await sandbox.CommitAsync(source, "v1");
        await sandbox.DvOkAsync(source, "push");
        string clone = await sandbox.CloneAsync(source, "clone");
        WriteMany(clone, "own", 60);
        WriteMany(clone, "other", 60);

        Ran[] ran = await Task.WhenAll(((string[][])[["pull"], ["add", "own"], ["pull", "more"], ["add", "other"], ["pull", "data"]])
            .Select(command => sandbox.DvAsync(clone, command)).ToList());

        Assert.All(ran, r => Assert.True(r.ExitCode == 0, r.ToString()));
        foreach (string folder in (string[])["data", "more"])
            Assert.Equal(Sandbox.Snapshot(Path.Combine(source, folder)), Sandbox.Snapshot(Path.Combine(clone, folder)));
        await AssertConsistentAsync(sandbox, clone);
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("hardlink")]
    public async Task Clones_that_share_a_cache_add_and_pull_at_once(string links)
    {
        using var sandbox = new Sandbox();
        sandbox.Set("DV_CACHE_DIR", sandbox.At("cache"));
        sandbox.Set("DV_CACHE_LINK", links);
        string one = await sandbox.CreateRepositoryAsync("one");
        WriteMany(one, "data", 40);
        await sandbox.DvOkAsync(one, "add", "data");
        await sandbox.CommitAsync(one, "v1");
        await sandbox.DvOkAsync(one, "push");
        string two = await sandbox.CloneAsync(one, "two");
        string three = await sandbox.CloneAsync(one, "three");
        Directory.Delete(sandbox.At("cache"), recursive: true);
        // The same new contents in both, and the same pulled ones: all want to put the same objects.
        WriteMany(one, "fresh", 40);
        WriteMany(two, "fresh", 40);

        Ran[] ran = await Task.WhenAll(
            sandbox.DvAsync(one, "add", "fresh"), sandbox.DvAsync(two, "add", "fresh"), sandbox.DvAsync(two, "pull"), sandbox.DvAsync(three, "pull"));

        Assert.All(ran, r => Assert.True(r.ExitCode == 0, r.ToString()));
        string expected = Sandbox.Snapshot(Path.Combine(one, "data"));
        Assert.Equal(expected, Sandbox.Snapshot(Path.Combine(two, "data")));
        Assert.Equal(expected, Sandbox.Snapshot(Path.Combine(three, "data")));
        StoredObjects.AssertWhole(sandbox.At("cache"));
        Assert.Equal(Sandbox.Snapshot(Path.Combine(one, "fresh")), Sandbox.Snapshot(Path.Combine(two, "fresh")));
        await sandbox.DvOkAsync(one, "pull");
        foreach (string repository in (string[])[one, two, three])
            await AssertConsistentAsync(sandbox, repository);
    }

    private static void WriteMany(string repository, string folder, int count)
    {
        for (int i = 0; i < count; i++)
            Sandbox.Write(repository, $"{folder}/{i % 4}/{i}.txt", $"{folder} {i}");
    }

    private static async Task AssertConsistentAsync(Sandbox sandbox, string repository)
    {
        await sandbox.DvOkAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "status");
        await sandbox.GitAsync(repository, "fsck", "--no-dangling");
    }

    // Git gives up at once where another process has the index; people then run it again.
    private static async Task<bool> GitAddAsync(Sandbox sandbox, string repository, string path)
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            Ran ran = await sandbox.RunAsync("git", repository, ["add", path]);
            if (ran.ExitCode == 0)
                return true;
            Assert.Contains("index.lock", ran.Errors, StringComparison.Ordinal);
        }
        return false;
    }
}
