using System.Globalization;
using System.Text;
using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>Writes tree objects: the bytes of docs/format.md, "Trees". The same entries always give the same bytes.</summary>
public static class TreeFormat
{
    internal const string ListingHeader = "dv-tree 1";
    internal const string PartsHeader = "dv-tree-parts 1";

    /// <summary>The bytes of a listing. Entries are sorted by the UTF-8 bytes of their names.</summary>
    public static byte[] Write(IEnumerable<TreeEntry> entries)
    {
        var text = new StringBuilder(ListingHeader).Append('\n');
        foreach (TreeEntry entry in entries)
        {
            text.Append(Letter(entry.Kind)).Append(' ').Append(CultureInfo.InvariantCulture, $"{entry.Size}").Append(' ');
            if (entry.IsDirectory)
                text.Append(CultureInfo.InvariantCulture, $"{entry.Files}").Append(' ');
            text.Append(entry.Id);
            if (!entry.BlocksId.IsEmpty)
                text.Append('+').Append(entry.BlocksId.Hex);
            text.Append(' ');
            AppendName(text, entry.Name).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The bytes of a list of parts.</summary>
    public static byte[] Write(IEnumerable<TreePart> parts)
    {
        var text = new StringBuilder(PartsHeader).Append('\n');
        foreach (TreePart part in parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"p {part.Size} {part.Files} {part.Id} ");
            AppendName(text, part.FirstName).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Whether an entry names a block list: files of more than 64 MiB do, and nothing else.</summary>
    internal static bool HasBlockList(TreeEntryKind kind, long size) =>
        kind is TreeEntryKind.File or TreeEntryKind.Executable && size > BlockHasher.Threshold;

    internal static char Letter(TreeEntryKind kind) => kind switch
    {
        TreeEntryKind.File => 'f',
        TreeEntryKind.Executable => 'x',
        TreeEntryKind.Link => 'l',
        _ => 'd',
    };

    private static StringBuilder AppendName(StringBuilder text, string name)
    {
        foreach (char c in name)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '\r' => text.Append(@"\r"),
                _ => text.Append(c),
            };
        }
        return text;
    }
}
