using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Operations;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Configuration;

/// <summary>What <c>layout</c> and <c>compress</c> say together, and that they cannot be set against each other.</summary>
public sealed class RemoteFormatTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, null, "plain")]
    [InlineData("plain", null, "plain")]
    [InlineData(null, "none", "plain")]
    [InlineData("plain", "none", "plain")]
    [InlineData("packed", null, "packed")]
    [InlineData("packed", "none", "packed")]
    [InlineData("packed", "zstd", "packed, compressed with zstd")]
    public void Settings_say_how_a_remote_is_made(string? layout, string? compress, string format) =>
        Assert.Equal(format, RemoteFormat.Of(Remote(layout, compress)).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("plain")]
    public void Compression_without_packs_is_refused(string? layout)
    {
        UsageException error = Assert.Throws<UsageException>(() => RemoteFormat.Of(Remote(layout, "zstd")));
        Assert.Equal("remote 's': compress = zstd needs layout = packed", error.Message);
        Assert.Equal("first dv remote modify s layout packed; or without compression: dv remote modify s compress --unset", error.Hint);
    }

    [Theory]
    [InlineData(null, null, true, true, false)]
    [InlineData("packed", null, true, true, false)]
    [InlineData("packed", null, false, false, true)]
    [InlineData("plain", null, true, false, true)]
    [InlineData("packed", "zstd", true, false, true)]
    [InlineData("packed", "none", true, true, true)]
    [InlineData(null, "none", false, false, false)]
    [InlineData("packed", "zstd", true, true, false)]
    public void Only_what_is_set_can_differ_from_what_is_there(string? layout, string? compress, bool packs, bool zstd, bool differs) =>
        Assert.Equal(differs, RemoteFormat.Contradicts(Remote(layout, compress), new StoreFormat(packs, zstd)));

    [Fact]
    public void They_are_honoured_from_the_repository_before_it_is_trusted_and_end_no_trust()
    {
        using ConfigHome home = new();
        ConfigStore store = home.Repository("[remote \"s\"]\nurl = s3://b\nlayout = packed\ncompress = zstd\n").Store();
        RemoteSettings remote = store.Settings.RequireRemote("s");
        Assert.Equal((false, new StoreFormat(Packs: true, Zstd: true)), (remote.Trusted, RemoteFormat.Of(remote)));
        Assert.Empty(store.Settings.Ignored);
        new RemoteTrustOperation(store).Run("s", Cancellation);
        home.Repository("[remote \"s\"]\nurl = s3://b\nlayout = plain\n");
        Assert.True(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void A_contradiction_in_the_files_does_not_keep_anybody_from_reading()
    {
        using ConfigHome home = new();
        RemoteSettings remote = home.Repository("[remote \"s\"]\nurl = /s\ncompress = zstd\n").Settings.RequireRemote("s");
        Assert.Equal("zstd", remote.Options["compress"]);
        Assert.Throws<UsageException>(() => RemoteFormat.Of(remote));
    }

    [Fact]
    public void Setting_one_against_the_other_is_refused_and_nothing_is_written()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\n\turl = /s\n");
        const string Message = "remote 's': compress = zstd needs layout = packed";
        Assert.Equal(Message, Assert.Throws<UsageException>(() => Modify(home, "compress", "zstd")).Message);
        Assert.Equal(Message, Assert.Throws<UsageException>(() => Set(home, "compress", "zstd", ConfigScope.Local)).Message);
        Assert.Equal("[remote \"s\"]\n\turl = /s\n", home.ReadRepository());

        Modify(home, "layout", "packed");
        Set(home, "compress", "zstd", ConfigScope.Local);
        Assert.Equal(Message, Assert.Throws<UsageException>(() => Modify(home, "layout", "plain")).Message);
        Assert.Equal(Message, Assert.Throws<UsageException>(() => Modify(home, "layout", null)).Message);
        Assert.Throws<UsageException>(() => new ConfigUnset(home.Store()).Run("remote.s.layout", ConfigScope.Repository, Cancellation));
        Assert.Equal("[remote \"s\"]\n\turl = /s\n\tlayout = packed\n", home.ReadRepository());

        // What a stronger place says goes on counting.
        Set(home, "layout", "packed", ConfigScope.Local);
        Modify(home, "layout", "plain");
        Assert.Throws<UsageException>(() => new ConfigUnset(home.Store()).Run("remote.s.layout", ConfigScope.Local, Cancellation));
        new ConfigUnset(home.Store()).Run("remote.s.compress", ConfigScope.Local, Cancellation);
        Assert.Equal("packed", RemoteFormat.Of(home.Settings.RequireRemote("s")).ToString());
    }

    [Fact]
    public void What_is_wrong_already_does_not_keep_other_options_from_being_set()
    {
        using ConfigHome home = new();
        home.Repository("[remote \"s\"]\n\turl = s3://s\n\tcompress = zstd\n");
        Modify(home, "region", "eu");
        Modify(home, "layout", "packed");
        Assert.True(RemoteFormat.Of(home.Settings.RequireRemote("s")).Zstd);
    }

    [Fact]
    public void Whatever_is_set_and_unset_in_any_place_a_push_can_be_made()
    {
        Gen<(ConfigScope Scope, string Option, string? Value)> edit =
            from scope in Gen.Elements(ConfigScope.Local, ConfigScope.Repository, ConfigScope.User)
            from one in Gen.Elements<(string, string?)>(
                ("layout", "plain"), ("layout", "packed"), ("layout", null), ("compress", "none"), ("compress", "zstd"), ("compress", null))
            select (scope, one.Item1, one.Item2);
        Prop.ForAll(edit.ArrayOf(12).ToArbitrary(), edits =>
        {
            using ConfigHome home = new();
            home.Repository("[remote \"s\"]\nurl = /s\n");
            foreach ((ConfigScope scope, string option, string? value) in edits)
            {
                try
                {
                    new RemoteModify(home.Store()).Run(new RemoteModifyRequest { Name = "s", Option = option, Value = value, Scope = scope }, Cancellation);
                }
                catch (UsageException)
                {
                    // Refused; what was there stays.
                }
                _ = RemoteFormat.Of(home.Settings.RequireRemote("s"));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static RemoteSettings Remote(string? layout, string? compress)
    {
        Dictionary<string, string> options = [];
        if (layout is not null)
            options["layout"] = layout;
        if (compress is not null)
            options["compress"] = compress;
        return new RemoteSettings { Name = "s", Url = "/s", Trusted = true, Options = options };
    }

    private static void Modify(ConfigHome home, string option, string? value) =>
        new RemoteModify(home.Store()).Run(new RemoteModifyRequest { Name = "s", Option = option, Value = value }, Cancellation);

    private static void Set(ConfigHome home, string option, string value, ConfigScope scope) =>
        new ConfigSet(home.Store()).Run(new ConfigSetRequest { Key = $"remote.s.{option}", Value = value, Scope = scope }, Cancellation);
}
