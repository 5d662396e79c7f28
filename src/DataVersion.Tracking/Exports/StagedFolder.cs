using System.Security.Cryptography;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Tracking.Exports;

/// <summary>
/// A folder that is put together beside its place, under a name that nobody takes for data, and renamed when it is whole. What lies in its place is kept if it
/// is the same, and replaced only by force.
/// </summary>
internal sealed class StagedFolder : IDisposable
{
    internal const string Prefix = ".dv-export-";

    private readonly string _parent;
    private readonly string _folder;

    /// <param name="parent">The folder that its place is in; it is made where it is missing.</param>
    internal StagedFolder(string parent)
    {
        _parent = parent;
        _folder = TemporaryName(parent);
        Directory.CreateDirectory(_folder);
    }

    internal static string TemporaryName(string parent) => Path.Combine(parent, Prefix + Guid.NewGuid().ToString("N"));

    /// <summary>Copies a file to its disk, hashed on the way.</summary>
    internal async Task<(string Sha256, long Bytes)> CopyAsync(Stream from, string path, bool executable, CancellationToken cancellationToken)
    {
        string target = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        await using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        int read;
        while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        to.Flush(flushToDisk: true);
        if (executable && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, File.GetUnixFileMode(target) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), to.Length);
    }

    /// <summary>Makes an empty folder.</summary>
    internal void AddFolder(string path) => Directory.CreateDirectory(Path.Combine(_folder, path));

    /// <summary>Makes a symbolic link.</summary>
    internal void AddLink(string path, string target)
    {
        string full = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
    }

    /// <summary>True where the same lies at <paramref name="place"/> already; false where nothing does, or something else that may be replaced.</summary>
    /// <exception cref="RefusedException">Something else lies there.</exception>
    internal bool IsAt(string place, bool force, string hint)
    {
        if (!Path.Exists(place) && new FileInfo(place).LinkTarget is null)
            return false;
        if (new FileInfo(place).LinkTarget is null && Directory.Exists(place) && Describe(_folder).SequenceEqual(Describe(place)))
            return true;
        return force ? false : throw Refused(place, hint);
    }

    /// <summary>Gives it its name. What has that name until now goes.</summary>
    internal void MoveTo(string place)
    {
        string? old = null;
        // Between the two renames nothing is there for a moment: a folder that is not empty cannot be replaced by another in one step.
        if (Path.Exists(place) || new FileInfo(place).LinkTarget is not null)
        {
            old = TemporaryName(_parent);
            if (File.Exists(place) || new FileInfo(place).LinkTarget is not null)
                File.Move(place, old);
            else
                Directory.Move(place, old);
        }
        Directory.Move(_folder, place);
        if (old is not null)
            Delete(old);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Delete(_folder);
    }

    internal static RefusedException Refused(string path, string hint) => new($"'{PathRules.Printable(path)}' is there already, and differs", hint);

    private static void Delete(string path)
    {
        if (File.Exists(path) || new FileInfo(path).LinkTarget is not null)
            File.Delete(path);
        else
            Directory.Delete(path, recursive: true);
    }

    private static List<string> Describe(string folder)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", all).Select(e => $"{Path.GetRelativePath(folder, e.FullName)}\0{Describe(e)}").Order(StringComparer.Ordinal)];
    }

    private static string Describe(FileSystemInfo entry)
    {
        if (entry.LinkTarget is { } target)
            return $"link {target}";
        if (entry is DirectoryInfo)
            return "folder";
        using FileStream stream = File.OpenRead(entry.FullName);
        bool executable = !OperatingSystem.IsWindows() && (entry.UnixFileMode & UnixFileMode.UserExecute) != 0;
        return $"{(executable ? "program" : "file")} {Convert.ToHexStringLower(SHA256.HashData(stream))}";
    }
}
