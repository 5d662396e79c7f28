using System.Security.Cryptography;

namespace DataVersion.Testing.Servers;

/// <summary>The bytes of an object, or of an upload under way, with the checksums that the service keeps of them.</summary>
internal sealed class GcsContent
{
    private const int SegmentSize = 1024 * 1024;

    private readonly List<byte[]> _segments = [];
    private readonly Lazy<string> _md5;
    private uint _crc32c = Remotes.Gcs.Crc32C.Empty;

    public GcsContent() => _md5 = new Lazy<string>(ComputeMd5);

    public long Length { get; private set; }

    public string Crc32C => Remotes.Gcs.Crc32C.ToText(_crc32c);

    /// <summary>To be asked for only when nothing more is appended.</summary>
    public string Md5 => _md5.Value;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _crc32c = Remotes.Gcs.Crc32C.Append(_crc32c, bytes);
        while (!bytes.IsEmpty)
        {
            int at = (int)(Length % SegmentSize);
            if (at == 0)
                _segments.Add(new byte[SegmentSize]);
            int count = Math.Min(SegmentSize - at, bytes.Length);
            bytes[..count].CopyTo(_segments[^1].AsSpan(at));
            bytes = bytes[count..];
            Length += count;
        }
    }

    public async Task WriteToAsync(Stream stream, long offset, long length)
    {
        while (length > 0)
        {
            int at = (int)(offset % SegmentSize);
            int count = (int)Math.Min(SegmentSize - at, length);
            await stream.WriteAsync(_segments[(int)(offset / SegmentSize)].AsMemory(at, count));
            offset += count;
            length -= count;
        }
    }

    private string ComputeMd5()
    {
        // The service says it, so this one does; nothing here relies on it.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        long left = Length;
        foreach (byte[] segment in _segments)
        {
            int count = (int)Math.Min(segment.Length, left);
            md5.AppendData(segment, 0, count);
            left -= count;
        }
        return Convert.ToBase64String(md5.GetHashAndReset());
    }
}
