namespace DataVersion.Trainer.Training;

/// <summary>
/// Random numbers that follow from a seed and a place (what for, epoch, step …), so that no state has to be kept: a training that goes on from a checkpoint draws what it
/// would have drawn. SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
/// </summary>
internal struct SeededRandom
{
    private ulong _state;

    /// <summary>The numbers of one place.</summary>
    internal SeededRandom(int seed, RandomUse use, long first = 0, long second = 0)
    {
        _state = (uint)seed;
        foreach (long part in (ReadOnlySpan<long>)[(long)use, first, second])
            _state = Next() ^ (ulong)part;
    }

    /// <summary>64 random bits.</summary>
    internal ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="limit"/>, each as likely (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    internal uint Below(uint limit)
    {
        ulong product = (Next() >> 32) * limit;
        if ((uint)product < limit)
        {
            uint threshold = (uint)(-(int)limit) % limit;
            while ((uint)product < threshold)
                product = (Next() >> 32) * limit;
        }
        return (uint)(product >> 32);
    }

    /// <summary>A number from −<paramref name="limit"/> to below <paramref name="limit"/>.</summary>
    internal float Uniform(double limit) => (float)((((Next() >> 40) * (1.0 / (1 << 24))) - 0.5) * 2 * limit);

    /// <summary>Puts 0 … n−1 into an order (Fisher and Yates).</summary>
    internal void Shuffle(Span<long> order)
    {
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = (int)Below((uint)i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    /// <summary>1 with a probability of <paramref name="keep"/> of 65,536, else 0.</summary>
    internal void Mask(Span<byte> mask, int keep)
    {
        ulong bits = 0;
        for (int i = 0; i < mask.Length; i++, bits >>= 16)
        {
            if ((i & 3) == 0)
                bits = Next();
            mask[i] = (ushort)bits < keep ? (byte)1 : (byte)0;
        }
    }
}

/// <summary>What random numbers are for.</summary>
internal enum RandomUse
{
    /// <summary>The weights before the first step.</summary>
    Weights = 1,

    /// <summary>The order of rows: by epoch and block.</summary>
    Order = 2,

    /// <summary>What is left out of a step: by step and layer.</summary>
    Dropout = 3,

    /// <summary>Which rows are for validation.</summary>
    Split = 4,
}
