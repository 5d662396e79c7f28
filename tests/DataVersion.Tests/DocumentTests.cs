using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;
using Xunit;

namespace DataVersion.Tests;

/// <summary>What people read says what is: links lead somewhere, tables hold what the code holds.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Pages =>
    [
        "README.md",
        "container/README.md",
        .. Directory.EnumerateFiles(Path.Combine(GoldenFile.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(GoldenFile.Root, f).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_to_something(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(GoldenFile.Root, page))!;
        var broken = new List<string>();
        foreach (Match match in Link.Matches(WithoutCode(Read(page))))
        {
            string target = match.Groups["target"].Value;
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
                continue;
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? Path.Combine(GoldenFile.Root, page) : Path.GetFullPath(Path.Combine(folder, parts[0]));
            bool isThere = File.Exists(file) || Directory.Exists(file);
            if (!isThere || (parts is [_, { } anchor] && !Anchors(File.ReadAllText(file)).Contains(anchor)))
                broken.Add(target);
        }
        Assert.Empty(broken);
    }

    [Fact]
    public void Links_are_found_and_broken_ones_told_apart()
    {
        Assert.Equal(["a.md", "b.md#c"], Link.Matches(WithoutCode("[x](a.md) `[y](z.md)` [q](b.md#c)\n```\n[n](n.md)\n```\n")).Select(m => m.Groups["target"].Value));
        Assert.Equal(["where-things-lie", "dv-run--the-rest"], Anchors("# Where things lie\n```\n# no\n```\n## `dv run`: the rest".Replace(": the", "  the", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_exit_codes_of_a_run_are_those_of_the_program()
    {
        (int, string)[] documented = [.. Row.Matches(Section("docs/runs.md", "## Exit codes")).Select(m => (int.Parse(m.Groups["code"].Value, System.Globalization.CultureInfo.InvariantCulture), m.Groups["meaning"].Value))];

        Assert.Equal(RunExitCodes.All, documented);
    }

    [Fact]
    public void Every_variable_that_is_read_or_given_stands_in_the_table_of_runs()
    {
        string table = Section("docs/runs.md", "## Variables");
        var sources = new StringBuilder();
        foreach (string project in (string[])["DataVersion", "DataVersion.Tracking", "DataVersion.Cli"])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(GoldenFile.Root, "src", project), "*.cs", SearchOption.AllDirectories))
                sources.Append(File.ReadAllText(file));
        }
        // DV_FAILPOINT is for tests that kill the program; names that end in '_' are the beginnings of others.
        string[] used = [.. Variable.Matches(sources.ToString()).Select(m => m.Groups["name"].Value).Where(n => n != "DV_FAILPOINT" && !n.EndsWith('_')).Distinct()];

        string[] missing = [.. used.Where(name => !table.Contains($"`{name}`", StringComparison.Ordinal))];
        Assert.Contains("DV_RUN_KEY", used);
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_field_of_a_record_is_described()
    {
        using JsonDocument schema = JsonDocument.Parse(Read("docs/schemas/provenance-1.json"));
        string page = Read("docs/provenance.md");
        string[] fields = [.. Properties(schema.RootElement).Distinct()];

        string[] missing = [.. fields.Where(field => !page.Contains($"`{field}`", StringComparison.Ordinal))];
        Assert.Contains("dataDigest", fields);
        Assert.Empty(missing);
    }

    [Fact]
    public void The_words_of_the_statement_are_described()
    {
        string page = Read("docs/provenance.md");

        Assert.Contains(StatementWriter.BuildType, page, StringComparison.Ordinal);
        Assert.Contains(StatementWriter.BuilderId, page, StringComparison.Ordinal);
        Assert.All(DocumentNames.BesideRecord.Append(DocumentNames.Record), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(GoldenFile.Root, page));

    private static string Section(string page, string heading)
    {
        string text = Read(page);
        int start = text.IndexOf(heading + "\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"{page} has no '{heading}'");
        int end = text.IndexOf("\n## ", start + heading.Length, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    private static string WithoutCode(string text) => InlineCode.Replace(CodeBlock.Replace(text, ""), "");

    // As GitHub makes them: lower case, without punctuation, '-' for each space.
    private static IEnumerable<string> Anchors(string text) => Heading.Matches(CodeBlock.Replace(text, ""))
        .Select(m => string.Concat(m.Groups["text"].Value.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Trim().Replace(' ', '-'));

    private static IEnumerable<string> Properties(JsonElement node)
    {
        if (node.ValueKind == JsonValueKind.Array)
            return node.EnumerateArray().SelectMany(Properties);
        if (node.ValueKind != JsonValueKind.Object)
            return [];
        IEnumerable<string> own = node.TryGetProperty("properties", out JsonElement properties) ? properties.EnumerateObject().Select(p => p.Name) : [];
        return own.Concat(node.EnumerateObject().SelectMany(p => Properties(p.Value)));
    }

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"^```.*?^```[^\n]*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock { get; }

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode { get; }

    [GeneratedRegex(@"^#+ (?<text>[^\n]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading { get; }

    [GeneratedRegex(@"^\| (?<code>\d+) \| (?<meaning>[^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row { get; }

    [GeneratedRegex("\"(?<name>DV_[A-Z_]+)\"")]
    private static partial Regex Variable { get; }
}
