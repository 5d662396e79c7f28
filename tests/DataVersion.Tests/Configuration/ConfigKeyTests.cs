using DataVersion.Configuration;
using Xunit;

namespace DataVersion.Tests.Configuration;

public sealed class ConfigKeyTests
{
    [Theory]
    [InlineData("Core.Jobs", "core", null, "jobs")]
    [InlineData("remote.My.Name.URL", "remote", "My.Name", "url")]
    [InlineData("remote..url", "remote", "", "url")]
    public void Parse_splits_at_the_first_and_the_last_dot(string text, string section, string? subsection, string name) =>
        Assert.Equal(new ConfigKey(section, subsection, name), ConfigKey.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("core")]
    [InlineData(".jobs")]
    [InlineData("core.")]
    [InlineData("co re.jobs")]
    [InlineData("core.1")]
    [InlineData("remote.a\nb.url")]
    public void Parse_refuses_what_is_no_name(string text) => Assert.Throws<UsageException>(() => ConfigKey.Parse(text));

    [Theory]
    [InlineData("core.remot", "core.remote")]
    [InlineData("core.jbos", "core.jobs")]
    [InlineData("cor.hash", "core.hash")]
    [InlineData("cache.directory", "cache.dir")]
    [InlineData("remote.storage.rul", "remote.storage.url")]
    [InlineData("remote.storage.path-style", "remote.storage.pathstyle")]
    [InlineData("remote.url", "remote.NAME.url")]
    public void An_unknown_key_is_answered_with_the_nearest(string asked, string meant)
    {
        UsageException error = Assert.Throws<UsageException>(() => KnownKeys.Require(ConfigKey.Parse(asked)));
        Assert.Contains($"'{asked}'", error.Message, StringComparison.Ordinal);
        Assert.Equal($"did you mean '{meant}'?", error.Hint);
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    [InlineData("remote", "remot", 1)]
    public void Distance_counts_edits(string a, string b, int edits)
    {
        Assert.Equal(edits, Spelling.Distance(a, b));
        Assert.Equal(edits, Spelling.Distance(b, a));
    }
}
