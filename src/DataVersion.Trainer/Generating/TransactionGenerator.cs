using DataVersion.Trainer.Data;

namespace DataVersion.Trainer.Generating;

/// <summary>
/// Makes transactions. Each depends on its number, the seed and the settings alone (random numbers by counter, not by state), so that any part can be made by
/// itself and all machines make the same. What makes a payment a fraud is not linear: it lies in what comes together (a foreign card on the web, small sums
/// again and again, a new account at night).
/// </summary>
internal sealed class TransactionGenerator
{
    private const long PeriodSeconds = 90 * 86_400L;
    private const int CalibrationRows = 1 << 15;
    private const double Sharpness = 1.35;

    private static readonly int[] CategoryShares = SharesOf(TransactionWords.MerchantCategories.Select(c => c.Share));
    private static readonly int[] CountryShares = SharesOf(TransactionWords.Countries.Select(c => c.Share));
    private static readonly int[] DeviceShares = SharesOf(TransactionWords.Devices.Select(d => d.Share));

    private readonly ulong _key;
    private readonly long _rows;
    private readonly long _start;
    private readonly double _bias;

    private enum Draw
    {
        Time,
        Amount,
        Category,
        Foreign,
        Country,
        Device,
        Age,
        Account,
        Count,
        CountTail,
        Fraud,
        MissingDevice,
        MissingAge,
        MissingCount,
        Number,
    }

    /// <param name="rows">How many there are; they are spread over 90 days.</param>
    /// <param name="seed">Other seeds make other rows.</param>
    /// <param name="fraudRate">The share of frauds to be expected: above 0, below 1.</param>
    /// <param name="start">The first day.</param>
    internal TransactionGenerator(long rows, ulong seed, double fraudRate, DateOnly start)
    {
        _rows = rows;
        _key = RowHash.Key(seed);
        _start = (start.DayNumber - new DateOnly(1970, 1, 1).DayNumber) * 86_400L;
        _bias = Calibrate(fraudRate);
    }

    /// <summary>One of them, counted from 0.</summary>
    internal Transaction Make(long row)
    {
        Transaction made = Draft(row, out double score);
        made.IsFraud = Uniform(row, Draw.Fraud) < PortableMath.Sigmoid(score + _bias);
        return made;
    }

    /// <summary>The probability by which <see cref="Make"/> decided: no model can know more.</summary>
    internal double ProbabilityOf(long row)
    {
        Draft(row, out double score);
        return PortableMath.Sigmoid(score + _bias);
    }

    private Transaction Draft(long row, out double score)
    {
        long time = _start + (long)(((UInt128)(ulong)row * PeriodSeconds + (ulong)(Uniform(row, Draw.Time) * PeriodSeconds)) / (ulong)_rows);
        int category = Pick(CategoryShares, Uniform(row, Draw.Category));
        bool isForeign = Uniform(row, Draw.Foreign) < 0.15;
        int device = Pick(DeviceShares, Uniform(row, Draw.Device));
        double normal = PortableMath.NormalQuantile(Uniform(row, Draw.Amount));
        double account = Uniform(row, Draw.Account);
        double age = Uniform(row, Draw.Age);
        var made = new Transaction
        {
            Id = row + 1,
            Time = time,
            Hour = (int)(time / 3600 % 24),
            AmountCents = Math.Max(1, (long)(PortableMath.Exp(TransactionWords.MerchantCategories[category].LogAmount + (0.9 * normal)) * 100)),
            MerchantCategory = category,
            IsForeign = isForeign,
            Country = isForeign ? Pick(CountryShares, Uniform(row, Draw.Country)) : 0,
            Device = device,
            CustomerAge = 18 + (int)(age * 40) + (int)(age * age * 32),
            AccountDays = (int)(4000 * account * account),
            CountLast24Hours = CountOf(row),
        };
        score = Sharpness * ScoreOf(made, normal);
        return made with
        {
            Device = Uniform(row, Draw.MissingDevice) < 0.02 ? null : made.Device,
            CustomerAge = Uniform(row, Draw.MissingAge) < 0.03 ? null : made.CustomerAge,
            CountLast24Hours = Uniform(row, Draw.MissingCount) < 0.01 ? null : made.CountLast24Hours,
        };
    }

    private static double ScoreOf(in Transaction made, double normal)
    {
        bool isRemote = made.Device >= 2;
        bool isNight = made.Hour is >= 23 or < 5;
        int count = made.CountLast24Hours!.Value;
        double score = TransactionWords.MerchantCategories[made.MerchantCategory].Risk + TransactionWords.Countries[made.Country].Risk + TransactionWords.Devices[made.Device!.Value].Risk;
        // Far more than is usual in its category; or next to nothing, again and again: a stolen card is tried.
        double above = Math.Max(0, normal - 0.7);
        score += 0.9 * above * above;
        if (made.AmountCents < 800 && count >= 5)
            score += 3;
        if (made.IsForeign)
            score += isRemote ? 1.6 : -0.2;
        if (isNight)
            score += isRemote ? 1.4 : 0.3;
        if (made.AccountDays < 90)
            score += isRemote ? 1.7 : 0.5;
        if (made.CustomerAge is < 23 or > 75)
            score += made.Device == 4 ? 2 : 0.3;
        return score + (0.12 * Math.Min(count, 12));
    }

    private int CountOf(long row)
    {
        double mean = Uniform(row, Draw.CountTail) < 0.1 ? 6 : 1.6;
        return (int)Math.Min(60, -mean * PortableMath.Log(Uniform(row, Draw.Count)));
    }

    /// <summary>What is to be added to the scores so that the expected share of frauds is the one wanted.</summary>
    private double Calibrate(double fraudRate)
    {
        double[] scores = new double[CalibrationRows];
        for (int i = 0; i < scores.Length; i++)
            Draft((long)(RowHash.Of(i, 0) % (ulong)_rows), out scores[i]);
        double low = -60;
        double high = 60;
        for (int step = 0; step < 48; step++)
        {
            double middle = (low + high) / 2;
            double sum = 0;
            foreach (double score in scores)
                sum += PortableMath.Sigmoid(score + middle);
            if (sum > fraudRate * scores.Length)
                high = middle;
            else
                low = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>Above 0, below 1.</summary>
    private double Uniform(long row, Draw draw) => ((RowHash.WithKey((row * (long)Draw.Number) + (long)draw, _key) >> 12) + 0.5) * (1.0 / (1L << 52));

    /// <summary>The place of a word, by the sums of the shares up to each.</summary>
    private static int Pick(int[] sums, double uniform)
    {
        int place = 0;
        while (sums[place] <= uniform * 1000)
            place++;
        return place;
    }

    private static int[] SharesOf(IEnumerable<int> shares)
    {
        int sum = 0;
        return [.. shares.Select(s => sum += s)];
    }
}
