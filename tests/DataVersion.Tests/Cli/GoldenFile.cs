using Xunit;

namespace DataVersion.Tests.Cli;

/// <summary>Text that lies in the repository: the tests compare it, or rewrite it with DV_UPDATE_GOLDEN=1.</summary>
internal static class GoldenFile
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("DV_UPDATE_GOLDEN") == "1";

    internal static string Root { get; } = FindRoot();

    internal static void Check(string relativePath, string actual)
    {
        string path = Path.Combine(Root, relativePath);
        if (Update)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }
        Assert.True(File.Exists(path), $"{relativePath} is missing: write it with DV_UPDATE_GOLDEN=1");
        string expected = File.ReadAllText(path);
        Assert.True(expected == actual, $"{relativePath} is not what the program says; rewrite it with DV_UPDATE_GOLDEN=1 and look at the difference\n{FirstDifference(expected, actual)}");
    }

    /// <summary>The same for bytes that are no text.</summary>
    internal static void Check(string relativePath, byte[] actual)
    {
        string path = Path.Combine(Root, relativePath);
        if (Update)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, actual);
        }
        Assert.True(File.Exists(path), $"{relativePath} is missing: write it with DV_UPDATE_GOLDEN=1");
        Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(actual), $"{relativePath} is not what the program writes; rewrite it with DV_UPDATE_GOLDEN=1 if that is meant");
    }

    /// <summary>Checks that a folder holds these files and no others.</summary>
    internal static void CheckFolder(string relativePath, IEnumerable<string> names)
    {
        HashSet<string> known = [.. names];
        foreach (string file in Directory.GetFiles(Path.Combine(Root, relativePath)))
        {
            if (known.Contains(Path.GetFileName(file)))
                continue;
            Assert.True(Update, $"{relativePath}/{Path.GetFileName(file)} belongs to nothing that the program has");
            File.Delete(file);
        }
    }

    private static string FirstDifference(string expected, string actual)
    {
        (string Expected, string Actual) line = expected.Split('\n').Zip(actual.Split('\n')).FirstOrDefault(l => l.First != l.Second);
        return $"file:    {line.Expected}\nprogram: {line.Actual}";
    }

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "DataVersion.sln")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
