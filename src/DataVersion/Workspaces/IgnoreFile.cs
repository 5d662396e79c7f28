using System.Text.Unicode;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>Reads one <c>.dvignore</c>.</summary>
static class IgnoreFile
{
    /// <summary>The name of an ignore file, at any level of a workspace.</summary>
    public const string Name = ".dvignore";

    /// <summary>The largest ignore file that is read, in bytes.</summary>
    public const int MaxSize = 1 << 20;

    /// <summary>The patterns of the ignore file in a directory; empty where there is none.</summary>
    /// <exception cref="InvalidFormatException">The file is too large, not UTF-8, or a link.</exception>
    /// <exception cref="FileAccessException">The file cannot be read.</exception>
    public static IgnorePattern[] Load(string directory, string displayName)
    {
        string path = Path.Combine(directory, Name);
        if (FileStat.TryGet(path) is not { } stat || stat.Type == FileType.Directory)
            return [];
        // As in Git, a link is not followed: rules that come with a repository must not read files outside it. Unlike Git we say so.
        if (stat.Type != FileType.File)
            throw new InvalidFormatException(displayName, null, "is a symbolic link or a device", "replace it by a regular file");
        if (stat.Size > MaxSize)
            throw new InvalidFormatException(displayName, null, $"has {stat.Size} bytes; at most {MaxSize} are read");
        try
        {
            return Parse(File.ReadAllBytes(path), displayName);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(path, error);
        }
    }

    /// <summary>The patterns of an ignore file's bytes, in order. CRLF is read alike, a byte order mark is skipped.</summary>
    /// <exception cref="InvalidFormatException">The bytes are not UTF-8 text.</exception>
    public static IgnorePattern[] Parse(ReadOnlySpan<byte> bytes, string displayName)
    {
        if (bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        var patterns = new List<IgnorePattern>();
        for (int number = 1; !bytes.IsEmpty; number++)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (!Utf8.IsValid(line) || line.Contains((byte)0))
                throw new InvalidFormatException(displayName, number, "is not UTF-8 text", "save the file as UTF-8");
            if (line is [.., (byte)'\r'])
                line = line[..^1];
            if (IgnorePattern.Parse(line) is { } pattern)
                patterns.Add(pattern);
        }
        return [.. patterns];
    }
}
