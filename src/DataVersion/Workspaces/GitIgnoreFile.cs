using System.Text;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>
/// Adds and removes single lines of <c>.gitignore</c> and <c>.git/info/exclude</c> and leaves every other byte as it is. The file is replaced at once.
/// Two writers at the same time lose lines: the caller holds the repository's lock.
/// </summary>
public static class GitIgnoreFile
{
    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Adds the line that ignores exactly one path; creates the file (and <c>.git/info</c>) where it is missing.</summary>
    /// <param name="file">The ignore file.</param>
    /// <param name="path">The path to ignore, relative to the folder the file speaks of, '/' between names.</param>
    /// <param name="tempDirectory">Where a temporary file may lie out of the user's sight; null to have it beside the file.</param>
    /// <returns>False if the line is there already.</returns>
    /// <exception cref="UnsafePathException">The path holds a line break, or the file is a link.</exception>
    /// <exception cref="FileAccessException">The file cannot be read or written.</exception>
    public static bool AddLine(string file, string path, string? tempDirectory = null)
    {
        byte[] line = LineFor(path);
        byte[] old = Read(file) ?? [];
        if (FindLine(old, line, 0, out _, out _))
            return false;
        bool crlf = old.AsSpan().IndexOf("\r\n"u8) is >= 0 and int at && at == old.AsSpan().IndexOf((byte)'\n') - 1;
        ReadOnlySpan<byte> end = crlf ? "\r\n"u8 : "\n"u8;
        bool openEnd = old.Length > 0 && old[^1] != (byte)'\n' && !old.AsSpan().SequenceEqual(ByteOrderMark);
        byte[] bytes = [.. old, .. openEnd ? end : default, .. line, .. end];
        Write(file, bytes, tempDirectory);
        return true;
    }

    /// <summary>Removes that line, each time it occurs, and the file if nothing is left of it.</summary>
    /// <returns>False if there was no such line.</returns>
    /// <inheritdoc cref="AddLine"/>
    public static bool RemoveLine(string file, string path)
    {
        byte[] line = LineFor(path);
        byte[]? old = Read(file);
        var kept = new List<byte>();
        int position = 0;
        while (old is not null && FindLine(old, line, position, out int start, out int end))
        {
            kept.AddRange(old.AsSpan(position, start - position));
            position = end;
        }
        if (old is null || position == 0)
            return false;
        kept.AddRange(old.AsSpan(position));
        byte[] bytes = [.. kept];
        if (bytes.Length > 0 && !bytes.AsSpan().SequenceEqual(ByteOrderMark))
            Write(file, bytes);
        else
            Guarded(file, () => File.Delete(file));
        return true;
    }

    /// <summary>The line that matches this path and no other: anchored, with what is special to Git escaped.</summary>
    public static byte[] LineFor(string path)
    {
        if (path.Contains('\n'))
        {
            throw new UnsafePathException(
                PathRules.Printable(path), "a name with a line break cannot be written into .gitignore", "rename it, or track the folder that holds it");
        }
        var line = new StringBuilder("/", path.Length + 8);
        foreach (char c in path)
            line.Append(c is '*' or '?' or '[' or '\\' ? "\\" : "").Append(c);
        // Git drops spaces at the end, and one carriage return, which no backslash protects.
        if (path.EndsWith(' '))
            line.Insert(line.Length - 1, '\\');
        else if (path.EndsWith('\r'))
            line.Replace("\r", "[\r]", line.Length - 1, 1);
        return Encoding.UTF8.GetBytes(line.ToString());
    }

    private static bool FindLine(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> line, int from, out int start, out int end)
    {
        for (start = from; start < bytes.Length; start = end)
        {
            int length = bytes[start..].IndexOf((byte)'\n');
            end = length < 0 ? bytes.Length : start + length + 1;
            ReadOnlySpan<byte> found = bytes[start..end];
            if (start == 0 && found.StartsWith(ByteOrderMark))
                start += 3;
            found = bytes[start..end].TrimEnd("\n"u8);
            if (found is [.., (byte)'\r'])
                found = found[..^1];
            if (found.SequenceEqual(line))
                return true;
        }
        end = start;
        return false;
    }

    private static byte[]? Read(string file)
    {
        if (FileStat.TryGet(file) is not { } stat)
            return null;
        if (stat.Type == FileType.SymbolicLink)
            throw new UnsafePathException(PathRules.Printable(file), "is a symbolic link, and is not written through", "replace it by a regular file");
        if (stat.Type != FileType.File)
            throw new FileAccessException(file, "is not a regular file");
        byte[] bytes = [];
        Guarded(file, () => bytes = File.ReadAllBytes(file));
        return bytes;
    }

    private static void Write(string file, byte[] bytes, string? tempDirectory = null) => Guarded(file, () =>
    {
        string directory = Path.GetDirectoryName(file) ?? "";
        Directory.CreateDirectory(directory);
        string temporary = AtomicFile.NewTemporary(directory, tempDirectory, "ignore");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                if (!OperatingSystem.IsWindows() && File.Exists(file))
                    File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(file));
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            FailPoint.Hit("file.temp-written");
            File.Move(temporary, file, overwrite: true);
            FileSync.FlushDirectory(directory);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    });

    private static void Guarded(string file, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (SystemErrors.IsFileError(error))
        {
            throw SystemErrors.From(file, error);
        }
    }
}
