using DataVersion.Cli.Reporting;
using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class SizesTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1048524, "1023.9 KiB")]
    [InlineData(1048525, "1.0 MiB")]
    [InlineData(12_900_000, "12.3 MiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Bytes_are_short(long bytes, string text) => Assert.Equal(text, Sizes.Bytes(bytes));

    [Theory]
    [InlineData(7, "0:07")]
    [InlineData(725, "12:05")]
    [InlineData(3725, "1:02:05")]
    [InlineData(360_000, "100:00:00")]
    public void Times_are_short(int seconds, string text) => Assert.Equal(text, Sizes.Time(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("sha256:9f86d081884c", "sha256:9f86d081")]
    [InlineData("sha256:9f", "sha256:9f")]
    [InlineData("odd", "odd")]
    public void Ids_are_short(string id, string text) => Assert.Equal(text, Sizes.ShortId(id));

    [Fact]
    public void Counts_have_separators() => Assert.Equal(("1,234,567", "1 file", "2,001 files"), (Sizes.Count(1_234_567), Sizes.Count(1, "file"), Sizes.Count(2001, "file")));
}
