using DataVersion.Caching;
using DataVersion.Configuration;
using Xunit;

namespace DataVersion.Tests.Configuration;

/// <summary>What a repository that comes from an attacker may and may not do (docs/security.md, "Untrusted configuration").</summary>
public sealed class UntrustedConfigurationTests
{
    [Fact]
    public void Core_and_link_kinds_are_honoured_from_the_repository()
    {
        using ConfigHome home = new();
        Settings settings = home.Repository("[core]\nremote = s\njobs = 2\nautostage = false\n[cache]\nlink = symlink\n").Settings;
        Assert.Equal(("s", 2, false), (settings.Remote, settings.Jobs, settings.Autostage));
        Assert.Equal([LinkKind.Symlink], settings.Links);
        Assert.Empty(settings.Ignored);
    }

    [Fact]
    public void The_cache_is_never_chosen_by_the_repository()
    {
        using ConfigHome home = new();
        Settings settings = home.User("[cache]\ndir = /mine\n").Repository("[cache]\ndir = /etc\nshared = true\ntrust = true\n").Settings;
        Assert.Equal(("/mine", false, false), (settings.CacheDirectory, settings.CacheShared, settings.CacheTrust));
        Assert.Equal(
            ["set it yourself with: dv config --local cache.dir VALUE", "set it yourself with: dv config --local cache.shared VALUE", "set it yourself with: dv config --local cache.trust VALUE"],
            settings.Ignored.Select(i => i.Remedy));
        Assert.Equal(".dv/config:2: cache.dir is ignored, because it comes with the repository", settings.Ignored[0].Message);
    }

    [Fact]
    public void Further_caches_are_never_named_by_the_repository()
    {
        using ConfigHome home = new();
        Settings settings = home.User("[cache]\nalternates = /mine\n").Repository("[cache]\nalternates = /etc\n").Settings;
        Assert.Equal(["/mine"], settings.CacheAlternates);
        Assert.Equal(".dv/config:2: cache.alternates is ignored, because it comes with the repository", Assert.Single(settings.Ignored).Message);
    }

    [Fact]
    public void A_remote_of_the_repository_can_be_read_from_but_is_not_trusted_with_a_push()
    {
        using ConfigHome home = new();
        RemoteSettings remote = home
            .Repository("[remote \"s\"]\nurl = s3://bucket/x\nregion = eu-west-1\npathstyle = on\nstorageclass = STANDARD_IA\nlayout = packed\ncompress = zstd\nendpoint = https://s3.example.org\n")
            .Settings.RequireRemote("s");
        Assert.False(remote.Trusted);
        Assert.Equal(
            [("compress", "zstd"), ("endpoint", "https://s3.example.org"), ("layout", "packed"), ("pathstyle", "true"), ("region", "eu-west-1"), ("storageclass", "STANDARD_IA")],
            remote.Options.OrderBy(o => o.Key).Select(o => (o.Key, o.Value)));
        Assert.Empty(home.Settings.Ignored);
    }

    [Theory]
    [InlineData("s3://b", "endpoint", "http://evil.example")]
    [InlineData("s3://b", "profile", "production")]
    [InlineData("s3://b", "credentialfile", "/repo/creds")]
    [InlineData("s3://b", "cafile", "evil-ca.pem")]
    [InlineData("s3://b", "accesskeyid", "AKIA")]
    [InlineData("s3://b", "anonymous", "true")]
    [InlineData("s3://b", "requesterpays", "true")]
    [InlineData("s3://b", "kmskey", "evil")]
    [InlineData("gs://b", "endpoint", "https://evil.example")]
    [InlineData("azure://c", "endpoint", "https://evil.example")]
    [InlineData("azure://c", "account", "evil")]
    [InlineData("https://h/x", "endpoint", "https://evil.example")]
    [InlineData("/srv/data", "endpoint", "https://evil.example")]
    [InlineData("https://h/x", "username", "me")]
    public void What_could_harm_is_ignored_and_reported(string url, string option, string value)
    {
        using ConfigHome home = new();
        Settings settings = home.Repository($"[remote \"s\"]\nurl = {url}\n{option} = {value}\n").Settings;
        RemoteSettings remote = settings.RequireRemote("s");
        Assert.Empty(remote.Options);
        Assert.False(remote.Trusted);
        IgnoredValue ignored = Assert.Single(settings.Ignored);
        Assert.Equal($".dv/config:3: remote.s.{option} is ignored, because it comes with the repository", ignored.Message);
        Assert.Equal("dv remote trust s", ignored.Remedy);
    }

    [Theory]
    [InlineData("s3://b", "endpoint", "http://minio.example:9000")]
    [InlineData("azure://c", "account", "ours")]
    [InlineData("s3://b", "profile", "production")]
    public void What_could_harm_is_honoured_after_trust(string url, string option, string value)
    {
        using ConfigHome home = new();
        home.Repository($"[remote \"s\"]\nurl = {url}\n{option} = {value}\n");
        Trust(home, "s");
        RemoteSettings remote = home.Settings.RequireRemote("s");
        Assert.True(remote.Trusted);
        Assert.Equal(value, remote.Options[option]);
        Assert.Empty(home.Settings.Ignored);
    }

    [Theory]
    [InlineData("config.local")]
    [InlineData("user")]
    [InlineData("system")]
    public void What_could_harm_is_honoured_from_the_users_own_files(string where)
    {
        using ConfigHome home = new();
        const string Text = "[remote \"s\"]\nurl = azure://c\naccount = mine\nendpoint = http://127.0.0.1:1\ncafile = /ca\naccountkey = k\n";
        RemoteSettings remote = (where == "user" ? home.User(Text) : where == "system" ? home.System(Text) : home.Local(Text)).Settings.RequireRemote("s");
        Assert.True(remote.Trusted);
        Assert.Equal(["account", "accountkey", "cafile", "endpoint"], remote.Options.Keys.Order());
    }

    [Fact]
    public void An_ignored_value_of_the_repository_does_not_hide_the_users_own()
    {
        using ConfigHome home = new();
        home.User("[remote \"s\"]\naccount = mine\n").Repository("[remote \"s\"]\nurl = azure://c\naccount = evil\n");
        Assert.Equal("mine", home.Settings.RequireRemote("s").Options["account"]);
    }

    [Fact]
    public void The_repository_cannot_redirect_a_remote_of_the_user()
    {
        using ConfigHome home = new();
        home.User("[remote \"s\"]\nurl = s3://mine\n");
        Assert.True(home.Settings.RequireRemote("s").Trusted);
        home.Repository("[remote \"s\"]\nendpoint = https://evil.example\n");
        Assert.False(home.Settings.RequireRemote("s").Trusted);
        home.Repository("[remote \"s\"]\nurl = s3://evil\n");
        Assert.False(home.Settings.RequireRemote("s").Trusted);
        home.Repository("[remote \"s\"]\nregion = eu-west-1\n");
        Assert.True(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void A_plain_http_url_of_the_repository_is_used_only_after_trust()
    {
        using ConfigHome home = new();
        home.Repository("[core]\nremote = s\n[remote \"s\"]\nurl = HTTP://169.254.169.254/x\n");
        Assert.Empty(home.Settings.Remotes);
        UsageException error = Assert.Throws<UsageException>(() => home.Settings.RequireRemote(null));
        Assert.Equal(".dv/config:4: remote.s.url: 'HTTP://169.254.169.254/x' comes with the repository and is not trusted", error.Message);
        Assert.Equal("dv remote trust s", error.Hint);
        Trust(home, "s");
        Assert.Equal("http://169.254.169.254/x", home.Settings.RequireRemote(null).Url);
    }

    [Fact]
    public void The_users_password_does_not_go_to_a_host_that_the_repository_chose()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\nurl = https://good.example/x\n").Local("[remote \"s\"]\nusername = me\npassword = hunter2\n");
        Trust(home, "s");
        Assert.Equal("hunter2", home.Settings.RequireRemote("s").Options["password"]);
        home.Repository("[remote \"s\"]\nurl = https://evil.example/x\n");
        Assert.Empty(home.Settings.RequireRemote("s").Options);
    }

    [Fact]
    public void Secrets_of_the_repository_are_not_used_even_after_trust()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\nurl = azure://c\naccount = a\naccountkey = evil\n");
        Trust(home, "s");
        Settings settings = home.Settings;
        Assert.Equal(["account"], settings.RequireRemote("s").Options.Keys);
        Assert.Equal("set it yourself with: dv remote modify --local s accountkey VALUE", Assert.Single(settings.Ignored).Remedy);
        Assert.DoesNotContain("evil", settings.Ignored[0].Message + settings.Ignored[0].Value + settings.RequireRemote("s"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_home_is_not_expanded_for_the_repository()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\nurl = ~/x\n");
        Assert.Contains(".dv/config:2: remote.s.url: '~'", Assert.Throws<UsageException>(() => home.Settings).Message, StringComparison.Ordinal);
        home.Repository("").Local("[remote \"s\"]\nurl = ~/x\n");
        Assert.Equal(Path.Combine(home.Home, "x"), home.Settings.RequireRemote("s").Url);
    }

    [Fact]
    public void A_directory_remote_is_relative_to_the_repository()
    {
        using ConfigHome home = new() { WorkingDirectory = "sub" };
        Assert.Equal(Path.Combine(home.Base, "storage"), home.Repository("[remote \"s\"]\nurl = ../storage\n").Settings.RequireRemote("s").Url);
        Assert.Equal("/srv/a b", home.Repository("[remote \"s\"]\nurl = file:///srv/a%20b\n").Settings.RequireRemote("s").Url);
    }

    [Theory]
    [InlineData("[include]\npath = ../../etc/passwd\n")]
    [InlineData("[remote \"\\u001b]0;x\"]\nurl = x\n")]
    [InlineData("[remote \"--upload-pack=x\"]\nurl = x\n")]
    [InlineData("[core]\nremote = --x\n")]
    [InlineData("[remote \"s\"]\nurl = https://u:p@h/\n")]
    public void What_cannot_be_meant_well_is_refused_with_exit_code_2(string text)
    {
        using ConfigHome home = new();
        DataVersionException error = Assert.ThrowsAny<DataVersionException>(() => home.Repository(text.Replace("\\u001b", "\u001b", StringComparison.Ordinal)).Settings);
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.DoesNotMatch(@"\p{Cc}", error.Message);
    }

    [Fact]
    public void A_linked_configuration_file_is_not_read()
    {
        using ConfigHome home = new();
        string secret = Path.Combine(home.Base, "secret");
        File.WriteAllText(secret, "password: hunter2");
        File.CreateSymbolicLink(home.RepositoryFile, secret);
        UnsafePathException error = Assert.Throws<UnsafePathException>(() => home.Settings);
        Assert.Contains("symbolic link", error.Message, StringComparison.Ordinal);
        Assert.Throws<UnsafePathException>(() => home.Store().Update(ConfigScope.Repository, f => f.Set("core", null, "jobs", "1"), TestContext.Current.CancellationToken));
        Assert.Equal("password: hunter2", File.ReadAllText(secret));
    }

    private static void Trust(ConfigHome home, string name) => home.Store().RecordTrust(name, TestContext.Current.CancellationToken);
}
