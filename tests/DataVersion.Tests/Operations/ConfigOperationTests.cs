using DataVersion.Configuration;
using DataVersion.Operations;
using DataVersion.Tests.Configuration;
using Xunit;

namespace DataVersion.Tests.Operations;

public sealed class ConfigOperationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Set_get_and_unset_edit_the_chosen_file()
    {
        using ConfigHome home = new();
        ConfigStore store = home.Repository("# ours\n[core]\n\tjobs = 2 # few\n").Store();
        ConfigSet set = new(store);
        set.Run(new ConfigSetRequest { Key = "core.jobs", Value = "3" }, Cancellation);
        set.Run(new ConfigSetRequest { Key = "Core.Jobs", Value = "4", Scope = ConfigScope.Local }, Cancellation);
        set.Run(new ConfigSetRequest { Key = "core.jobs", Value = "5", Scope = ConfigScope.User }, Cancellation);
        Assert.Equal("# ours\n[core]\n\tjobs = 3 # few\n", home.ReadRepository());
        Assert.Equal(("4", ".git/dv/config.local:2"), Get(store));
        Assert.Equal(4, store.Settings.Jobs);

        new ConfigUnset(store).Run("core.jobs", ConfigScope.Local, Cancellation);
        Assert.Equal(("3", ".dv/config:3"), Get(store));
        new ConfigUnset(store).Run("core.jobs", ConfigScope.Repository, Cancellation);
        Assert.Equal(("5", $"{home.UserFile}:2"), Get(store));
        UsageException error = Assert.Throws<UsageException>(() => new ConfigUnset(store).Run("core.jobs", ConfigScope.Repository, Cancellation));
        Assert.Equal("core.jobs is not set in .dv/config", error.Message);

        static (string?, string?) Get(ConfigStore store) => new ConfigGet(store).Run("core.jobs") is { } v ? (v.Shown, v.Origin.ToString()) : default;
    }

    [Theory]
    [InlineData("core.remot", "x", "unknown configuration key 'core.remot'", "did you mean 'core.remote'?")]
    [InlineData("core.jobs", "many", "command line: core.jobs: 'many' is not a number from 1 to 256", null)]
    [InlineData("cache.dir", "/x", "cache.dir is not honoured from .dv/config, which comes with the repository", "use --local")]
    [InlineData("remote.s.password", "hunter2", "remote.s.password is a secret, and .dv/config goes into Git", "use --local, which keeps it in this clone")]
    [InlineData("remote.s.connectionstring", "hunter2", "remote.s.connectionstring is a secret, and .dv/config goes into Git", "use --local, which keeps it in this clone")]
    [InlineData("remote.s.endpoint", "ftp://x", "the URL 'ftp://x' has an unknown scheme", "known are a directory, file://, s3://, gs://, azure:// or https://")]
    [InlineData("remote.s.endpoint", "/x", "remote.s.endpoint: '/x' is not an https:// address", null)]
    [InlineData("remote.s.layout", "loose", "command line: remote.s.layout: 'loose' is not plain or packed", null)]
    [InlineData("remote.s.compress", "ZSTD", "command line: remote.s.compress: 'ZSTD' is not none or zstd", null)]
    [InlineData("remote.s.region", "", "command line: remote.s.region: has no value", null)]
    [InlineData("remote.a b.url", "/x", "'a b' cannot be the name of a remote", RemoteName.Rule)]
    public void Set_refuses_what_may_not_stand_in_the_repository(string key, string value, string message, string? hint)
    {
        using ConfigHome home = new();
        UsageException error = Assert.Throws<UsageException>(() => new ConfigSet(home.Store()).Run(new ConfigSetRequest { Key = key, Value = value }, Cancellation));
        Assert.Equal((message, hint), (error.Message, error.Hint));
        Assert.False(File.Exists(home.RepositoryFile));
    }

    [Fact]
    public void Get_of_an_unknown_key_names_the_nearest() =>
        Assert.Equal("did you mean 'core.remote'?", Assert.Throws<UsageException>(() => new ConfigGet(new ConfigHome().Store()).Run("core.remot")).Hint);

    [Fact]
    public void An_unknown_key_can_be_unset()
    {
        using ConfigHome home = new();
        ConfigStore store = home.Repository("[core]\nremot = x\n").Store();
        Assert.Throws<UsageException>(() => store.Settings);
        new ConfigUnset(store).Run("core.remot", ConfigScope.Repository, Cancellation);
        Assert.NotNull(store.Settings);
    }

    [Fact]
    public void Secrets_are_masked_and_their_file_is_private()
    {
        using ConfigHome home = new();
        home.Local("[remote \"s\"]\nurl = azure://c\n");
        ConfigStore store = home.Store();
        new ConfigSet(store).Run(new ConfigSetRequest { Key = "remote.s.accountkey", Value = "hunter2", Scope = ConfigScope.Local }, Cancellation);
        Assert.Equal("****", new ConfigGet(store).Run("remote.s.accountkey")!.Shown);
        Assert.All(new ConfigList(store).Run(), e => Assert.DoesNotContain("hunter2", e.Value.Shown + e.Value, StringComparison.Ordinal));
        Assert.Equal("hunter2", store.Settings.RequireRemote("s").Options["accountkey"]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(home.LocalFile));
    }

    [Fact]
    public void List_shows_every_place_what_is_in_force_and_what_is_ignored()
    {
        using ConfigHome home = new();
        home.User("[cache]\ndir = /mine\n[core]\njobs = 1\n").Repository("[cache]\ndir = /etc\n[core]\njobs = 2\njobs = 3\n");
        home.Variables["DV_HASH"] = "sha256";
        Assert.Equal(
            [
                ("DV_HASH", "core.hash", "sha256", true, null),
                (".dv/config:2", "cache.dir", "/etc", false, "set it yourself with: dv config --local cache.dir VALUE"),
                (".dv/config:4", "core.jobs", "2", false, null),
                (".dv/config:5", "core.jobs", "3", true, null),
                ($"{home.UserFile}:2", "cache.dir", "/mine", true, null),
                ($"{home.UserFile}:4", "core.jobs", "1", false, null),
            ],
            new ConfigList(home.Store()).Run().Select(e => (e.Value.Origin.ToString(), e.Value.Key.ToString(), e.Value.Shown, e.InForce, e.Remedy)));
        Assert.Equal("/mine", new ConfigGet(home.Store()).Run("cache.dir")!.Shown);
    }

    [Fact]
    public void List_works_where_a_value_does_not_read_and_hides_passwords_in_urls()
    {
        using ConfigHome home = new();
        home.Local("[core]\njobs = x\n[remote \"s\"]\nurl = https://u:hunter2@h/x?sig=hunter2\n");
        Assert.Equal(["x", "https://****@h/x?****"], new ConfigList(home.Store()).Run().Select(e => e.Value.Shown));
    }

    [Fact]
    public async Task Many_edits_at_once_all_count()
    {
        using ConfigHome home = new();
        await Parallel.ForAsync(0, 24, Cancellation, (i, cancellation) =>
        {
            home.Store().Update(ConfigScope.Repository, f => f.Set("remote", $"r{i}", "url", $"/r{i}"), cancellation);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(24, home.Settings.Remotes.Count);
        Assert.Equal(["config"], Directory.GetFiles(Path.Combine(home.Root, ".dv")).Select(Path.GetFileName));
    }

    [Fact]
    public void An_edit_that_fails_changes_nothing_and_keeps_the_mode()
    {
        using ConfigHome home = new();
        home.Repository("[core]\n");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(home.RepositoryFile, Mode);
        Assert.Throws<ArgumentException>(() => home.Store().Update(ConfigScope.Repository, f => f.Set("core", null, "jobs", "\0"), Cancellation));
        Assert.Equal("[core]\n", home.ReadRepository());
        home.Store().Update(ConfigScope.Repository, f => f.Set("core", null, "jobs", "1"), Cancellation);
        Assert.Equal("[core]\n\tjobs = 1\n", home.ReadRepository());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(Mode, File.GetUnixFileMode(home.RepositoryFile));
    }

    [Fact]
    public void A_place_that_is_no_file_cannot_be_edited() =>
        Assert.Throws<UsageException>(() => new ConfigSet(new ConfigHome().Store()).Run(
            new ConfigSetRequest { Key = "core.jobs", Value = "1", Scope = ConfigScope.Environment }, Cancellation));
}
