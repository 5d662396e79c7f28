using System.Text;
using DataVersion.Testing;
using DataVersion.Tracking.Processes;
using Xunit;

namespace DataVersion.Tests.Tracking.Processes;

public sealed class TerminationLogTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Log => _folder.At("termination-log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_written_where_it_is_and_never_made()
    {
        Assert.False(TerminationLog.Write(Log, "reason"));
        Assert.False(File.Exists(Log));
        File.WriteAllText(Log, "something longer that was there before");
        Assert.True(TerminationLog.Write(Log, "reason ä"));
        Assert.Equal("reason ä", File.ReadAllText(Log));
    }

    [Theory]
    [InlineData("x", 4096, 4096), InlineData("x", 5000, 4096), InlineData("ä", 3000, 4096), InlineData("€", 2000, 4095), InlineData("😀", 1025, 4096)]
    public void A_long_text_is_cut_between_two_characters(string unit, int count, int bytes)
    {
        File.WriteAllText(Log, "");
        Assert.True(TerminationLog.Write(Log, string.Concat(Enumerable.Repeat(unit, count))));
        byte[] written = File.ReadAllBytes(Log);
        Assert.Equal(bytes, written.Length);
        Assert.DoesNotContain("\ufffd", Encoding.UTF8.GetString(written), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_thrown()
    {
        Assert.False(TerminationLog.Write(_folder.Path, "a folder"));
        Assert.False(TerminationLog.Write("", "no name"));
        Assert.False(TerminationLog.Write("a\0b", "no name either"));
    }
}
