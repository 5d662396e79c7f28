using DataVersion.Configuration;
using DataVersion.Operations;
using DataVersion.Tests.Configuration;
using Xunit;

namespace DataVersion.Tests.Operations;

public sealed class RemoteOperationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_first_remote_becomes_the_default_and_what_a_user_adds_he_trusts()
    {
        using ConfigHome home = new();
        Assert.Equal(new RemoteAddResult("one", "s3://bucket/x", IsDefault: true, Trusted: true), Add(home, "one", "s3://bucket/x"));
        Assert.Equal(new RemoteAddResult("two", "/srv/two", IsDefault: false, Trusted: true), Add(home, "two", "/srv/two"));
        Assert.Equal("[remote \"one\"]\n\turl = s3://bucket/x\n[core]\n\tremote = one\n[remote \"two\"]\n\turl = /srv/two\n", home.ReadRepository());
        Assert.Equal("s3://bucket/x", home.Settings.RequireRemote(null).Url);
        Assert.All(home.Settings.Remotes, r => Assert.True(r.Trusted));

        // A colleague who clones it has not added it himself.
        File.Delete(home.TrustFile);
        Assert.All(home.Settings.Remotes, r => Assert.False(r.Trusted));
    }

    [Theory]
    [InlineData("sub/deep", "../storage", "sub/storage")]
    [InlineData("sub/deep", "../../../storage", "../storage")]
    [InlineData("", "../storage", "../storage")]
    [InlineData("", ".", ".")]
    [InlineData("", "a b", "a b")]
    [InlineData("", "./x:y", "./x:y")]
    [InlineData("", "./~x", "./~x")]
    [InlineData("sub", "/srv/x", "/srv/x")]
    [InlineData("sub", "file:///srv/x", "/srv/x")]
    public void A_relative_directory_is_stored_relative_to_the_repository(string workingDirectory, string typed, string stored)
    {
        using ConfigHome home = new() { WorkingDirectory = workingDirectory };
        Assert.Equal(stored, Add(home, "s", typed).Url);
        Assert.Equal(Path.GetFullPath(stored, home.Root), home.Settings.RequireRemote("s").Url);
    }

    [Fact]
    public void A_home_that_was_typed_is_stored_as_a_whole_path()
    {
        using ConfigHome home = new();
        Assert.Equal(Path.Combine(home.Home, "x"), Add(home, "s", "~/x").Url);
    }

    [Fact]
    public void An_existing_remote_is_replaced_only_by_force_and_then_with_all_its_options()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\nurl = https://old/x\nregion = eu\n").Local("[remote \"s\"]\npassword = hunter2\n");
        UsageException error = Assert.Throws<UsageException>(() => Add(home, "s", "https://new/x"));
        Assert.Equal("the remote 's' exists: 'https://old/x' in .dv/config:2", error.Message);
        Assert.True(Add(home, "s", "https://new/x", force: true).Trusted);
        RemoteSettings remote = home.Settings.RequireRemote("s");
        Assert.Equal("https://new/x", remote.Url);
        Assert.Empty(remote.Options);
        Assert.DoesNotContain("hunter2", home.ReadLocal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_lie_in_wait_in_a_cloned_repository_are_not_trusted_with_an_added_remote()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\nendpoint = https://evil.example\n[remote.s]\nprofile = admin\n");
        Assert.True(Add(home, "s", "s3://mine").Trusted);
        Assert.Empty(home.Settings.RequireRemote("s").Options);

        home.Repository("[remote \"t\"]\nendpoint = https://evil.example\n");
        Assert.False(Add(home, "t", "s3://mine", scope: ConfigScope.Local).Trusted);
        Assert.False(home.Settings.RequireRemote("t").Trusted);
    }

    [Fact]
    public void A_local_remote_stays_in_this_clone()
    {
        using ConfigHome home = new();
        Assert.True(Add(home, "s", "s3://mine", scope: ConfigScope.Local).IsDefault);
        Assert.False(File.Exists(home.RepositoryFile));
        Assert.False(File.Exists(home.TrustFile));
        Assert.True(home.Settings.RequireRemote(null).Trusted);
    }

    [Fact]
    public void A_remote_of_the_user_is_stored_with_its_whole_path_and_can_be_made_the_default()
    {
        using ConfigHome home = new() { WorkingDirectory = "sub" };
        Add(home, "one", "/one");
        Assert.Equal(new RemoteAddResult("two", Path.Combine(home.Root, "two"), IsDefault: false, Trusted: true), Add(home, "two", "../two", ConfigScope.User));
        RemoteAddRequest request = new() { Name = "three", Url = "/three", MakeDefault = true };
        Assert.True(new RemoteAdd(home.Store()).Run(request, Cancellation).IsDefault);
        Assert.Equal(["one", "three", "two"], home.Settings.Remotes.Select(r => r.Name));
        Assert.Equal("/three", home.Settings.RequireRemote(null).Url);
    }

    [Fact]
    public void A_layout_and_a_compression_are_written_with_the_remote()
    {
        using ConfigHome home = new();
        new RemoteAdd(home.Store()).Run(new RemoteAddRequest { Name = "s", Url = "s3://b", Layout = "packed", Compress = "zstd" }, Cancellation);
        Assert.Equal("[remote \"s\"]\n\turl = s3://b\n\tlayout = packed\n\tcompress = zstd\n[core]\n\tremote = s\n", home.ReadRepository());
        Assert.True(home.Settings.RequireRemote("s").Trusted);
        Assert.True(Add(home, "s", "s3://c", force: true).IsDefault);
        Assert.Empty(home.Settings.RequireRemote("s").Options);
    }

    [Theory]
    [InlineData(null, "zstd", "remote 's': compress = zstd needs layout = packed", "give --layout packed, too")]
    [InlineData("plain", "zstd", "remote 's': compress = zstd needs layout = packed", "give --layout packed, too")]
    [InlineData("loose", null, "command line: remote.s.layout: 'loose' is not plain or packed", null)]
    public void A_layout_and_a_compression_that_cannot_be_are_refused_and_nothing_is_written(string? layout, string? compress, string message, string? hint)
    {
        using ConfigHome home = new();
        home.Local("[remote \"s\"]\nurl = s3://old\n");
        RemoteAddRequest request = new() { Name = "s", Url = "s3://b", Layout = layout, Compress = compress, Force = true };
        UsageException error = Assert.Throws<UsageException>(() => new RemoteAdd(home.Store()).Run(request, Cancellation));
        Assert.Equal((message, hint), (error.Message, error.Hint));
        Assert.False(File.Exists(home.RepositoryFile));
        Assert.Equal("s3://old", home.Settings.RequireRemote("s").Url);
    }

    [Theory]
    [InlineData("a b", "/x")]
    [InlineData("", "/x")]
    [InlineData("s", "https://u:hunter2@h/x")]
    [InlineData("s", "ftp://h/x")]
    [InlineData("s", "")]
    public void A_bad_name_or_url_is_refused_and_nothing_is_written(string name, string url)
    {
        using ConfigHome home = new();
        UsageException error = Assert.Throws<UsageException>(() => Add(home, name, url));
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(home.RepositoryFile));
    }

    [Fact]
    public void Without_a_home_a_remote_is_added_but_not_trusted()
    {
        using ConfigHome home = new() { HasTrustFile = false };
        Assert.False(Add(home, "s", "/x").Trusted);
        Assert.Equal("/x", home.Settings.RequireRemote("s").Url);
    }

    [Fact]
    public void Remove_forgets_the_remote_its_secrets_and_the_default()
    {
        using ConfigHome home = new();
        home.Repository("# top\n[core]\n\tremote = s # default\n\tjobs = 2\n[remote \"s\"]\n\turl = /x\n# end\n").Local("[remote \"s\"]\npassword = p\n[core]\nremote = s\n");
        new RemoteRemove(home.Store()).Run("s", Cancellation);
        Assert.Equal("# top\n[core]\n\tjobs = 2\n# end\n", home.ReadRepository());
        Assert.Equal("[core]\n", home.ReadLocal());
        UsageException error = Assert.Throws<UsageException>(() => new RemoteRemove(home.Store()).Run("s", Cancellation));
        Assert.Equal(("no remote named 's'", "add it with: dv remote add NAME URL"), (error.Message, error.Hint));
    }

    [Fact]
    public void Remove_keeps_another_default_and_refuses_a_remote_of_the_user()
    {
        using ConfigHome home = new();
        home.Repository("[core]\nremote = t\n[remote \"s\"]\nurl = /s\n[remote \"t\"]\nurl = /t\n").User("[remote \"mine\"]\nurl = /m\n");
        new RemoteRemove(home.Store()).Run("s", Cancellation);
        Assert.Equal("t", home.Settings.Remote);
        Assert.Contains(home.UserFile, Assert.Throws<UsageException>(() => new RemoteRemove(home.Store()).Run("mine", Cancellation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_remote_becomes_the_default_where_the_old_default_is_gone()
    {
        using ConfigHome home = new();
        home.Repository("[core]\nremote = gone\n");
        Assert.True(Add(home, "s", "/s").IsDefault);
        Assert.Equal("s", home.Settings.Remote);
    }

    [Fact]
    public void Rename_takes_options_secrets_default_and_trust_along()
    {
        using ConfigHome home = new();
        Add(home, "s", "s3://bucket");
        home.Local("[remote \"s\"]\nsecretaccesskey = k\n");
        new RemoteRename(home.Store()).Run("s", "main", Cancellation);
        RemoteSettings remote = home.Settings.RequireRemote(null);
        Assert.Equal(("main", "s3://bucket", true, "k"), (remote.Name, remote.Url, remote.Trusted, remote.Options["secretaccesskey"]));
        Assert.Throws<UsageException>(() => new RemoteRename(home.Store()).Run("s", "x", Cancellation));
        Assert.Throws<UsageException>(() => new RemoteRename(home.Store()).Run("main", "a/b", Cancellation));
    }

    [Fact]
    public void Rename_does_not_trust_what_was_not_trusted_and_does_not_merge()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\nurl = s3://x\n[remote \"trap\"]\nendpoint = https://evil.example\n");
        Assert.Throws<UsageException>(() => new RemoteRename(home.Store()).Run("s", "trap", Cancellation));
        new RemoteRename(home.Store()).Run("s", "main", Cancellation);
        Assert.False(home.Settings.RequireRemote("main").Trusted);
    }

    [Fact]
    public void Default_is_set_said_and_unset()
    {
        using ConfigHome home = new();
        ConfigStore store = home.Repository("[remote \"s\"]\nurl = /s\n[remote \"t\"]\nurl = /t\n").Store();
        RemoteDefault operation = new(store);
        Assert.Null(operation.Get());
        operation.Set("s", ConfigScope.Repository, Cancellation);
        operation.Set("t", ConfigScope.Local, Cancellation);
        Assert.Equal("t", operation.Get());
        Assert.True(operation.Unset(ConfigScope.Local, Cancellation));
        Assert.False(operation.Unset(ConfigScope.Local, Cancellation));
        Assert.Equal("s", operation.Get());
        Assert.Equal("there are: s, t", Assert.Throws<UsageException>(() => operation.Set("u", ConfigScope.Repository, Cancellation)).Hint);
    }

    [Fact]
    public void Modify_keeps_the_trust_of_a_user_and_makes_none()
    {
        using ConfigHome home = new();
        Add(home, "s", "s3://bucket");
        Modify(home, "s", "endpoint", "https://s3.example.org");
        Modify(home, "s", "region", "eu");
        Assert.True(home.Settings.RequireRemote("s").Trusted);
        Modify(home, "s", "endpoint", null);
        Assert.True(home.Settings.RequireRemote("s").Trusted);

        File.Delete(home.TrustFile);
        Modify(home, "s", "endpoint", "https://s3.example.org");
        Assert.False(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void Modify_puts_secrets_into_this_clone_alone()
    {
        using ConfigHome home = new();
        Add(home, "s", "azure://c");
        Assert.Equal("use --local, which keeps it in this clone", Assert.Throws<UsageException>(() => Modify(home, "s", "sastoken", "hunter2")).Hint);
        Modify(home, "s", "sastoken", "hunter2", scope: ConfigScope.Local);
        Assert.DoesNotContain("hunter2", home.ReadRepository(), StringComparison.Ordinal);
        Assert.Equal("hunter2", home.Settings.RequireRemote("s").Options["sastoken"]);
    }

    [Fact]
    public void Modify_refuses_what_makes_no_sense()
    {
        using ConfigHome home = new();
        Add(home, "s", "s3://bucket");
        string before = home.ReadRepository();
        Assert.Equal("no remote named 't'", Assert.Throws<UsageException>(() => Modify(home, "t", "region", "x")).Message);
        Assert.Equal("did you mean 'remote.s.region'?", Assert.Throws<UsageException>(() => Modify(home, "s", "regoin", "x")).Hint);
        Assert.Equal("remote.s.region is not set in .dv/config", Assert.Throws<UsageException>(() => Modify(home, "s", "region", null)).Message);
        Assert.Equal("remove it with: dv remote remove s", Assert.Throws<UsageException>(() => Modify(home, "s", "url", null)).Hint);
        Assert.Throws<UsageException>(() => Modify(home, "s", "pathstyle", "perhaps"));
        Assert.Throws<UsageException>(() => Modify(home, "s", "url", "https://u:p@h"));
        Assert.Equal(before, home.ReadRepository());
    }

    [Fact]
    public void List_tells_default_trust_and_what_is_not_honoured()
    {
        using ConfigHome home = new();
        home.Repository("[core]\nremote = b\n[remote \"b\"]\nurl = ../b\n[remote \"a\"]\nurl = http://h/x\n[remote \"leftover\"]\nregion = x\n").Local("[remote \"c\"]\nurl = s3://c\n");
        Assert.Equal(
            [
                ("a", "http://h/x", false, false, false, ".dv/config:6"),
                ("b", Path.Combine(home.Base, "b"), true, false, true, ".dv/config:4"),
                ("c", "s3://c", false, true, true, ".git/dv/config.local:2"),
            ],
            new RemoteList(home.Store()).Run().Select(r => (r.Name, r.Url, r.IsDefault, r.Trusted, r.Honoured, r.Origin.ToString())));
    }

    [Fact]
    public void Trust_says_what_it_covers()
    {
        using ConfigHome home = new();
        ConfigStore store = home.Repository("[remote \"s\"]\nurl = s3://b\nregion = eu\nendpoint = https://e\nprofile = p\n").Store();
        RemoteTrustOperation operation = new(store);
        Assert.False(operation.Preview("s").AlreadyTrusted);
        RemoteTrustResult result = operation.Run("s", Cancellation);
        Assert.Equal(("s3://b", false), (result.Url, result.AlreadyTrusted));
        Assert.Equal([".dv/config:4: remote.s.endpoint = https://e", ".dv/config:5: remote.s.profile = p"], result.Values.Select(v => v.ToString()));
        Assert.True(store.Settings.RequireRemote("s").Trusted);
        Assert.True(operation.Run("s", Cancellation).AlreadyTrusted);
        Assert.Throws<UsageException>(() => operation.Run("t", Cancellation));
    }

    private static RemoteAddResult Add(ConfigHome home, string name, string url, ConfigScope scope = ConfigScope.Repository, bool force = false) =>
        new RemoteAdd(home.Store()).Run(new RemoteAddRequest { Name = name, Url = url, Scope = scope, Force = force }, Cancellation);

    private static void Modify(ConfigHome home, string name, string option, string? value, ConfigScope scope = ConfigScope.Repository) =>
        new RemoteModify(home.Store()).Run(new RemoteModifyRequest { Name = name, Option = option, Value = value, Scope = scope }, Cancellation);
}
