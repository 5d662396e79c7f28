using System.Text;
using DataVersion.Testing.Workspaces;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Workspaces;

/// <summary>The same random patterns as .gitignore and as .dvignore, over the same random folders: git and we must agree on every path.</summary>
public class IgnoreRulesAgainstGitTests
{
    private const int Cases = 150;

    private static readonly string[] Names =
        ["a", "b", "ab", "aab", "a.b", "abc", "b.a", "é", "a b", "a ", " a", "-", "[a]", "]", "a\\", "#a", "!a", "*", "A1", "1", "😀", "a\tb", "a\r", "\u007fb"];

    private static readonly string[] Pieces =
    [
        "a", "b", "ab", ".", "1", "é", "😀", " ", "\t", "#", "!", "-", "]", "*", "*", "*", "**", "**", "/", "/", "/", "?", "/**/", "**/", "/**", "***", "[ab]", "[!a]", "[^b]",
        "[a-b]", "[]]", "[]-a]", "[[:alpha:]]", "[![:alnum:]]", "[[:punct:]]", "[[:space:][:cntrl:]]", "[[:nope:]]", "[[:blank:]b]", "[[:]", "[[::]]", "[", "[a", "[\\]]", "[\\", "\\", "\\*", "\\a",
        "\\ ", "\\[", "\\\\", "\\/", "[a/b]", "[--/]", "[\u00e0-\u00ff]", "\r",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Agree_on_random_patterns_and_folders(int seed)
    {
        var random = new Random(seed);
        using var sandbox = new WorkspaceSandbox();
        sandbox.Run("git", "", "init", "-q");
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Cases; i++)
            MakeCase(sandbox, random, $"c{i}", paths);

        IReadOnlyList<(string Path, bool Ignored, string Pattern)> git = sandbox.CheckIgnore(paths);

        Assert.Equal(paths.Count, git.Count);
        IgnoreRules rules = IgnoreRules.Load(sandbox.Root);
        string[] differences =
        [
            .. git.Where(g => rules.IsIgnored(g.Path, Directory.Exists(sandbox.PathOf(g.Path))) != g.Ignored)
                .Select(g => $"{(g.Ignored ? "ignored" : "kept")} by git: {Shown(g.Path)} ({Shown(g.Pattern)}); rules: {Shown(File.ReadAllText(sandbox.PathOf(g.Path.Split('/')[0] + "/.dvignore")))}"),
        ];
        Assert.True(differences.Length == 0, string.Join('\n', differences.Take(20)));
        Assert.InRange(git.Count(g => g.Ignored), git.Count / 20, git.Count);
    }

    private static void MakeCase(WorkspaceSandbox sandbox, Random random, string folder, SortedSet<string> paths)
    {
        var folders = new List<string> { folder };
        for (int i = 0; i < 8; i++)
        {
            string path = $"{folders[random.Next(folders.Count)]}/{Names[random.Next(Names.Length)]}";
            if (!paths.Add(path))
                continue;
            if (random.Next(2) == 0)
            {
                sandbox.MakeFolder(path);
                folders.Add(path);
            }
            else
            {
                sandbox.Write(path);
            }
        }
        WriteRules(sandbox, random, folder);
        if (random.Next(2) == 0)
            WriteRules(sandbox, random, folders[random.Next(folders.Count)]);
    }

    private static void WriteRules(WorkspaceSandbox sandbox, Random random, string folder)
    {
        var text = new StringBuilder(random.Next(10) == 0 ? "\uFEFF" : "");
        for (int line = random.Next(1, 4); line > 0; line--)
        {
            text.Append(random.Next(4) == 0 ? "!" : "").Append(random.Next(6) == 0 ? "/" : "");
            for (int piece = random.Next(1, 5); piece > 0; piece--)
                text.Append(Pieces[random.Next(Pieces.Length)]);
            text.Append(random.Next(6) == 0 ? "/" : "").Append(random.Next(8) == 0 ? "  " : "").Append(random.Next(5) == 0 ? "\r\n" : "\n");
        }
        if (random.Next(3) == 0)
            text.Length--;
        sandbox.Write($"{folder}/.gitignore", text.ToString());
        sandbox.Write($"{folder}/.dvignore", text.ToString());
    }

    private static string Shown(string text) => text.Replace("\r", "\\r").Replace("\n", "\\n").Replace("\t", "\\t");
}
