using DataVersion.Trainer.Training;
using Xunit;

namespace DataVersion.Tests.Trainer.Training;

public sealed class SeededRandomTests
{
    [Fact]
    public void The_same_place_gives_the_same_numbers_and_another_place_others()
    {
        ulong[] first = [.. new (int Seed, RandomUse Use, long First, long Second)[]
        {
            (0, RandomUse.Order, 0, 0), (1, RandomUse.Order, 0, 0), (-1, RandomUse.Order, 0, 0), (0, RandomUse.Weights, 0, 0), (0, RandomUse.Order, 1, 0), (0, RandomUse.Order, 0, 1),
        }.Select(p => new SeededRandom(p.Seed, p.Use, p.First, p.Second).Next())];

        Assert.Equal(first.Length, first.Distinct().Count());
        Assert.Equal(first[0], new SeededRandom(0, RandomUse.Order).Next());
    }

    /// <summary>Computed by another program: a seed must mean the same in later versions.</summary>
    [Fact]
    public void The_numbers_stay_what_they_are()
    {
        var order = new long[8];
        new SeededRandom(42, RandomUse.Order, 1, 2).Shuffle(order);

        Assert.Equal(Expected, order);
    }

    private static readonly long[] Expected = [6, 5, 2, 3, 7, 1, 4, 0];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void An_order_has_every_row_once(int rows)
    {
        var order = new long[rows];
        new SeededRandom(7, RandomUse.Order).Shuffle(order);

        Assert.Equal(Enumerable.Range(0, rows).Select(i => (long)i), order.Order());
        Assert.True(rows < 2 || !order.SequenceEqual(order.Order()));
    }

    [Fact]
    public void Orders_and_numbers_are_even()
    {
        var counts = new int[5];
        var sums = 0.0;
        for (int i = 0; i < 10_000; i++)
        {
            var random = new SeededRandom(3, RandomUse.Order, i);
            counts[random.Below(5)]++;
            sums += random.Uniform(2);
        }

        Assert.All(counts, c => Assert.InRange(c, 1850, 2150));
        Assert.InRange(sums / 10_000, -0.05, 0.05);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16_384)]
    [InlineData(65_536)]
    public void A_mask_keeps_its_share(int keep)
    {
        var mask = new byte[20_001];
        new SeededRandom(3, RandomUse.Dropout).Mask(mask, keep);

        Assert.InRange(mask.Sum(m => m) / 20_001.0, (keep / 65_536.0) - 0.01, (keep / 65_536.0) + 0.01);
        Assert.All(mask, m => Assert.InRange(m, 0, 1));
    }
}
