using DataVersion.Testing.Platform;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Links into the cache, and caches that are shared or elsewhere: a changed object is never handed out and never kept as true.</summary>
public class LinkTests
{
    private const UnixFileMode Writable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const string Content = "what was added";

    [Theory]
    [InlineData("hardlink")]
    [InlineData("symlink")]
    public async Task An_edit_through_a_link_is_noticed_and_goes_to_nobody(string links)
    {
        using var sandbox = new Sandbox();
        (string one, string two) = await TwoClonesAsync(sandbox, links);
        await sandbox.DvOkAsync(two, "pull", "data/b.txt");
        EditInPlace(Path.Combine(one, "data/a.txt"));

        Ran status = await sandbox.DvOkAsync(one, "status", "--json");
        Ran pull = await sandbox.DvAsync(two, "pull");

        Assert.Contains("data/a.txt", status.Output, StringComparison.Ordinal);
        Assert.Equal(0, pull.ExitCode);
        Assert.Equal(Content, File.ReadAllText(Path.Combine(two, "data/a.txt")));
        // The edit is the user's: still there, whatever the cache did with its object.
        string edited = Path.Combine(one, "data/a.txt");
        if (links == "hardlink")
            Assert.Equal(Content + " and more", File.ReadAllText(edited));
        StoredObjects.AssertWhole(sandbox.At("cache"));
        await sandbox.DvOkAsync(two, "verify");
        await sandbox.DvOkAsync(one, "checkout", "--force");
        Assert.Equal(Content, File.ReadAllText(edited));
        await sandbox.DvOkAsync(one, "verify");
        await sandbox.DvOkAsync(one, "status", "--exit-code");
    }

    [Theory]
    [InlineData("hardlink")]
    [InlineData("symlink")]
    public async Task Verify_finds_an_edit_through_a_link_and_a_pull_heals_it(string links)
    {
        using var sandbox = new Sandbox();
        (string one, string two) = await TwoClonesAsync(sandbox, links);
        await sandbox.DvOkAsync(two, "pull");
        EditInPlace(Path.Combine(one, "data/a.txt"));

        Ran verify = await sandbox.DvAsync(one, "verify");
        Ran checkout = await sandbox.DvAsync(one, "checkout");

        Assert.Equal(5, verify.ExitCode);
        Assert.Contains("data/a.txt", verify.Output + verify.Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, checkout.ExitCode);
        StoredObjects.AssertWhole(sandbox.At("cache"));
        await sandbox.DvOkAsync(one, "pull", "--force");
        await sandbox.DvOkAsync(one, "verify");
        Assert.Equal(Content, File.ReadAllText(Path.Combine(one, "data/a.txt")));
        await sandbox.DvOkAsync(two, "pull", "--force");
        Assert.Equal(Content, File.ReadAllText(Path.Combine(two, "data/a.txt")));
        await sandbox.DvOkAsync(two, "verify");
    }

    [Fact]
    public async Task An_edit_through_a_hard_link_that_hides_its_traces_goes_to_nobody()
    {
        using var sandbox = new Sandbox();
        (string one, string two) = await TwoClonesAsync(sandbox, "hardlink");
        string path = Path.Combine(one, "data/a.txt");
        (DateTime time, UnixFileMode mode) = (File.GetLastWriteTimeUtc(path), File.GetUnixFileMode(path));
        File.SetUnixFileMode(path, Writable);
        File.WriteAllText(path, Content.ToUpperInvariant());
        File.SetLastWriteTimeUtc(path, time);
        File.SetUnixFileMode(path, mode);

        await sandbox.DvOkAsync(two, "pull");
        Ran checkout = await sandbox.DvAsync(one, "checkout");
        Ran verify = await sandbox.DvAsync(one, "verify");

        Assert.Equal(Content, File.ReadAllText(Path.Combine(two, "data/a.txt")));
        Assert.Equal(3, checkout.ExitCode);
        Assert.NotEqual(0, verify.ExitCode);
        Assert.Equal(Content.ToUpperInvariant(), File.ReadAllText(path));
        StoredObjects.AssertWhole(sandbox.At("cache"));
        await sandbox.DvOkAsync(one, "checkout", "--force");
        await sandbox.DvOkAsync(one, "verify");
        await sandbox.DvOkAsync(two, "verify");
    }

    [Fact]
    public async Task An_edit_through_a_hard_link_can_be_added_as_a_new_version()
    {
        using var sandbox = new Sandbox();
        (string one, string two) = await TwoClonesAsync(sandbox, "hardlink");
        EditInPlace(Path.Combine(one, "data/a.txt"));

        await sandbox.DvOkAsync(one, "add", "data");
        await sandbox.CommitAsync(one, "v2");
        await sandbox.DvOkAsync(one, "push");
        await sandbox.DvOkAsync(two, "pull");

        Assert.Equal(Content, File.ReadAllText(Path.Combine(two, "data/a.txt")));
        Assert.Equal(Content + " and more", File.ReadAllText(Path.Combine(one, "data/a.txt")));
        StoredObjects.AssertWhole(sandbox.At("cache"));
        await sandbox.DvOkAsync(one, "verify");
        await sandbox.DvOkAsync(two, "verify");
    }

    [Fact]
    public async Task An_edit_through_a_symbolic_link_can_be_added_once_it_is_a_file_of_its_own()
    {
        using var sandbox = new Sandbox();
        (string one, string two) = await TwoClonesAsync(sandbox, "symlink");
        EditInPlace(Path.Combine(one, "data/a.txt"));

        Ran refused = await sandbox.DvAsync(one, "add", "data");
        await sandbox.DvOkAsync(one, "unprotect", "data/a.txt");
        await sandbox.DvOkAsync(one, "add", "data");
        await sandbox.CommitAsync(one, "v2");
        await sandbox.DvOkAsync(one, "push");
        await sandbox.DvOkAsync(two, "pull");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("dv unprotect data/a.txt", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(Content + " and more", File.ReadAllText(Path.Combine(one, "data/a.txt")));
        Assert.Equal(Content, File.ReadAllText(Path.Combine(two, "data/a.txt")));
        StoredObjects.AssertWhole(sandbox.At("cache"));
        await sandbox.DvOkAsync(one, "verify");
        await sandbox.DvOkAsync(two, "verify");
    }

    [Fact]
    public async Task A_large_file_that_is_a_link_into_the_cache_can_be_added_again()
    {
        using var sandbox = new Sandbox();
        sandbox.Set("DV_CACHE_LINK", "symlink");
        string repository = await sandbox.CreateRepositoryAsync();
        using (FileStream file = File.Create(Path.Combine(repository, "large.bin")))
            file.SetLength(70 << 20);
        await sandbox.DvOkAsync(repository, "add", "large.bin");
        string pointer = File.ReadAllText(Path.Combine(repository, "large.bin.dv"));
        File.Delete(Path.Combine(repository, "large.bin"));
        await sandbox.DvOkAsync(repository, "checkout");

        await sandbox.DvOkAsync(repository, "add", "large.bin");

        Assert.Equal(pointer, File.ReadAllText(Path.Combine(repository, "large.bin.dv")));
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        await sandbox.DvOkAsync(repository, "verify");
    }

    [Theory]
    [InlineData("hardlink")]
    [InlineData("symlink")]
    [InlineData("copy")]
    public async Task A_mode_that_changed_alone_is_no_change(string links)
    {
        using var sandbox = new Sandbox();
        (string one, string two) = await TwoClonesAsync(sandbox, links);

        File.SetUnixFileMode(Path.Combine(one, "data/a.txt"), Writable);

        await sandbox.DvOkAsync(one, "status", "--exit-code");
        await sandbox.DvOkAsync(one, "verify");
        await sandbox.DvOkAsync(two, "pull");
        await sandbox.DvOkAsync(two, "verify");
        Assert.Equal(Content, File.ReadAllText(Path.Combine(two, "data/a.txt")));
        await sandbox.DvOkAsync(one, "checkout");
        await sandbox.DvOkAsync(one, "status", "--exit-code");
    }

    [Theory]
    [InlineData("hardlink")]
    [InlineData("symlink")]
    public async Task Unprotect_gives_a_writable_copy_of_ones_own(string links)
    {
        using var sandbox = new Sandbox();
        (string one, string two) = await TwoClonesAsync(sandbox, links);
        await sandbox.DvOkAsync(two, "pull");
        string path = Path.Combine(two, "data/a.txt");

        await sandbox.DvOkAsync(two, "unprotect", "data");
        await sandbox.DvOkAsync(two, "status", "--exit-code");
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.True((File.GetUnixFileMode(path) & UnixFileMode.UserWrite) != 0);
        await File.AppendAllTextAsync(path, " and more", TestContext.Current.CancellationToken);

        Assert.Contains("modified", (await sandbox.DvOkAsync(two, "status", "--json")).Output, StringComparison.Ordinal);
        StoredObjects.AssertWhole(sandbox.At("cache"));
        Assert.Equal(Content, File.ReadAllText(Path.Combine(one, "data/a.txt")));
        await sandbox.DvOkAsync(one, "verify");
    }

    [Theory]
    [InlineData("hardlink")]
    [InlineData("symlink")]
    [InlineData("reflink,copy")]
    public async Task A_cache_on_another_disk_serves_all_the_same(string links)
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(48);
        using var sandbox = new Sandbox();
        string cache = Path.Combine(disk.Root, "cache");
        (string one, string two) = await TwoClonesAsync(sandbox, links, cache);

        await sandbox.DvOkAsync(two, "pull");

        Assert.Equal(Content, File.ReadAllText(Path.Combine(two, "data/a.txt")));
        Assert.Equal(links == "symlink", new FileInfo(Path.Combine(two, "data/a.txt")).LinkTarget is not null);
        StoredObjects.AssertWhole(cache);
        foreach (string repository in (string[])[one, two])
        {
            await sandbox.DvOkAsync(repository, "verify");
            await sandbox.DvOkAsync(repository, "status", "--exit-code");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reflinks_share_blocks_and_an_edit_stays_ones_own(bool xfs)
    {
        using LoopFileSystem disk = xfs ? LoopFileSystem.Xfs() : LoopFileSystem.Btrfs();
        using var sandbox = new Sandbox(disk.Root);
        string repository = await sandbox.CreateRepositoryAsync();
        byte[] bytes = new byte[4_000_000];
        new Random(1).NextBytes(bytes);
        string path = Path.Combine(repository, "model.bin");
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        await sandbox.DvOkAsync(repository, "add", "model.bin");
        File.Delete(path);
        await sandbox.DvOkAsync(repository, "checkout");
        Ran shared = await sandbox.RunAsync("filefrag", repository, ["-v", "model.bin"]);
        await File.AppendAllTextAsync(path, "edited", TestContext.Current.CancellationToken);

        Assert.Contains("shared", shared.Output, StringComparison.Ordinal);
        Assert.Contains("modified", (await sandbox.DvOkAsync(repository, "status", "--json")).Output, StringComparison.Ordinal);
        StoredObjects.AssertWhole(StoredObjects.CacheOf(repository));
        await sandbox.DvOkAsync(repository, "verify", "--cache");
    }

    private static async Task<(string One, string Two)> TwoClonesAsync(Sandbox sandbox, string links, string? cache = null)
    {
        sandbox.Set("DV_CACHE_DIR", cache ?? sandbox.At("cache"));
        string one = await sandbox.CreateRepositoryAsync("one");
        await sandbox.DvOkAsync(one, "config", "cache.link", links, "--local");
        Sandbox.Write(one, "data/a.txt", Content);
        Sandbox.Write(one, "data/b.txt", "another");
        await sandbox.DvOkAsync(one, "add", "data");
        await sandbox.CommitAsync(one, "v1");
        await sandbox.DvOkAsync(one, "push");
        // What was added stays a file of the user's own where links are symbolic; what is checked out is the link.
        Directory.Delete(Path.Combine(one, "data"), recursive: true);
        await sandbox.DvOkAsync(one, "checkout");
        await sandbox.DvOkAsync(one, "status", "--exit-code");
        string two = await sandbox.CloneAsync(one, "two");
        await sandbox.DvOkAsync(two, "config", "cache.link", links, "--local");
        return (one, two);
    }

    private static void EditInPlace(string path)
    {
        string file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        File.SetUnixFileMode(file, Writable);
        File.AppendAllText(file, " and more");
    }
}
