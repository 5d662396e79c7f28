using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;

namespace DataVersion.Transfers;

/// <summary>
/// Notes which roots were pushed from here or fetched, per remote id: where to look for receipts when the next version of the same path is pushed.
/// Losing a note costs requests, nothing else: a receipt on the remote is what counts.
/// </summary>
internal sealed class PushedRoots(string directory, string remoteId)
{
    private const int MaxNotes = 10_000;
    private readonly string _file = Path.Combine(directory, remoteId);

    /// <summary>The roots, as far as the file can be read.</summary>
    public IReadOnlyList<RootKey> Load()
    {
        try
        {
            return [.. File.ReadLines(_file).Select(Parse).OfType<RootKey>()];
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            return [];
        }
    }

    /// <summary>Notes roots; the latest of each path wins.</summary>
    public void Save(IEnumerable<RootKey> pushed)
    {
        Dictionary<string, RootKey> byPath = Load().Concat(pushed).GroupBy(r => r.Path).ToDictionary(g => g.Key, g => g.Last());
        var text = new StringBuilder();
        foreach (RootKey root in byPath.Values.TakeLast(MaxNotes).Where(r => !r.Path.Contains('\n')))
            text.Append(root.Key.Kind).Append(' ').Append(root.Key.Id).Append(' ').Append(root.Blocks?.ToString() ?? "-").Append(' ').Append(root.Path).Append('\n');
        try
        {
            AtomicFile.Write(_file, Encoding.UTF8.GetBytes(text.ToString()));
        }
        catch (FileAccessException)
        {
            // A read-only state folder (a container image) is no reason to fail a transfer that is done.
        }
    }

    private static RootKey? Parse(string line)
    {
        string[] parts = line.Split(' ', 4);
        if (parts.Length != 4 || !Enum.TryParse(parts[0], out ObjectKind kind) || !ObjectId.TryParse(parts[1], out ObjectId id))
            return null;
        return new RootKey(new ObjectKey(kind, id), ObjectId.TryParse(parts[2], out ObjectId blocks) ? blocks : null, null, null, parts[3]);
    }
}
