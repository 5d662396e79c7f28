using System.Text.RegularExpressions;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests;

/// <summary>Which room of a project may know which (docs/architecture.md, "The rooms"). A new arrow is a decision: change both.</summary>
public class FolderDependencyTests
{
    private static readonly Dictionary<string, string[]> Library = new()
    {
        ["Platform"] = [],
        ["Hashing"] = [],
        ["Indexing"] = ["Platform"],
        ["Storage"] = ["Platform"],
        ["Compression"] = ["Storage"],
        ["Objects"] = ["Compression", "Hashing", "Platform", "Storage"],
        ["Caching"] = ["Hashing", "Indexing", "Objects", "Platform", "Storage"],
        ["Configuration"] = ["Caching", "Hashing", "Objects", "Platform"],
        ["Git"] = ["Platform"],
        ["Workspaces"] = ["Caching", "Hashing", "Indexing", "Objects", "Platform"],
        ["Transfers"] = ["Caching", "Hashing", "Objects", "Platform", "Storage"],
        ["Operations"] = ["Caching", "Configuration", "Git", "Hashing", "Objects", "Platform", "Storage", "Transfers", "Workspaces"],
    };

    private static readonly Dictionary<string, string[]> Tracking = new()
    {
        ["Charts"] = [],
        ["Lineage"] = [],
        ["Manifests"] = [],
        ["Metrics"] = [],
        ["Mlflow"] = [],
        ["Models"] = [],
        ["Parameters"] = [],
        ["Pins"] = [],
        ["Preflight"] = [],
        ["Processes"] = [],
        ["Records"] = [],
        ["Exports"] = ["Models", "Pins"],
        ["History"] = ["Records"],
        ["Runs"] = ["Lineage", "Manifests", "Metrics", "Mlflow", "Parameters", "Pins", "Preflight", "Processes", "Records"],
        ["Reproduction"] = ["History", "Parameters", "Pins", "Preflight", "Processes", "Records", "Runs"],
    };

    public static TheoryData<string> Projects => ["DataVersion", "DataVersion.Tracking"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_room_knows_one_that_it_may_not(string project)
    {
        Dictionary<string, string[]> allowed = AllowedIn(project);
        string sources = Path.Combine(GoldenFile.Root, "src", project);
        var strange = new List<string>();
        int seen = 0;
        foreach (string room in Directory.EnumerateDirectories(sources).Select(d => Path.GetFileName(d)!))
        {
            Assert.True(allowed.ContainsKey(room), $"src/{project}/{room} is a room that nobody has described");
            foreach (string file in Directory.EnumerateFiles(Path.Combine(sources, room), "*.cs", SearchOption.AllDirectories))
            {
                foreach (string used in RoomsNamedIn(File.ReadAllText(file), project, allowed.Keys))
                {
                    seen++;
                    if (used != room && !allowed[room].Contains(used))
                        strange.Add($"{room}/{Path.GetFileName(file)} → {used}");
                }
            }
        }
        Assert.Empty(strange);
        Assert.True(seen > 50, "the sources were not found");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_two_rooms_may_know_each_other_in_a_circle(string project)
    {
        Dictionary<string, string[]> left = new(AllowedIn(project));
        while (left.Count > 0)
        {
            string[] lowest = [.. left.Where(room => !room.Value.Any(left.ContainsKey)).Select(room => room.Key)];
            Assert.True(lowest.Length > 0, $"a circle: {string.Join(", ", left.Keys)}");
            foreach (string room in lowest)
                left.Remove(room);
        }
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_room_stands_in_the_document(string project)
    {
        string document = File.ReadAllText(Path.Combine(GoldenFile.Root, "docs", "architecture.md"));
        string[] rooms = [.. Directory.EnumerateDirectories(Path.Combine(GoldenFile.Root, "src", project)).Select(d => Path.GetFileName(d)!)];

        Assert.NotEmpty(rooms);
        Assert.All(rooms, room => Assert.Matches($"(?m)^  {room}/ ", document));
    }

    [Theory]
    [InlineData("using DataVersion.Tracking.Runs;", "Runs")]
    [InlineData("    Tracking.Pins.Pin pin;", "Pins")]
    [InlineData("= Processes.TerminationLog.DefaultPath;", "Processes")]
    [InlineData("settings.Parameters.Empty; using DataVersion.Objects;", "")]
    public void Rooms_are_found_however_they_are_named(string code, string rooms) =>
        Assert.Equal(rooms, string.Join(' ', RoomsNamedIn(code, "DataVersion.Tracking", Tracking.Keys)));

    private static Dictionary<string, string[]> AllowedIn(string project) => project == "DataVersion" ? Library : Tracking;

    // The whole name of its namespace, the end of it, or the room's name alone where a type of it follows.
    private static IEnumerable<string> RoomsNamedIn(string code, string project, IEnumerable<string> rooms)
    {
        string last = project[(project.LastIndexOf('.') + 1)..];
        string names = string.Join('|', rooms);
        return Regex.Matches(code, $@"(?:\b{last}\.(?<room>{names})\b(?=[.;])|(?<![\w.])(?<room>{names})\.(?=[A-Z]))").Select(match => match.Groups["room"].Value);
    }
}
