using System.Globalization;
using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using FsCheck;
using FsCheck.Fluent;

namespace DataVersion.Tests.Objects;

/// <summary>Entries and trees for tests.</summary>
internal static class TreeTexts
{
    public static readonly ObjectId X = IdOf("x");

    public static readonly Gen<string> Name =
        from characters in Gen.Frequency(
            (6, Gen.Choose('a', 'z').Select(c => ((char)c).ToString())),
            (3, Gen.Elements("\\", "\n", "\r", "n", " ", ".", "-", "\"", "'", "\t", "\u007f")),
            (2, Gen.Elements("é", "\u0301", "\ud7ff", "\ue000", "\uff01", "\uffff", "\U00010000", "😀", "\U0010ffff"))).NonEmptyListOf()
        from repeat in Gen.Frequency((9, Gen.Constant(1)), (1, Gen.Constant(60)))
        select Fit(string.Concat(Enumerable.Repeat(string.Concat(characters), repeat)));

    public static readonly Gen<TreeEntry> Entry =
        from name in Name.Where(n => PathRules.FindProblem(n, windows: false) is null)
        from kind in Gen.Elements(Enum.GetValues<TreeEntryKind>())
        from size in Gen.OneOf(Gen.Choose(0, 5000).Select(s => (long)s), Gen.Elements(0, 1, 64L << 20, (64L << 20) + 1, 1L << 40))
        from files in Gen.Choose(0, 100)
        from content in Gen.Choose(0, 9)
        select new TreeEntry
        {
            Kind = kind,
            Name = name,
            Id = IdOf(content.ToString(CultureInfo.InvariantCulture)),
            Size = kind == TreeEntryKind.Link ? Math.Clamp(size, 1, TreeLimits.MaxLinkBytes) : size,
            Files = kind == TreeEntryKind.Directory ? files : 1,
            BlocksId = kind is TreeEntryKind.File or TreeEntryKind.Executable && size > BlockHasher.Threshold ? IdOf("blocks") : default,
        };

    public static readonly Gen<List<TreeEntry>> Listing = Entry.ListOf().Select(entries => Sorted(entries));

    public static ObjectId IdOf(string content) => IdentityHash.Of(HashKind.Sha256, Encoding.UTF8.GetBytes(content));

    public static TreeEntry OneFile(string name, long size = 1) => new() { Kind = TreeEntryKind.File, Name = name, Id = X, Size = size };

    public static List<TreeEntry> Files(IEnumerable<string> names) => Sorted(names.Select(n => OneFile(n)));

    public static List<TreeEntry> Sorted(IEnumerable<TreeEntry> entries) =>
        [.. entries.DistinctBy(e => e.Name).OrderBy(e => e.Name, Utf8NameComparer.Instance)];

    public static string Numbered(int i) => string.Create(CultureInfo.InvariantCulture, $"file-{i:d5}");

    private static string Fit(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) > TreeLimits.MaxNameBytes)
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        return name;
    }
}
