using System.Globalization;
using System.Text.RegularExpressions;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests;

/// <summary>What the pages about operation, security and requirements name is there: tests, files, commands with their options, the words of the program.</summary>
public sealed partial class DocumentNamesTests
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> TestClasses = new(ReadTestClasses);

    public static TheoryData<string> Pages => ["docs/operations.md", "docs/requirements.md", "docs/security.md"];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_test_file_and_command_that_a_page_names_exists(string page)
    {
        string text = Read(page);

        Assert.Empty(Missing(text));
        Assert.Contains(Spans(text), s => Command.IsMatch(s));
    }

    [Theory]
    [InlineData("`NoSuchTests`", "NoSuchTests")]
    [InlineData("`DocumentTests.No_such_method`", "DocumentTests.No_such_method")]
    [InlineData("`src/nowhere.cs`", "src/nowhere.cs")]
    [InlineData("`container/nothing`", "container/nothing")]
    [InlineData("`dv nonsense`", "dv nonsense")]
    [InlineData("`dv pull --nonsense`", "dv pull --nonsense")]
    [InlineData("```sh\ndv pull --nonsense data     # words\n```\n", "dv pull --nonsense data")]
    [InlineData("`DocumentTests.Links_are_found_and_broken_ones_told_apart`, `MlflowContract`, `ReadOnlyCacheTests`, `docs/runs.md`, `dv pull --shard 0/8`, `dv`", null)]
    public void What_is_not_there_is_found(string text, string? expected)
    {
        string[] wanted = expected is null ? [] : [expected];

        Assert.Equal(wanted, Missing(text));
    }

    [Fact]
    public void Every_requirement_has_its_row_with_a_test_or_a_reason()
    {
        const string Page = "docs/requirements.md";
        (string Key, string Words)[] rows = [.. KeyedRow.Matches(Section(Page, "## The list")).Select(RowOf)];
        (string Key, string Words)[] defects = [.. KeyedRow.Matches(Section(Page, "## Defects of printed examples")).Select(RowOf)];
        (string Key, string Words)[] acceptance = [.. KeyedRow.Matches(Section(Page, "## Acceptance")).Select(RowOf)];

        Assert.Equal(Enumerable.Range(1, 75).Select(Text), rows.Select(r => r.Key));
        Assert.Equal(Enumerable.Range(1, 11).Select(Text), defects.Select(r => r.Key));
        (char Letter, int Count)[] sections = [('A', 7), ('B', 8), ('C', 5), ('D', 8), ('E', 7), ('F', 5), ('G', 4), ('H', 1)];
        Assert.Equal(sections.SelectMany(s => Enumerable.Range(1, s.Count).Select(n => $"{s.Letter}{Text(n)}")), acceptance.Select(r => r.Key));
        Assert.All(rows.Concat(defects).Concat(acceptance), r => Assert.True(
            Spans(r.Words).Any(s => TestName.IsMatch(s) || s.StartsWith("./build.sh --target=", StringComparison.Ordinal)) || r.Words.Contains("**Partly", StringComparison.Ordinal), $"{r.Key} names neither test nor reason"));
    }

    [Fact]
    public void What_the_program_is_said_to_say_it_says()
    {
        string words = string.Concat(Files("src", "*.cs").Concat(Files("container", "*.sh")).Concat(Files("container", "Dockerfile")).Select(File.ReadAllText));
        string[] quoted = [.. FirstCell.Matches(Section("docs/operations.md", "## Troubleshooting")).SelectMany(m => Spans(m.Groups["cell"].Value))];

        Assert.InRange(quoted.Length, 40, 200);
        string[] unsaid = [.. quoted.Where(q => !words.Contains(q, StringComparison.Ordinal))];
        Assert.Empty(unsaid);
    }

    private static string[] Missing(string text) => [.. Spans(text).Where(IsMissing).Distinct()];

    private static bool IsMissing(string span)
    {
        if (TestName.Match(span) is { Success: true } test)
            return !TestClasses.Value.TryGetValue(test.Groups["class"].Value, out string? code) || (test.Groups["method"] is { Success: true } method && !Regex.IsMatch(code, $@"\b(Task|void) {method.Value}\("));
        if (Command.Match(span) is { Success: true } command)
        {
            string page = Path.Combine(GoldenFile.Root, "docs/commands", $"{command.Groups["verb"].Value}.md");
            return !File.Exists(page) || Options.Matches(span.Split(" -- ")[0]).Any(o => !File.ReadAllText(page).Contains(o.Value, StringComparison.Ordinal));
        }
        return FileName.IsMatch(span) && !Path.Exists(Path.Combine(GoldenFile.Root, span));
    }

    // What stands in `…`, and the lines of code blocks without their comments.
    private static IEnumerable<string> Spans(string text) => InlineCode.Matches(CodeBlock.Replace(text, "")).Select(m => m.Groups["code"].Value)
        .Concat(CodeBlock.Matches(text).SelectMany(m => m.Value.Split('\n')).Select(line => Comment.Replace(line, "").Trim()));

    private static Dictionary<string, string> ReadTestClasses()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string code in Files("tests", "*.cs").Select(File.ReadAllText))
        {
            foreach (Match match in ClassName.Matches(code))
                found[match.Groups["class"].Value] = found.GetValueOrDefault(match.Groups["class"].Value) + code;
        }
        return found;
    }

    private static IEnumerable<string> Files(string folder, string pattern) => Directory.EnumerateFiles(Path.Combine(GoldenFile.Root, folder), pattern, SearchOption.AllDirectories);

    private static string Read(string page) => File.ReadAllText(Path.Combine(GoldenFile.Root, page));

    private static string Section(string page, string heading)
    {
        string[] parts = Read(page).Split($"\n{heading}\n");
        Assert.True(parts.Length == 2, $"{page} has no '{heading}', or several");
        return parts[1].Split("\n## ")[0];
    }

    private static (string Key, string Words) RowOf(Match match) => (match.Groups["key"].Value, match.Groups["rest"].Value);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<class>[A-Z][A-Za-z0-9]*(Tests|Contract))(\.(?<method>[A-Za-z0-9_]+))?$")]
    private static partial Regex TestName { get; }

    [GeneratedRegex(@"\bclass (?<class>[A-Za-z0-9]+)")]
    private static partial Regex ClassName { get; }

    [GeneratedRegex("^dv (?<verb>[a-z]+)")]
    private static partial Regex Command { get; }

    [GeneratedRegex("(?<= )--[a-z][a-z-]*")]
    private static partial Regex Options { get; }

    [GeneratedRegex(@"^((src|tests|container|docs|\.config|\.ci)/[A-Za-z0-9_./-]+|[A-Za-z.]+\.props|\.(gitignore|dockerignore))$")]
    private static partial Regex FileName { get; }

    [GeneratedRegex(@"^\| (?<key>[A-H]?[0-9]+) \| (?<rest>[^\n]+) \|$", RegexOptions.Multiline)]
    private static partial Regex KeyedRow { get; }

    [GeneratedRegex(@"^\| (?<cell>[^|\n]*`[^|\n]*) \|", RegexOptions.Multiline)]
    private static partial Regex FirstCell { get; }

    [GeneratedRegex(@"^```.*?^```[^\n]*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock { get; }

    [GeneratedRegex("`(?<code>[^`\n]+)`")]
    private static partial Regex InlineCode { get; }

    [GeneratedRegex(@"\s{2,}#.*$")]
    private static partial Regex Comment { get; }
}
