using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DataVersion.Compression;
using DataVersion.Storage;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests.Compression;

/// <summary>
/// Bytes in tests/golden/zstd. <c>frame.zst</c> (the program zstd 1.5.4, <c>-19 --check</c>) and <c>seekable.zst</c> (the first version of our
/// writer, on ZstdSharp 0.8.8) must be readable for ever: they are never written again. <c>written.zst</c> is what the writer makes today. It may
/// change with the codec, and then blobs of the same content differ between versions of dv, which harms nobody but should not pass unnoticed.
/// </summary>
public sealed class ZstdGoldenTests
{
    private static readonly byte[] Content = MakeContent();

    [Fact]
    public void The_content_is_the_one_that_the_files_were_made_of() =>
        Assert.Equal("63f2680c41fcd799cf66a9eeeecfa03ce760e93a416e890ddeec3e6184b244ef", Convert.ToHexStringLower(SHA256.HashData(Content)));

    [Fact]
    public void A_frame_of_the_zstd_program_is_read()
    {
        var raw = new byte[Content.Length];

        Assert.True(ZstdFrame.TryDecompress(Read("frame.zst"), raw));
        Assert.Equal(Content, raw);
    }

    [Theory]
    [InlineData("seekable.zst")]
    [InlineData("written.zst")]
    public async Task What_was_once_written_is_read(string name)
    {
        var blob = new SampleBlob(Read(name));

        SeekTable table = (await blob.TableAsync())!;

        Assert.Equal((3, Content.Length), (table.Frames, (int)table.RawSize));
        var reader = new SeekableReader(table, blob.OpenAsync);
        Assert.Equal(Content, await Samples.ReadAllAsync(await reader.OpenReadAsync(null, TestContext.Current.CancellationToken)));
        Assert.Equal(Content[2_000_000..2_100_000], await Samples.ReadAllAsync(await reader.OpenReadAsync(new ByteRange(2_000_000, 100_000), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task What_is_written_is_known() => GoldenFile.Check("tests/golden/zstd/written.zst", await Samples.SeekableAsync(Content));

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(GoldenFile.Root, "tests/golden/zstd", name));

    // 2.5 MiB: lines that repeat much, and 4 KiB that do not compress.
    private static byte[] MakeContent()
    {
        var text = new StringBuilder();
        for (int i = 0; text.Length < 2_617_344; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i / 1000},label-{i % 7}\n");
        uint state = 1;
        return [.. Encoding.ASCII.GetBytes(text.ToString(0, 2_617_344)), .. Enumerable.Range(0, 4096).Select(_ => (byte)((state = (state * 1664525) + 1013904223) >> 24))];
    }
}
