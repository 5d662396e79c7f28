namespace DataVersion.Trainer.Data;

/// <summary>
/// A number for each row that depends on the row's number and a seed alone: the same on every machine, whatever was asked before.
/// The mixing is SplitMix64's (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
/// </summary>
internal static class RowHash
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    internal static ulong Of(long row, ulong seed) => WithKey(row, Key(seed));

    /// <summary>What a seed is turned into, once for many rows.</summary>
    internal static ulong Key(ulong seed) => Mix(seed + Golden);

    internal static ulong WithKey(long row, ulong key) => Mix(key + (((ulong)row + 1) * Golden));

    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
