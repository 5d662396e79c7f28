using DataVersion.Caching;
using DataVersion.Configuration;
using DataVersion.Hashing;
using Xunit;

namespace DataVersion.Tests.Configuration;

public sealed class SettingsTests
{
    [Fact]
    public void Defaults_hold_where_nothing_is_set()
    {
        using ConfigHome home = new();
        Settings settings = home.Settings;
        Assert.Equal((null, HashKind.Sha256, true, null, null), (settings.Remote, settings.Hash, settings.Autostage, settings.Jobs, settings.CacheDirectory));
        Assert.Equal([LinkKind.Reflink, LinkKind.Copy], settings.Links);
        Assert.False(settings.CacheShared || settings.CacheTrust);
        Assert.Empty(settings.Remotes);
    }

    [Fact]
    public void Every_key_is_read()
    {
        using ConfigHome home = new();
        home.User("""
            [core]
            remote = s
            hash = xxh128
            autostage = no
            jobs = 256
            [cache]
            dir = ~/cache
            link = hardlink, symlink ,copy
            shared
            trust = YES
            """);
        Settings settings = home.Settings;
        Assert.Equal(("s", HashKind.Xxh128, false, 256), (settings.Remote, settings.Hash, settings.Autostage, settings.Jobs));
        Assert.Equal(Path.Combine(home.Home, "cache"), settings.CacheDirectory);
        Assert.Equal([LinkKind.Hardlink, LinkKind.Symlink, LinkKind.Copy], settings.Links);
        Assert.True(settings.CacheShared && settings.CacheTrust);
    }

    [Fact]
    public void The_stronger_place_wins()
    {
        using ConfigHome home = new();
        home.System("[core]\njobs = 1");
        Assert.Equal(1, home.Settings.Jobs);
        home.User("[core]\njobs = 2");
        Assert.Equal(2, home.Settings.Jobs);
        home.Repository("[core]\njobs = 3");
        Assert.Equal(3, home.Settings.Jobs);
        home.Local("[core]\njobs = 4\njobs = 5");
        Assert.Equal(5, home.Settings.Jobs);
        home.Variables["DV_JOBS"] = "6";
        Assert.Equal(6, home.Settings.Jobs);
        home.Overrides["core.jobs"] = "7";
        Assert.Equal(7, home.Settings.Jobs);
    }

    [Fact]
    public void The_environment_sets_what_it_names()
    {
        using ConfigHome home = new() { WorkingDirectory = "sub" };
        foreach ((string name, string value) in new[]
        {
            ("DV_REMOTE", "r"), ("DV_HASH", "xxh128"), ("DV_AUTOSTAGE", "0"), ("DV_JOBS", ""), ("DV_CACHE_DIR", "c"),
            ("DV_CACHE_LINK", "symlink"), ("DV_CACHE_SHARED", "1"), ("DV_CACHE_TRUST", "on"), ("DV_UNRELATED", "x"),
        })
        {
            home.Variables[name] = value;
        }
        Settings settings = home.Settings;
        Assert.Equal(("r", HashKind.Xxh128, false, null), (settings.Remote, settings.Hash, settings.Autostage, settings.Jobs));
        Assert.Equal(Path.Combine(home.Root, "sub", "c"), settings.CacheDirectory);
        Assert.Equal([LinkKind.Symlink], settings.Links);
        Assert.True(settings.CacheShared && settings.CacheTrust);
    }

    [Theory]
    [InlineData("[core]\n\njobs = abc", ".git/dv/config.local:3: core.jobs: 'abc' is not a number from 1 to 256")]
    [InlineData("[core]\njobs = 0", ".git/dv/config.local:2: core.jobs: '0' is not a number from 1 to 256")]
    [InlineData("[core]\njobs = 257", ".git/dv/config.local:2: core.jobs: '257' is not a number from 1 to 256")]
    [InlineData("[core]\njobs", ".git/dv/config.local:2: core.jobs: '' is not a number from 1 to 256")]
    [InlineData("[core]\nhash = md5", ".git/dv/config.local:2: core.hash: 'md5' is not sha256 or xxh128")]
    [InlineData("[core]\nautostage = maybe", ".git/dv/config.local:2: core.autostage: 'maybe' is not true or false")]
    [InlineData("[core]\nremote = a/b", ".git/dv/config.local:2: core.remote: 'a/b' cannot be the name of a remote")]
    [InlineData("[core]\nremote", ".git/dv/config.local:2: core.remote: has no value")]
    [InlineData("[cache]\nlink = reflink,,copy", ".git/dv/config.local:2: cache.link: 'reflink,,copy' is not a list of reflink, hardlink, symlink, copy, each once")]
    [InlineData("[cache]\nlink = copy,copy", ".git/dv/config.local:2: cache.link: 'copy,copy' is not a list of reflink, hardlink, symlink, copy, each once")]
    [InlineData("[cache]\ndir = \"a\\nb\"", ".git/dv/config.local:2: cache.dir: 'a\\nb' is not a path")]
    [InlineData("[core]\nremot = x", ".git/dv/config.local:2: unknown configuration key 'core.remot'")]
    [InlineData("[alias]\nst = status", ".git/dv/config.local:2: unknown configuration key 'alias.st'")]
    [InlineData("[remote \"a b\"]\nurl = x", ".git/dv/config.local:2: 'a b' cannot be the name of a remote")]
    [InlineData("[remote \"s\"]\nurl = ftp://x", ".git/dv/config.local:2: remote.s.url: the URL 'ftp://x' has an unknown scheme")]
    [InlineData("[remote \"s\"]\nurl = /x\npathstyle = 2", ".git/dv/config.local:3: remote.s.pathstyle: '2' is not true or false")]
    [InlineData("[remote \"s\"]\nurl = /x\nlayout = Packed", ".git/dv/config.local:3: remote.s.layout: 'Packed' is not plain or packed")]
    [InlineData("[remote \"s\"]\nurl = /x\nlayout", ".git/dv/config.local:3: remote.s.layout: '' is not plain or packed")]
    [InlineData("[remote \"s\"]\nurl = /x\ncompress = gzip", ".git/dv/config.local:3: remote.s.compress: 'gzip' is not none or zstd")]
    [InlineData("[remote \"s\"]\nurl = s3://x\nendpoint = nowhere", ".git/dv/config.local:3: remote.s.endpoint: 'nowhere' is not an https:// address")]
    public void A_wrong_value_is_named_with_its_place(string text, string message)
    {
        using ConfigHome home = new();
        UsageException error = Assert.Throws<UsageException>(() => home.Local(text).Settings);
        Assert.Equal((message, ErrorKind.Usage), (error.Message, error.Kind));
    }

    [Fact]
    public void Errors_name_the_variable_and_the_users_file()
    {
        using ConfigHome home = new();
        home.User("[core]\njobs = x");
        Assert.StartsWith($"{home.UserFile}:2: core.jobs", Assert.Throws<UsageException>(() => home.Settings).Message, StringComparison.Ordinal);
        home.Variables["DV_JOBS"] = "many";
        Assert.StartsWith("DV_JOBS: core.jobs: 'many'", Assert.Throws<UsageException>(() => home.Settings).Message, StringComparison.Ordinal);
        home.Overrides["core.jobs"] = "more";
        Assert.StartsWith("command line: core.jobs: 'more'", Assert.Throws<UsageException>(() => home.Settings).Message, StringComparison.Ordinal);
        home.Overrides["core.job"] = "1";
        Assert.StartsWith("command line: unknown configuration key", Assert.Throws<UsageException>(() => home.Settings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Further_caches_are_a_list_of_absolute_folders()
    {
        using ConfigHome home = new();
        Assert.Empty(home.Settings.CacheAlternates);
        home.User($"[cache]\nalternates = /one{Path.PathSeparator} ~/two");
        Assert.Equal(["/one", Path.Combine(home.Home, "two")], home.Settings.CacheAlternates);
        home.Local("[cache]\nalternates = \"\"");
        Assert.Empty(home.Settings.CacheAlternates);
        home.Variables["DV_CACHE_ALTERNATES"] = "/three";
        Assert.Equal(["/three"], home.Settings.CacheAlternates);
        home.Variables["DV_CACHE_ALTERNATES"] = $"/three{Path.PathSeparator}four";
        Assert.Contains("is not a list of absolute folders", Assert.Throws<UsageException>(() => home.Settings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Relative_paths_mean_the_place_they_were_written_for()
    {
        using ConfigHome home = new() { WorkingDirectory = "sub" };
        home.Local("[cache]\ndir = ../c");
        Assert.Equal(Path.Combine(home.Base, "c"), home.Settings.CacheDirectory);
        home.Local("").User("[cache]\ndir = c");
        Assert.Contains("is not absolute", Assert.Throws<UsageException>(() => home.Settings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireRemote_says_what_to_do()
    {
        using ConfigHome home = new();
        Assert.Equal("no remote: dv remote add NAME URL", Assert.Throws<UsageException>(() => home.Settings.RequireRemote(null)).Message);
        Assert.Equal("no remote named 'x'", Assert.Throws<UsageException>(() => home.Settings.RequireRemote("x")).Message);
        home.Local("[remote \"a\"]\nurl = /a\n[remote \"b\"]\nurl = /b\n");
        Assert.Equal("no default remote", Assert.Throws<UsageException>(() => home.Settings.RequireRemote(null)).Message);
        Assert.Equal("/b", home.Settings.RequireRemote("b").Url);
        Assert.Equal("there are: a, b", Assert.Throws<UsageException>(() => home.Settings.RequireRemote("c")).Hint);
        home.Repository("[core]\nremote = a\n");
        Assert.Equal("/a", home.Settings.RequireRemote(null).Url);
    }

    [Fact]
    public void A_linked_configuration_of_the_user_is_read_and_edited_where_it_is()
    {
        using ConfigHome home = new();
        string real = Path.Combine(home.Base, "dotfiles");
        File.WriteAllText(real, "[core]\njobs = 3\n");
        Directory.CreateDirectory(Path.GetDirectoryName(home.UserFile)!);
        File.CreateSymbolicLink(home.UserFile, real);
        Assert.Equal(3, home.Settings.Jobs);
        home.Store().Update(ConfigScope.User, f => f.Set("core", null, "jobs", "5"), TestContext.Current.CancellationToken);
        Assert.Equal("[core]\njobs = 5\n", File.ReadAllText(real));
        Assert.NotNull(new FileInfo(home.UserFile).LinkTarget);
    }
}
