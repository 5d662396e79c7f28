using System.Text.RegularExpressions;
using Xunit;

namespace DataVersion.Tests;

/// <summary>Which folder of the library may know which (docs/architecture.md, "The rooms"). A new arrow is a decision: change both.</summary>
public partial class FolderDependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Platform"] = [],
        ["Hashing"] = [],
        ["Indexing"] = ["Platform"],
        ["Storage"] = ["Platform"],
        ["Objects"] = ["Hashing", "Platform", "Storage"],
        ["Caching"] = ["Hashing", "Indexing", "Objects", "Platform", "Storage"],
        ["Configuration"] = ["Caching", "Hashing", "Objects", "Platform"],
        ["Git"] = ["Platform"],
        ["Workspaces"] = ["Caching", "Hashing", "Indexing", "Objects", "Platform"],
        ["Transfers"] = ["Caching", "Hashing", "Objects", "Platform", "Storage"],
        ["Operations"] = ["Caching", "Configuration", "Git", "Hashing", "Objects", "Platform", "Storage", "Transfers", "Workspaces"],
    };

    [Fact]
    public void No_folder_knows_one_that_stands_above_it()
    {
        string library = Path.Combine(FindRoot(), "src", "DataVersion");
        var strange = new List<string>();
        int seen = 0;
        foreach (string folder in Directory.EnumerateDirectories(library).Select(d => Path.GetFileName(d)!))
        {
            Assert.True(Allowed.TryGetValue(folder, out string[]? allowed), $"src/DataVersion/{folder} is a room that nobody has described");
            foreach (string file in Directory.EnumerateFiles(Path.Combine(library, folder), "*.cs", SearchOption.AllDirectories))
            {
                foreach (Match match in Using().Matches(File.ReadAllText(file)))
                {
                    seen++;
                    string used = match.Groups[1].Value;
                    if (used != folder && !allowed.Contains(used))
                        strange.Add($"{folder}/{Path.GetFileName(file)} → {used}");
                }
            }
        }
        Assert.Empty(strange);
        Assert.True(seen > 50, "the sources were not found");
    }

    private static string FindRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "DataVersion.sln")))
            at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("DataVersion.sln is not above the tests");
    }

    [GeneratedRegex(@"\bDataVersion\.(Platform|Hashing|Indexing|Storage|Objects|Caching|Configuration|Git|Workspaces|Transfers|Operations)\b(?=[.;])")]
    private static partial Regex Using();
}
