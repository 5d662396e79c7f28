using System.Globalization;
using DataVersion.Hashing;

namespace DataVersion.Objects;

/// <summary>Where things lie on a plain remote: docs/format.md, "Plain remote".</summary>
public static class ObjectLayout
{
    /// <summary>What every name starts with; <c>dvc gc</c> on a shared bucket touches nothing there.</summary>
    public const string Prefix = "dvstore/v1/";

    /// <summary>The document that makes a place a remote.</summary>
    public const string StoreDocument = Prefix + "dv.json";

    /// <summary>State documents of garbage collections.</summary>
    public const string CollectPrefix = Prefix + "collect/";

    /// <summary>The name of an object's blob.</summary>
    public static string NameOf(ObjectKey key)
    {
        string hex = key.Id.Hex;
        return $"{FolderOf(key.Kind, key.Id.Kind)}{hex.AsSpan(0, 2)}/{hex.AsSpan(2)}";
    }

    /// <summary>What the names of all objects whose digest begins with the same byte start with.</summary>
    public static string GroupOf(ObjectKey key) => $"{FolderOf(key.Kind, key.Id.Kind)}{key.Id.Hex.AsSpan(0, 2)}/";

    /// <summary>The folder that holds the receipts of a root in an epoch.</summary>
    public static string ReceiptsOf(long epoch, RootKey root) => $"{ReceiptsOf(epoch)}{NameOf(root)}/";

    /// <summary>The folder that holds all receipts of an epoch.</summary>
    public static string ReceiptsOf(long epoch) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}receipts/{epoch}/");

    /// <summary>The name of a collection's state document.</summary>
    public static string CollectState(long number) => string.Create(CultureInfo.InvariantCulture, $"{CollectPrefix}{number}");

    /// <summary>The number of a state document; false for other names.</summary>
    public static bool TryParseCollectState(string name, out long number)
    {
        number = 0;
        return name.StartsWith(CollectPrefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(CollectPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && name == CollectState(number);
    }

    /// <summary>The name of an object's blob where it is compressed.</summary>
    public static string CompressedNameOf(ObjectKey key) => NameOf(key) + ".zst";

    /// <summary>The name of a pack, of which <paramref name="id"/> is the SHA-256 of its listing.</summary>
    internal static string PackOf(ObjectId id) => Named("packs", id);

    /// <summary>The name of an index of packs, of which <paramref name="id"/> is the SHA-256.</summary>
    internal static string PackIndexOf(ObjectId id) => Named("indexes", id);

    /// <summary>The name of the document that says in which packs the objects of a root are.</summary>
    internal static string CatalogOf(RootKey root) => $"{Prefix}catalogs/{NameOf(root)}";

    private static string Named(string folder, ObjectId id) => $"{Prefix}{folder}/{id.Hex.AsSpan(0, 2)}/{id.Hex.AsSpan(2)}";

    // A large file's block list is part of what its receipt vouches for, so it is part of the name.
    private static string NameOf(RootKey root)
    {
        string kind = root.Key.Kind == ObjectKind.Tree ? "tree" : "file";
        string blocks = root.Blocks is { } list ? $"+{list.Hex}" : "";
        return $"{kind}-{root.Key.Id.Kind.Name()}-{root.Key.Id.Hex}{blocks}";
    }

    private static string FolderOf(ObjectKind kind, HashKind algorithm) =>
        $"{Prefix}{(kind == ObjectKind.Tree ? "trees" : "objects")}/{algorithm.Name()}/";
}
