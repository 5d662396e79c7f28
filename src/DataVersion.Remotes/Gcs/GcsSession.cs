namespace DataVersion.Remotes.Gcs;

/// <summary>What this process knows of an upload session. One call at a time uses it: parts go one after another.</summary>
internal sealed class GcsSession
{
    private uint _checksum = Crc32C.Empty;
    private long _checked;

    /// <summary>Bytes that the service holds; null where it has to be asked.</summary>
    public long? Held { get; set; }

    /// <summary>The object, once the last byte has completed it.</summary>
    public GcsObject? Completed { get; set; }

    /// <summary>True where another has taken the name.</summary>
    public bool NameTaken { get; set; }

    /// <summary>The CRC-32C of everything before <paramref name="offset"/>; null where this process has not sent all of that.</summary>
    public uint? ChecksumBefore(long offset) => offset == _checked ? _checksum : null;

    /// <summary>Takes note of what everything before <paramref name="offset"/> amounts to.</summary>
    public void SetChecksum(long offset, uint checksum)
    {
        _checked = offset;
        _checksum = checksum;
    }
}
