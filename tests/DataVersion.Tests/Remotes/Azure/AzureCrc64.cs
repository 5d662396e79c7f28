namespace DataVersion.Tests.Remotes.Azure;

/// <summary>The CRC64 that Azure checks, bit by bit as its protocol describes it: written without looking at what we send it with.</summary>
internal static class AzureCrc64
{
    private const ulong Polynomial = 0x9A6C9329AC4BC9B5;

    /// <summary>As it stands in <c>x-ms-content-crc64</c>: little-endian, base64.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        ulong crc = ulong.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
        }
        return Convert.ToBase64String(BitConverter.GetBytes(~crc));
    }
}
