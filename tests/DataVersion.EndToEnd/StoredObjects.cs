using System.Security.Cryptography;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Looks at the files of a cache or a remote as a stranger would, with nothing but SHA-256 and zstd.</summary>
internal static class StoredObjects
{
    /// <summary>The cache of a repository.</summary>
    public static string CacheOf(string repository) => Path.Combine(repository, ".git", "dv", "cache");

    /// <summary>Every file under an object's name must hold that object's bytes, and so must packs. Returns how many objects have a file of their own.</summary>
    /// <param name="store">The folder that has <c>objects</c> and <c>trees</c> in it; need not exist.</param>
    public static int AssertWhole(string store)
    {
        int count = 0;
        foreach (string kind in (string[])["objects", "trees"])
        {
            string folder = Path.Combine(store, kind, "sha256");
            foreach (string file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [])
            {
                string name = Path.GetRelativePath(folder, file).Replace("/", "", StringComparison.Ordinal);
                bool compressed = name.EndsWith(".zst", StringComparison.Ordinal);
                string actual = compressed ? StoredPacks.HashOfCompressed(file) + ".zst" : HashOf(file);
                Assert.True(name == actual, $"{file} holds the bytes of {actual}");
                count++;
            }
        }
        StoredPacks.AssertWhole(store);
        return count;
    }

    /// <summary>The place of one content in a cache or remote.</summary>
    public static string PathOf(string store, string hex) => Path.Combine(store, "objects", "sha256", hex[..2], hex[2..]);

    /// <summary>What <c>sha256sum</c> prints.</summary>
    public static string HashOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
