using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Nobody's newer version is reverted unseen, and no edit is lost (DESIGN "Base").</summary>
public class StaleDataTests
{
    [Fact]
    public async Task Adding_what_a_colleague_has_moved_is_refused_until_it_is_checked_out()
    {
        using var sandbox = new Sandbox();
        (string mine, string _) = await TwoClonesAsync(sandbox);

        Ran status = await sandbox.DvOkAsync(mine, "status", "--json");
        Ran add = await sandbox.DvAsync(mine, "add", "data");

        Assert.Contains("\"outdated\"", status.Output, StringComparison.Ordinal);
        Assert.Equal(3, add.ExitCode);
        Assert.Contains("outdated", add.Errors, StringComparison.Ordinal);
        Assert.Equal("", await sandbox.GitAsync(mine, "status", "--porcelain"));
        await sandbox.DvOkAsync(mine, "pull");
        Assert.Equal("theirs", File.ReadAllText(Path.Combine(mine, "data/a.txt")));
        await sandbox.DvOkAsync(mine, "add", "data");
        Assert.Equal("", await sandbox.GitAsync(mine, "status", "--porcelain"));
    }

    [Fact]
    public async Task An_edit_of_an_outdated_folder_has_diverged_and_survives_a_pull()
    {
        using var sandbox = new Sandbox();
        (string mine, string _) = await TwoClonesAsync(sandbox);
        File.WriteAllText(Path.Combine(mine, "data/a.txt"), "mine");

        Ran status = await sandbox.DvOkAsync(mine, "status", "--json");
        Ran add = await sandbox.DvAsync(mine, "add", "data");
        Ran pull = await sandbox.DvAsync(mine, "pull");
        Ran after = await sandbox.DvAsync(mine, "add", "data");

        Assert.Contains("\"diverged\"", status.Output, StringComparison.Ordinal);
        Assert.Equal(3, add.ExitCode);
        Assert.Equal(3, pull.ExitCode);
        Assert.Equal(3, after.ExitCode);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(mine, "data/a.txt")));
        await sandbox.DvOkAsync(mine, "add", "--force", "data");
        await sandbox.DvOkAsync(mine, "status", "--exit-code");
    }

    [Fact]
    public async Task A_path_that_did_not_move_can_be_added_while_the_rest_of_its_folder_is_outdated()
    {
        using var sandbox = new Sandbox();
        (string mine, string theirs) = await TwoClonesAsync(sandbox);
        File.WriteAllText(Path.Combine(mine, "data/b.txt"), "mine");

        Ran unknown = await sandbox.DvAsync(mine, "add", "data/b.txt");
        await sandbox.DvOkAsync(mine, "fetch", "data");
        await sandbox.DvOkAsync(mine, "add", "data/b.txt");
        Ran status = await sandbox.DvOkAsync(mine, "status", "--json");
        await sandbox.CommitAsync(mine, "mine");
        await sandbox.DvOkAsync(mine, "pull");
        await sandbox.DvOkAsync(mine, "push");

        Assert.Equal(4, unknown.ExitCode);
        Assert.Contains("dv fetch data", unknown.Errors, StringComparison.Ordinal);
        Assert.Contains("\"outdated\"", status.Output, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(Path.Combine(mine, "data/a.txt")));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(mine, "data/b.txt")));
        await sandbox.GitAsync(theirs, "pull", "-q", mine, "main");
        await sandbox.DvOkAsync(theirs, "pull");
        Assert.Equal(Sandbox.Snapshot(Path.Combine(mine, "data")), Sandbox.Snapshot(Path.Combine(theirs, "data")));
    }

    [Fact]
    public async Task Without_a_record_of_what_was_placed_nothing_counts_as_deleted_unless_asked()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "a");
        Sandbox.Write(repository, "data/b.txt", "b");
        await sandbox.DvOkAsync(repository, "add", "data");
        string before = File.ReadAllText(Path.Combine(repository, "data.dv"));
        File.Delete(Path.Combine(repository, ".git/dv/base"));
        File.Delete(Path.Combine(repository, "data/b.txt"));

        await sandbox.DvOkAsync(repository, "add", "data");
        string kept = File.ReadAllText(Path.Combine(repository, "data.dv"));
        File.Delete(Path.Combine(repository, ".git/dv/base"));
        await sandbox.DvOkAsync(repository, "add", "--delete-missing", "data");

        Assert.Equal(before, kept);
        Assert.Contains("files: 1", File.ReadAllText(Path.Combine(repository, "data.dv")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkout_keeps_an_edit_and_an_untracked_file_unless_forced()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "a");
        await sandbox.DvOkAsync(repository, "add", "data");
        File.WriteAllText(Path.Combine(repository, "data/a.txt"), "edited");
        Sandbox.Write(repository, "data/untracked.txt", "mine");

        Ran refused = await sandbox.DvAsync(repository, "checkout");
        string kept = File.ReadAllText(Path.Combine(repository, "data/a.txt"));
        await sandbox.DvOkAsync(repository, "checkout", "--force");

        Assert.Equal(3, refused.ExitCode);
        Assert.Equal("edited", kept);
        Assert.Equal("a", File.ReadAllText(Path.Combine(repository, "data/a.txt")));
        Assert.True(File.Exists(Path.Combine(repository, "data/untracked.txt")));
    }

    [Fact]
    public async Task What_an_old_commit_does_not_track_goes_if_it_can_come_back_and_else_is_reported()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "clean/a.txt", "a");
        Sandbox.Write(repository, "edited/b.txt", "b");
        await sandbox.DvOkAsync(repository, "add", "clean", "edited");
        await sandbox.CommitAsync(repository, "data");
        File.WriteAllText(Path.Combine(repository, "edited/b.txt"), "edited");
        await sandbox.GitAsync(repository, "checkout", "-q", "HEAD~1");

        Ran status = await sandbox.DvOkAsync(repository, "status", "--json");
        Ran checkout = await sandbox.DvAsync(repository, "checkout");
        await sandbox.GitAsync(repository, "checkout", "-q", "main");
        await sandbox.DvAsync(repository, "checkout");

        Assert.Contains("\"orphaned\"", status.Output, StringComparison.Ordinal);
        Assert.Contains("edited", checkout.Output + checkout.Errors, StringComparison.Ordinal);
        Assert.Equal("edited", File.ReadAllText(Path.Combine(repository, "edited/b.txt")));
        Assert.Equal("a", File.ReadAllText(Path.Combine(repository, "clean/a.txt")));
    }

    // Both placed version 1; the colleague changed a.txt, and `git pull` has moved my pointer.
    private static async Task<(string Mine, string Theirs)> TwoClonesAsync(Sandbox sandbox)
    {
        string mine = await sandbox.CreateRepositoryAsync("mine");
        Sandbox.Write(mine, "data/a.txt", "a");
        Sandbox.Write(mine, "data/b.txt", "b");
        await sandbox.DvOkAsync(mine, "add", "data");
        await sandbox.CommitAsync(mine, "v1");
        await sandbox.DvOkAsync(mine, "push");
        string theirs = await sandbox.CloneAsync(mine, "theirs");
        await sandbox.DvOkAsync(theirs, "pull");
        File.WriteAllText(Path.Combine(theirs, "data/a.txt"), "theirs");
        await sandbox.DvOkAsync(theirs, "add", "data");
        await sandbox.CommitAsync(theirs, "v2");
        await sandbox.DvOkAsync(theirs, "remote", "trust", "storage");
        await sandbox.DvOkAsync(theirs, "push");
        await sandbox.GitAsync(mine, "pull", "-q", theirs, "main");
        return (mine, theirs);
    }
}
