using System.Text;
using DataVersion.Caching;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class ClaimLineTests
{
    private static readonly ClaimLine Line = new(".dv-tmp.0123abcd-7.0123456789abcdef.claim", "node-1.example", 7, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void Is_one_line_that_people_can_read()
    {
        Assert.Equal("dv-claim 1 .dv-tmp.0123abcd-7.0123456789abcdef.claim node-1.example 7 2026-01-02T03:04:05Z\n", Encoding.ASCII.GetString(Line.Format()));
        Assert.Equal(Line, ClaimLine.TryParse(Line.Format()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("dv-claim 1 t h 7 2026-01-02T03:04:05Z")]
    [InlineData("dv-claim 2 t h 7 2026-01-02T03:04:05Z\n")]
    [InlineData("dv-claim 1 t h -7 2026-01-02T03:04:05Z\n")]
    [InlineData("dv-claim 1 t h 7 yesterday\n")]
    [InlineData("dv-claim 1 t  7 2026-01-02T03:04:05Z\n")]
    [InlineData("dv-claim 1 t h 7 2026-01-02T03:04:05Z x\n")]
    [InlineData("dv-claim 1 t\u0007 h 7 2026-01-02T03:04:05Z\n")]
    public void Anything_else_is_no_claim(string text) => Assert.Null(ClaimLine.TryParse(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Whatever_a_machine_calls_itself_a_claim_is_read_as_it_was_written() => Prop.ForAll<string>(host =>
    {
        ClaimLine written = Line with { Host = host ?? "" };
        ClaimLine? read = ClaimLine.TryParse(written.Format());
        return read is not null && read with { Host = "" } == Line with { Host = "" } && read.Host.Length > 0;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_a_claim_or_none() => Prop.ForAll<byte[], int>((noise, at) =>
    {
        byte[] bytes = Line.Format();
        for (int i = 0; i < noise.Length; i++)
            bytes[(uint)(at + i) % bytes.Length] = noise[i];
        // What is read is what writing it gives; nothing else is accepted.
        return ClaimLine.TryParse(bytes) is not { } read || read.Format().AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();
}
