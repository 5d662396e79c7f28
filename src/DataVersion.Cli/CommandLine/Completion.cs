using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;

namespace DataVersion.Cli.CommandLine;

/// <summary>Answers the shells' question what could come next: <c>dv "[suggest:POSITION]" "LINE"</c> prints one candidate per line.</summary>
internal static class Completion
{
    private const string Directive = "[suggest";

    internal static bool TryAnswer(CommandTree tree, string[] args, TextWriter output)
    {
        if (args.Length == 0 || !args[0].StartsWith(Directive, StringComparison.Ordinal) || !args[0].EndsWith(']'))
            return false;
        string line = args.Length > 1 ? args[1] : "";
        ReadOnlySpan<char> number = args[0].AsSpan(Directive.Length..^1).TrimStart(':');
        int position = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? Math.Min(given, line.Length) : line.Length;
        foreach (string candidate in Candidates(tree, line[..position]))
            output.WriteLine(candidate);
        return true;
    }

    private static IEnumerable<string> Candidates(CommandTree tree, string line)
    {
        string word = line[(line.LastIndexOf(' ') + 1)..];
        ParseResult parse = tree.Root.Parse(line, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // Options are offered only where one has been begun: elsewhere they would hide the shell's own file names.
        return parse.GetCompletions(line.Length)
            .Select(c => c.InsertText ?? c.Label)
            .Where(c => c.StartsWith('-') == word.StartsWith('-') && c.StartsWith(word, StringComparison.Ordinal));
    }
}
