using DataVersion.Trainer.Training;
using Xunit;

namespace DataVersion.Tests.Trainer.Training;

public sealed class LearningRateTests
{
    private static readonly TrainingOptions Options = new() { Epochs = 10, LearningRate = 0.5 };

    [Fact]
    public void A_constant_rate_stays() => Assert.All([0, 500, 999], step => Assert.Equal(0.5, new LearningRate(Options, 100).At(step)));

    [Fact]
    public void A_cosine_falls_from_all_to_nothing()
    {
        var rate = new LearningRate(Options with { Schedule = Schedule.Cosine }, 100);

        Assert.Equal(0.5, rate.At(0), 12);
        Assert.Equal(0.25, rate.At(500), 12);
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * 0.999)) / 2, rate.At(999), 12);
    }

    [Fact]
    public void Steps_are_at_a_half_and_three_quarters()
    {
        var rate = new LearningRate(Options with { Schedule = Schedule.Step }, 100);

        Assert.Equal([0.5, 0.05, 0.05, 0.005], new long[] { 499, 500, 749, 750 }.Select(rate.At), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_warm_up_rises_before_the_schedule_begins()
    {
        var rate = new LearningRate(Options with { Schedule = Schedule.Cosine, WarmUp = 1 }, 100);

        Assert.InRange(rate.At(0), 0.001, 0.006);
        Assert.True(rate.At(98) < rate.At(99));
        Assert.Equal(0.5, rate.At(100), 12);
        Assert.True(rate.At(101) < rate.At(100));
    }
}
