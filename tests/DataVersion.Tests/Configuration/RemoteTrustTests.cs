using DataVersion.Configuration;
using Xunit;

namespace DataVersion.Tests.Configuration;

public sealed class RemoteTrustTests
{
    private const string Remote = "[remote \"s\"]\nurl = s3://bucket/x\nregion = eu\nendpoint = https://s3.example.org\nprofile = team\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("s3://bucket/x", "s3://bucket/y")]
    [InlineData("https://s3.example.org", "https://evil.example.org")]
    [InlineData("profile = team", "profile = admin")]
    [InlineData("profile = team\n", "")]
    [InlineData("profile = team\n", "profile = team\ncafile = x\n")]
    [InlineData("endpoint = https://s3.example.org", "credentialfile = https://s3.example.org")]
    public void Trust_is_gone_when_a_value_changes(string from, string to)
    {
        using ConfigHome home = new();
        home.Repository(Remote).Store().RecordTrust("s", Cancellation);
        Assert.True(home.Settings.RequireRemote("s").Trusted);
        home.Repository(Remote.Replace(from, to, StringComparison.Ordinal));
        Assert.False(home.Settings.RequireRemote("s").Trusted);
        home.Repository(Remote);
        Assert.True(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void Trust_survives_what_cannot_harm()
    {
        using ConfigHome home = new();
        home.Repository(Remote).Store().RecordTrust("s", Cancellation);
        home.Repository("# note\n" + Remote.Replace("= eu", "= us", StringComparison.Ordinal) + "storageclass = IA\n").Local("[remote \"s\"]\nsecretaccesskey = k\n");
        Assert.True(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void Trust_is_bound_to_the_name()
    {
        using ConfigHome home = new();
        home.Repository(Remote).Store().RecordTrust("s", Cancellation);
        home.Repository(Remote.Replace("\"s\"", "\"t\"", StringComparison.Ordinal));
        Assert.False(home.Settings.RequireRemote("t").Trusted);
    }

    [Fact]
    public void What_this_user_sets_himself_neither_ends_a_trust_nor_starts_one()
    {
        using ConfigHome home = new();
        home.Repository(Remote).Local("[remote \"s\"]\nprofile = mine\n");
        Assert.False(home.Settings.RequireRemote("s").Trusted);
        home.Store().RecordTrust("s", Cancellation);
        RemoteSettings remote = home.Settings.RequireRemote("s");
        Assert.Equal((true, "mine"), (remote.Trusted, remote.Options["profile"]));
        Assert.True(home.Local("").Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void A_trust_can_be_recorded_from_the_settings_as_well()
    {
        using ConfigHome home = new();
        ConfigStore store = home.Repository(Remote).Store();
        RemoteSettings remote = store.Settings.RequireRemote("s");
        Assert.False(remote.Trusted || remote.Options.ContainsKey("profile"));
        store.Trust.Trust(remote, Cancellation);
        Assert.True(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void A_user_who_sets_everything_himself_needs_no_trust()
    {
        using ConfigHome home = new();
        home.Repository(Remote).Local("[remote \"s\"]\nurl = s3://mine\nprofile = mine\nendpoint = https://mine\n");
        Assert.True(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void The_file_has_one_private_line_per_trust()
    {
        using ConfigHome home = new();
        home.Repository(Remote + "[remote \"t\"]\nurl = \"/a b\"\n");
        home.Store().RecordTrust("s", Cancellation);
        home.Store().RecordTrust("t", Cancellation);
        home.Store().RecordTrust("s", Cancellation);
        string[] lines = File.ReadAllLines(home.TrustFile);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("# ", lines[0], StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{64} s s3://bucket/x$", lines[1]);
        Assert.Matches("^[0-9a-f]{64} t /a b$", lines[2]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(home.TrustFile));
    }

    [Fact]
    public void Lines_of_others_stay_and_prove_nothing()
    {
        using ConfigHome home = new();
        home.Repository(Remote);
        Directory.CreateDirectory(Path.GetDirectoryName(home.TrustFile)!);
        File.WriteAllText(home.TrustFile, "my note\n\n s s3://bucket/x");
        Assert.False(home.Settings.RequireRemote("s").Trusted);
        home.Store().RecordTrust("s", Cancellation);
        Assert.StartsWith("my note\n s s3://bucket/x\n", File.ReadAllText(home.TrustFile), StringComparison.Ordinal);
        Assert.True(home.Settings.RequireRemote("s").Trusted);
    }

    [Fact]
    public void DV_TRUST_REMOTE_trusts_every_remote()
    {
        using ConfigHome home = new();
        home.Repository(Remote);
        home.Variables["DV_TRUST_REMOTE"] = "1";
        Assert.True(home.Settings.RequireRemote("s").Trusted);
        Assert.Equal("team", home.Settings.RequireRemote("s").Options["profile"]);
        home.Variables["DV_TRUST_REMOTE"] = "0";
        Assert.False(home.Settings.RequireRemote("s").Trusted);
        home.Variables["DV_TRUST_REMOTE"] = "perhaps";
        Assert.Equal("DV_TRUST_REMOTE: 'perhaps' is not true or false", Assert.Throws<UsageException>(() => home.Store()).Message);
    }

    [Fact]
    public void Without_a_home_nothing_is_recorded()
    {
        using ConfigHome home = new() { HasTrustFile = false };
        home.Repository(Remote);
        Assert.False(home.Settings.RequireRemote("s").Trusted);
        UsageException error = Assert.Throws<UsageException>(() => home.Store().RecordTrust("s", Cancellation));
        Assert.Contains("DV_TRUST_REMOTE=1", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_at_once_lose_no_trust()
    {
        using ConfigHome home = new();
        home.Repository(string.Concat(Enumerable.Range(0, 20).Select(i => $"[remote \"r{i}\"]\nurl = /r{i}\n")));
        await Parallel.ForAsync(0, 20, Cancellation, (i, cancellation) =>
        {
            home.Store().RecordTrust($"r{i}", cancellation);
            return ValueTask.CompletedTask;
        });
        Assert.All(home.Settings.Remotes, r => Assert.True(r.Trusted));
    }
}
