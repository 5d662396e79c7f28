using System.Text.RegularExpressions;

namespace DataVersion.Testing.Containers;

/// <summary>One instruction of a Dockerfile, its continued lines joined.</summary>
/// <param name="Name">In upper case.</param>
/// <param name="Text">What follows, without the line ends.</param>
/// <param name="Stage">Of which stage, from 0; -1 before the first FROM.</param>
public sealed record DockerInstruction(string Name, string Text, int Stage);

/// <summary>A Dockerfile, read as far as its tests ask: no heredocs, which these files may not have.</summary>
public sealed partial class Dockerfile
{
    private Dockerfile(string path, string text)
    {
        FilePath = path;
        Text = text;
        Instructions = [.. Read(text)];
    }

    /// <summary>Where it lies.</summary>
    public string FilePath { get; }

    /// <summary>All of it.</summary>
    public string Text { get; }

    /// <summary>In their order.</summary>
    public IReadOnlyList<DockerInstruction> Instructions { get; }

    /// <summary>The ARGs before the first FROM with their defaults.</summary>
    public IReadOnlyDictionary<string, string> Bases => Instructions
        .Where(i => i.Name == "ARG" && i.Stage < 0)
        .Select(i => i.Text.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "", StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    public static Dockerfile Open(string path) => new(path, File.ReadAllText(path));

    /// <summary>Reads a text, for tests of the rules themselves.</summary>
    public static Dockerfile Parse(string text) => new("Dockerfile", text);

    /// <summary>The instructions of one name.</summary>
    public IEnumerable<DockerInstruction> All(string name) => Instructions.Where(i => i.Name == name);

    private static IEnumerable<DockerInstruction> Read(string text)
    {
        int stage = -1;
        IEnumerable<string> lines = text.Split('\n').Where(line => !line.TrimStart().StartsWith('#'));
        foreach (string line in Continued().Replace(string.Join('\n', lines), " ").Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            string[] parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            string name = parts[0].ToUpperInvariant();
            if (name == "FROM")
                stage++;
            yield return new DockerInstruction(name, parts.Length > 1 ? parts[1] : "", stage);
        }
    }

    [GeneratedRegex(@"\\[ \t]*\n[ \t]*")]
    private static partial Regex Continued();
}
