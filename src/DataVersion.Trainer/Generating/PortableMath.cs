namespace DataVersion.Trainer.Generating;

/// <summary>
/// Functions of which the last bit is the same everywhere: made of operations that IEEE 754 fixes. Those of <see cref="Math"/> are the C library's, and differ.
/// Good to about 1e-13, which is enough for made-up data.
/// </summary>
internal static class PortableMath
{
    private const double Ln2 = 0.6931471805599453;

    internal static double Exp(double x)
    {
        x = Math.Clamp(x, -700, 700);
        double power = Math.Floor((x / Ln2) + 0.5);
        double rest = x - (power * Ln2);
        double sum = 1;
        for (int n = 13; n >= 1; n--)
            sum = 1 + (rest / n * sum);
        return sum * BitConverter.Int64BitsToDouble(((long)power + 1023) << 52);
    }

    /// <param name="x">Above 0.</param>
    internal static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int power = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1023L << 52));
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            power++;
        }
        // ln m = 2 artanh((m − 1) / (m + 1))
        double ratio = (mantissa - 1) / (mantissa + 1);
        double square = ratio * ratio;
        double sum = 0;
        for (int n = 17; n >= 1; n -= 2)
            sum = (1.0 / n) + (square * sum);
        return (power * Ln2) + (2 * ratio * sum);
    }

    internal static double Sigmoid(double x) => 1 / (1 + Exp(-x));

    /// <summary>The value that a normally distributed one is below with probability <paramref name="p"/>: Acklam's rational approximation, to 1e-9.</summary>
    internal static double NormalQuantile(double p)
    {
        const double Low = 0.02425;
        if (p < Low)
            return Tail(Math.Sqrt(-2 * Log(p)));
        if (p > 1 - Low)
            return -Tail(Math.Sqrt(-2 * Log(1 - p)));
        double q = p - 0.5;
        double r = q * q;
        return (((((((((-3.969683028665376e+01 * r) + 2.209460984245205e+02) * r) - 2.759285104469687e+02) * r) + 1.383577518672690e+02) * r) - 3.066479806614716e+01) * r + 2.506628277459239e+00) * q
            / ((((((((((-5.447609879822406e+01 * r) + 1.615858368580409e+02) * r) - 1.556989798598866e+02) * r) + 6.680131188771972e+01) * r) - 1.328068155288572e+01) * r) + 1);
    }

    private static double Tail(double q) =>
        ((((((((((-7.784894002430293e-03 * q) - 3.223964580411365e-01) * q) - 2.400758277161838e+00) * q) - 2.549732539343734e+00) * q) + 4.374664141464968e+00) * q) + 2.938163982698783e+00)
        / ((((((((7.784695709041462e-03 * q) + 3.224671290700398e-01) * q) + 2.445134137142996e+00) * q) + 3.754408661907416e+00) * q) + 1);
}
