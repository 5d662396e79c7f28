using System.Text;
using DataVersion.Remotes.Gcs;
using Xunit;

namespace DataVersion.Tests.Remotes.Gcs;

public class Crc32CTests
{
    // RFC 3720, B.4, and the usual check value.
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xE3069283u)]
    public void Texts_have_the_published_checksum(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Append(Crc32C.Empty, Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(0x00, 0, 0x8A9136AAu)]
    [InlineData(0xFF, 0, 0x62A8AB43u)]
    [InlineData(0x00, 1, 0x46DD794Eu)]
    [InlineData(0x1F, -1, 0x113FDB5Cu)]
    public void Thirty_two_bytes_have_the_published_checksum(byte first, int step, uint expected) =>
        Assert.Equal(expected, Crc32C.Append(Crc32C.Empty, [.. Enumerable.Range(0, 32).Select(i => (byte)(first + (i * step)))]));

    [Fact]
    public void Pieces_of_any_length_add_up()
    {
        byte[] bytes = GcsSandbox.Pattern(1000);
        uint whole = Crc32C.Append(Crc32C.Empty, bytes);

        for (int cut = 0; cut < bytes.Length; cut += 7)
            Assert.Equal(whole, Crc32C.Append(Crc32C.Append(Crc32C.Empty, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }

    [Fact]
    public void It_is_written_as_the_service_writes_it() => Assert.Equal("4waSgw==", Crc32C.ToText(0xE3069283u));
}
