namespace DataVersion.Storage;

/// <summary>What a blob may be called, on every store: what one of them could not hold, none accepts.</summary>
public static class BlobNames
{
    // The limit of S3 keys, the tightest of the stores.
    private const int MaxLength = 1024;

    /// <summary>Refuses what is not a relative, '/'-separated name of printable ASCII without empty, '.' and '..' segments.</summary>
    /// <exception cref="UnsafePathException">The name is not one.</exception>
    public static void Check(string name)
    {
        if (name.Length == 0)
            throw new UnsafePathException(name, "a blob needs a name");
        CheckCharacters(name);
        foreach (Range segment in name.AsSpan().Split('/'))
            CheckSegment(name, name.AsSpan(segment));
    }

    /// <summary>Refuses a prefix that no valid name could start with. The last segment may be unfinished or empty.</summary>
    /// <exception cref="UnsafePathException">No name starts so.</exception>
    public static void CheckPrefix(string prefix)
    {
        CheckCharacters(prefix);
        int last = prefix.LastIndexOf('/');
        if (last < 0)
            return;
        foreach (Range segment in prefix.AsSpan(0, last).Split('/'))
            CheckSegment(prefix, prefix.AsSpan(0, last)[segment]);
    }

    private static void CheckCharacters(string name)
    {
        if (name.Length > MaxLength)
            throw new UnsafePathException($"{name[..40]}…", $"a blob's name has at most {MaxLength} characters");
        // A backslash or a colon would leave the folder on Windows.
        if (name.AsSpan().ContainsAnyExceptInRange(' ', '~') || name.AsSpan().ContainsAny('\\', ':'))
            throw new UnsafePathException(Uri.EscapeDataString(name), "a blob's name holds printable ASCII only, without '\\' and ':'");
    }

    private static void CheckSegment(string name, ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty || segment is "." or "..")
            throw new UnsafePathException(name, "a blob's name has no empty, '.' or '..' segments");
        if (segment.Length > 255)
            throw new UnsafePathException(name, "a segment of a blob's name has at most 255 characters");
    }
}
