using DataVersion.Tracking.Mlflow;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

public sealed class MlflowLimitsTests
{
    [Theory]
    [InlineData("loss")]
    [InlineData("val/acc.top-1: a b_c")]
    [InlineData("größe/数据")]
    [InlineData(".hidden")]
    [InlineData("..a")]
    public void A_name_that_servers_take_stays(string name) => Assert.Equal(name, MlflowLimits.MapKey(name));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("loss%")]
    [InlineData("🎉")]
    [InlineData("a\nb")]
    [InlineData("\ud800")]
    public void A_name_that_servers_refuse_becomes_one_that_they_take(string name)
    {
        string mapped = MlflowLimits.MapKey(name);

        Assert.NotEqual(name, mapped);
        Assert.Equal(mapped, MlflowLimits.MapKey(mapped));
        Assert.Equal(mapped, MlflowLimits.MapKey(name));
    }

    [Fact]
    public void Names_stay_apart() => Assert.Equal(4, new[] { "a%", "a$", "a_", "a//b" }.Select(MlflowLimits.MapKey).Distinct().Count());

    [Fact]
    public void Any_name_becomes_one_that_servers_take_with_room_for_its_tag() => Prop.ForAll<string>(name =>
    {
        string mapped = MlflowLimits.MapKey(name ?? "");
        return mapped == MlflowLimits.MapKey(mapped) && mapped.Length <= 250
            && (mapped == name || (MlflowLimits.NameTag + mapped == MlflowLimits.MapKey(MlflowLimits.NameTag + mapped)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_value_at_the_limit_stays_and_a_longer_one_is_marked()
    {
        Assert.Equal(new string('x', 6000), MlflowLimits.CutParam(new string('x', 6000)));
        string cut = MlflowLimits.CutParam(new string('x', 6001));
        Assert.Equal(6000, cut.Length);
        Assert.EndsWith(MlflowLimits.CutMark, cut, StringComparison.Ordinal);
        Assert.Equal(8000, MlflowLimits.CutTag(new string('x', 8001)).Length);
    }

    [Fact]
    public void A_cut_tears_no_character_apart()
    {
        for (int shift = 0; shift < 2; shift++)
        {
            string cut = MlflowLimits.CutParam(new string('x', shift) + string.Concat(Enumerable.Repeat("🎉", 4000)));
            Assert.InRange(cut.Length, 5999, 6000);
            Assert.Equal(cut, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(cut)));
        }
    }

    [Fact]
    public void Digests_have_at_most_36_characters()
    {
        Assert.Equal("d41d8cd98f00b204e9800998ecf8427e.dir", MlflowLimits.DatasetDigest("md5", "d41d8cd98f00b204e9800998ecf8427e.dir"));
        Assert.Equal("9f86d081884c7d659a2feaa0c55ad015a3bf", MlflowLimits.DatasetDigest("sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"));
        Assert.Equal("99aa06d3014798d86001c324468d497f", MlflowLimits.DatasetDigest("xxh128", "99aa06d3014798d86001c324468d497f"));
    }

    [Fact]
    public void Parts_hold_everything_once_in_order_within_count_and_bytes()
    {
        int[] sizes = [.. Enumerable.Range(0, 1000).Select(i => i % 7 == 0 ? 200_000 : i)];
        List<IReadOnlyList<int>> parts = [.. MlflowLimits.Split(sizes, 100, size => size)];

        Assert.Equal(sizes, parts.SelectMany(p => p));
        Assert.All(parts, p => Assert.True(p.Count <= 100 && (p.Count == 1 || p.Sum() * 3 <= MlflowLimits.BodyBytes)));
        Assert.Empty(MlflowLimits.Split(Array.Empty<int>(), 100, size => size));
    }
}
