using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Bad input gets one clear line and the documented exit code, and nothing changes.</summary>
public class BadInputTests
{
    [Fact]
    public async Task Paths_that_cannot_be_used_are_named()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "plain.txt", "plain");
        Sandbox.Write(repository, ".dvignore", "*.tmp\n");
        Sandbox.Write(repository, "x.tmp", "x");
        Sandbox.Write(repository, "tracked.bin", "git's");
        Sandbox.Write(sandbox.Root, "outside.txt", "outside");
        await sandbox.GitAsync(repository, "add", ".dvignore", "tracked.bin");
        string before = await StateAsync(sandbox, repository);

        (string[] Arguments, string Says)[] cases =
        [
            (["add", "no/such"], "'no/such': no such file or folder"),
            (["add", "*.nothing"], "no such file or folder"),
            (["add", "plain.txt", "no/such"], "no/such"),
            (["add", "../outside.txt"], "outside the repository"),
            (["add", sandbox.At("outside.txt")], "outside the repository"),
            (["add", ""], "empty"),
            (["add", "."], "root cannot be tracked"),
            (["add", ".git"], ".git"),
            (["add", ".dv/config"], ".dv"),
            (["add", "x.tmp"], "ignored by .dvignore"),
            (["add", "tracked.bin"], "git rm -r --cached -- tracked.bin"),
            (["add"], "PATH"),
            (["pull", "plain.txt"], "'plain.txt' is not tracked by dv"),
            (["push", "no/such"], "'no/such' is not tracked by dv"),
            (["checkout", "plain.txt"], "not tracked by dv"),
            (["status", "plain.txt"], "not tracked by dv"),
            (["unprotect", "plain.txt"], "not tracked by dv"),
            (["fetch", "--rev", "no-such-revision"], "no-such-revision"),
            (["pull", "-r", "nowhere"], "no remote named 'nowhere'"),
            (["push", "-r", "nowhere"], "no remote named 'nowhere'"),
            (["status", "--remote=nowhere"], "no remote named 'nowhere'"),
            (["remote", "trust", "nowhere"], "nowhere"),
            (["remote", "add", "storage", "../other"], "storage"),
            (["remote", "add", "a b", "../other"], "a b"),
            (["config", "core.jobbs", "3"], "core.jobs"),
            (["config", "core.jobs", "many"], "many"),
            (["statsu"], "dv status"),
            (["add", "--forse", "plain.txt"], "--force"),
            (["remote", "ad", "x", "y"], "dv remote add"),
            (["pull", "-j", "0"], "-j"),
            (["pull", "-j", "x"], "-j"),
            (["add", "--stage", "--no-stage", "plain.txt"], "contradict"),
        ];
        foreach ((string[] arguments, string says) in cases)
            AssertOneLine(await sandbox.DvAsync(repository, arguments), 2, says);

        Assert.Equal(before, await StateAsync(sandbox, repository));
    }

    [Fact]
    public async Task Overlapping_paths_are_refused()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/sub/a.txt", "a");
        Sandbox.Write(repository, "other/sub/a.txt", "a");
        await sandbox.DvOkAsync(repository, "add", "data/sub");
        string before = await StateAsync(sandbox, repository);

        AssertOneLine(await sandbox.DvAsync(repository, "add", "data"), 2, "'data' holds 'data/sub', which is tracked by itself");
        AssertOneLine(await sandbox.DvAsync(repository, "add", "other", "other/sub"), 2, "overlap");

        Assert.Equal(before, await StateAsync(sandbox, repository));
    }

    [Fact]
    public async Task Pointers_that_do_not_read_are_named_with_their_line()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        string hash = "sha256:" + new string('a', 64);
        (string Text, string Says)[] cases =
        [
            ($"dv: 1\ntype: fil\nhash: {hash}\nsize: 1\n", "sub/x.dv:2:"),
            ("dv: 1\ntype: file\nhash: sha256:zz\nsize: 1\n", "sub/x.dv:3:"),
            ($"dv: 1\ntype: file\nhash: {hash}\nsize: -1\n", "sub/x.dv:4:"),
            ($"dv: 1\ntype: file\nhash: {hash}\n", "'size' is missing"),
            ($"dv: 1\ntype: file\nhash: {hash}\nhash: {hash}\nsize: 1\n", "sub/x.dv:4:"),
            ("dv: 1\n\ttype: file\n", "sub/x.dv:2:"),
            ($"dv: 7\ntype: file\nhash: {hash}\nsize: 1\n", "sub/x.dv:1: format version 7 is newer"),
        ];
        foreach ((string text, string says) in cases)
        {
            Sandbox.Write(repository, "sub/x.dv", text);
            AssertOneLine(await sandbox.DvAsync(repository, "status"), 2, says);
        }
        AssertOneLine(await sandbox.DvAsync(repository, "pull"), 2, "sub/x.dv:1:");
        Assert.Equal(cases[^1].Text, File.ReadAllText(Path.Combine(repository, "sub/x.dv")));
    }

    [Fact]
    public async Task A_pointer_in_conflict_is_named_as_such_and_the_way_out_works()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        await AddAsync(sandbox, repository, "model.bin", "base");
        await sandbox.GitAsync(repository, "checkout", "-q", "-b", "other");
        await AddAsync(sandbox, repository, "model.bin", "theirs");
        await sandbox.GitAsync(repository, "checkout", "-q", "main");
        await sandbox.DvOkAsync(repository, "checkout");
        await AddAsync(sandbox, repository, "model.bin", "ours");
        Assert.Equal(1, (await sandbox.RunAsync("git", repository, ["merge", "-q", "other"])).ExitCode);
        string before = await StateAsync(sandbox, repository);

        AssertOneLine(await sandbox.DvAsync(repository, "checkout"), 2, "model.bin.dv:");
        AssertOneLine(await sandbox.DvAsync(repository, "push"), 2, "conflict");
        AssertOneLine(await sandbox.DvAsync(repository, "add", "model.bin"), 2, "git checkout --ours|--theirs");
        Ran status = await sandbox.DvOkAsync(repository, "status", "--json");
        string after = await StateAsync(sandbox, repository);
        await sandbox.GitAsync(repository, "checkout", "--theirs", "--", "model.bin.dv");
        await sandbox.GitAsync(repository, "add", "model.bin.dv");
        await sandbox.DvOkAsync(repository, "checkout");

        Assert.Contains("\"conflict\"", status.Output, StringComparison.Ordinal);
        Assert.Equal(before, after);
        Assert.Equal("theirs", File.ReadAllText(Path.Combine(repository, "model.bin")));
    }

    [Fact]
    public async Task Outside_of_a_repository_and_without_a_remote_the_next_command_is_named()
    {
        using var sandbox = new Sandbox();
        string folder = Directory.CreateDirectory(sandbox.At("plain")).FullName;
        foreach (string command in (string[])["status", "push", "pull", "fetch", "checkout", "verify", "root", "remote list"])
            AssertOneLine(await sandbox.DvAsync(folder, command.Split(' ')), 10, "not a dv repository");
        AssertOneLine(await sandbox.DvAsync(folder, "add", "x"), 10, "not a dv repository");
        AssertOneLine(await sandbox.DvAsync(folder, "-C", "no/such", "status"), 2, "no/such");
        AssertOneLine(await sandbox.DvAsync(folder, "init"), 2, "git init");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));

        await sandbox.GitAsync(folder, "init", "-q");
        await sandbox.DvOkAsync(folder, "init", "-q");
        Sandbox.Write(folder, "x", "x");
        await sandbox.DvOkAsync(folder, "add", "x");
        AssertOneLine(await sandbox.DvAsync(folder, "push"), 2, "no remote: dv remote add NAME URL");
        AssertOneLine(await sandbox.DvAsync(folder, "fetch"), 2, "no remote: dv remote add NAME URL");
        await sandbox.DvOkAsync(folder, "pull");
    }

    [Fact]
    public async Task A_remote_that_is_not_there_is_unreachable_for_pull()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "x.bin.dv", $"dv: 1\ntype: file\nhash: sha256:{Sha256("x")}\nsize: 1\n");

        AssertOneLine(await sandbox.DvAsync(repository, "pull"), 6, "storage");

        Assert.False(Directory.Exists(sandbox.At("storage")));
    }

    [Fact]
    public async Task Configuration_that_does_not_read_is_named_with_its_line()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        foreach ((string text, string says) in ((string, string)[])[("[core]\n\tremoet = x\n", "core.remote"), ("[core]\n\tjobs = -4\n", ".dv/config:2"), ("[core\n", ".dv/config:1"), ("[core]\n\thash = sha1\n", "sha1")])
        {
            Sandbox.Write(repository, ".dv/config", text);
            AssertOneLine(await sandbox.DvAsync(repository, "status"), 2, says);
        }
        AssertOneLine(await sandbox.DvWithAsync(sandbox.Root, "DV_JOBS", "x", "-C", "repo", "status"), 2, ".dv/config");
        Sandbox.Write(repository, ".dv/config", "");
        AssertOneLine(await sandbox.DvWithAsync(repository, "DV_JOBS", "x", "status"), 2, "DV_JOBS");
    }

    [Fact]
    public async Task A_corrupt_cache_object_is_named_and_a_single_pull_heals_it()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "aaaa");
        Sandbox.Write(repository, "data/b.txt", "bbbb");
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.DvOkAsync(repository, "push");
        string digest = Sha256("aaaa");
        string cached = Path.Combine(repository, ".git/dv/cache/objects/sha256", digest[..2], digest[2..]);
        File.SetUnixFileMode(cached, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(cached, "AAAA");
        File.Delete(Path.Combine(repository, "data/a.txt"));

        Ran checkout = await sandbox.DvAsync(repository, "checkout");
        Ran pull = await sandbox.DvAsync(repository, "pull");

        Assert.True(checkout.ExitCode == 5, checkout.ToString());
        Assert.Contains(digest, checkout.Errors, StringComparison.Ordinal);
        Assert.True(pull.ExitCode == 0, pull.ToString());
        Assert.Equal("aaaa", File.ReadAllText(Path.Combine(repository, "data/a.txt")));
        await sandbox.DvOkAsync(repository, "verify");
    }

    [Fact]
    public async Task A_corrupt_cache_object_that_nobody_has_looked_at_is_healed_by_a_single_pull()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "aaaa");
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.DvOkAsync(repository, "push");
        string digest = Sha256("aaaa");
        string cached = Path.Combine(repository, ".git/dv/cache/objects/sha256", digest[..2], digest[2..]);
        File.SetUnixFileMode(cached, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(cached, "AAAA");
        File.Delete(Path.Combine(repository, "data/a.txt"));

        Ran pull = await sandbox.DvAsync(repository, "pull");

        Assert.True(pull.ExitCode == 0, pull.ToString());
        Assert.Equal("aaaa", File.ReadAllText(Path.Combine(repository, "data/a.txt")));
    }

    [Fact]
    public async Task Verify_names_what_is_corrupt_and_push_does_not_send_it()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "aaaa");
        await sandbox.DvOkAsync(repository, "add", "data");
        string digest = Sha256("aaaa");
        string cached = Path.Combine(repository, ".git/dv/cache/objects/sha256", digest[..2], digest[2..]);
        File.SetUnixFileMode(cached, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(cached, "AAAA");

        Ran push = await sandbox.DvAsync(repository, "push");
        Ran verify = await sandbox.DvAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.DvOkAsync(repository, "push");

        Assert.Equal(5, push.ExitCode);
        Assert.Contains(digest, push.Errors, StringComparison.Ordinal);
        Assert.True(verify.ExitCode is 4 or 5, verify.ToString());
        Assert.Contains("data/a.txt", verify.Errors + verify.Output, StringComparison.Ordinal);
    }

    private static async Task AddAsync(Sandbox sandbox, string repository, string path, string text)
    {
        Sandbox.Write(repository, path, text);
        await sandbox.DvOkAsync(repository, "add", path);
        await sandbox.GitAsync(repository, "commit", "-q", "-m", text);
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // The workspace, what Git has staged and what the cache holds.
    private static async Task<string> StateAsync(Sandbox sandbox, string repository)
    {
        string cache = Path.Combine(repository, ".git/dv/cache/objects");
        string files = string.Join('\n', Sandbox.Snapshot(repository).Split('\n').Where(l => !l.StartsWith(".git ", StringComparison.Ordinal) && !l.StartsWith(".git/", StringComparison.Ordinal)));
        return files + await sandbox.GitAsync(repository, "status", "--porcelain") + await sandbox.GitAsync(repository, "ls-files", "-s") + (Directory.Exists(cache) ? Sandbox.Snapshot(cache) : "");
    }

    private static void AssertOneLine(Ran ran, int exitCode, string says)
    {
        Assert.True(ran.ExitCode == exitCode, ran.ToString());
        string[] lines = ran.Errors.TrimEnd('\n').Split('\n');
        Assert.True(lines.Length <= 2 && lines[0].StartsWith("dv: ", StringComparison.Ordinal), ran.ToString());
        Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
        Assert.Equal("", ran.Output);
    }
}
