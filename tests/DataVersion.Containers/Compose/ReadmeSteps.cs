using System.Text.RegularExpressions;
using DataVersion.Testing.Containers;

namespace DataVersion.Containers.Compose;

/// <summary>A step of container/README.md, "The eight steps".</summary>
/// <param name="Title">Its heading, without the number.</param>
/// <param name="Commands">Its lines of shell, as printed.</param>
internal sealed record ReadmeStep(int Number, string Title, IReadOnlyList<string> Commands);

/// <summary>The commands that the document prints are those that are tested.</summary>
internal static partial class ReadmeSteps
{
    internal static IReadOnlyList<ReadmeStep> Read()
    {
        string page = File.ReadAllText(ProjectFolder.At("container", "README.md"));
        int start = page.IndexOf("## The eight steps\n", StringComparison.Ordinal);
        string section = page[start..page.IndexOf("\n## ", start + 1, StringComparison.Ordinal)];
        return [.. Step.Matches(section).Select(step => new ReadmeStep(
            int.Parse(step.Groups["number"].Value, System.Globalization.CultureInfo.InvariantCulture),
            step.Groups["title"].Value,
            [.. Block.Matches(step.Groups["body"].Value).SelectMany(b => b.Groups["text"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))]))];
    }

    [GeneratedRegex(@"^### (?<number>\d+)\. (?<title>[^\n]+)\n(?<body>.*?)(?=^### |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step { get; }

    [GeneratedRegex(@"^```sh\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block { get; }
}
