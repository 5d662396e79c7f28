using System.Text;

namespace DataVersion.Git;

/// <summary>
/// Removes the <c>index.lock</c> that a killed dv left. Git's own locks, and those from other machines, are never touched.
/// <para>
/// A dv that lives holds the kernel's lock on its file, and a dv that ends deletes the file before it lets go. So whoever gets the kernel's
/// lock, and then still finds the same file under the name, has found one whose maker is dead. A second lock lets one dv at a time look.
/// </para>
/// </summary>
internal static class AbandonedLock
{
    private const int MaxMarkerLength = 512;
    private static readonly string Maker = $"dv {Environment.MachineName} ";

    /// <summary>What a new lock file says: who made it, and a token that no other has.</summary>
    internal static string NewMarker() => $"{Maker}{Environment.ProcessId} {Guid.NewGuid():N}\n";

    /// <summary>Removes the lock if its maker is dead; false where it is not, or where that cannot be known.</summary>
    internal static bool TryRemove(string gitDirectory)
    {
        string path = IndexLock.PathIn(gitDirectory);
        try
        {
            if (ReadMarker(path) is null)
                return false;
            string folder = Directory.CreateDirectory(Path.Combine(gitDirectory, "dv")).FullName;
            using FileStream guard = OpenAlone(Path.Combine(folder, "stage.lock"));
            if (!LocksWork(guard.Name))
                return false;
            using FileStream file = OpenShared(path);
            string? marker = ReadMarker(file);
            if (marker is null || marker != ReadMarker(path))
                return false;
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Held, gone, or not ours to open: in each case nothing that could be removed.
            return false;
        }
    }

    /// <summary>Whether a dv that lives holds the lock: only we lock the file itself.</summary>
    internal static bool IsHeldByDv(string path)
    {
        try
        {
            using FileStream file = OpenShared(path);
            return false;
        }
        catch (IOException)
        {
            return File.Exists(path);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Some network file systems accept every lock: there nothing can be concluded from having got one.
    private static bool LocksWork(string heldFile)
    {
        try
        {
            using FileStream second = OpenAlone(heldFile);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string? ReadMarker(string path)
    {
        using FileStream file = OpenShared(path);
        return ReadMarker(file);
    }

    private static string? ReadMarker(FileStream file)
    {
        Span<byte> bytes = stackalloc byte[MaxMarkerLength];
        string text = Encoding.UTF8.GetString(bytes[..file.ReadAtLeast(bytes, MaxMarkerLength, throwOnEndOfStream: false)]);
        return text.StartsWith(Maker, StringComparison.Ordinal) && text.EndsWith('\n') ? text : null;
    }

    private static FileStream OpenShared(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);

    private static FileStream OpenAlone(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
}
