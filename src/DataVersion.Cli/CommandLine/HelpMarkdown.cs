using System.Text;
using DataVersion.Tracking.Runs;

namespace DataVersion.Cli.CommandLine;

/// <summary>Writes the pages of docs/commands: one per command, a list of them, and the exit codes.</summary>
internal static class HelpMarkdown
{
    private const string Generated = "<!-- Generated from the program; a test compares. Rewrite with: DV_UPDATE_GOLDEN=1 ./build.sh --target=Test -->";

    /// <summary>File name → contents.</summary>
    internal static IReadOnlyDictionary<string, string> Pages(CommandTree tree)
    {
        var pages = new Dictionary<string, string> { ["README.md"] = List(tree), ["exit-codes.md"] = Codes() };
        foreach (DvCommand command in tree.Root.Subcommands.Cast<DvCommand>().Where(c => !c.Hidden))
            pages[$"{command.Name}.md"] = Page(command, tree);
        return pages;
    }

    private static string List(CommandTree tree)
    {
        var text = new StringBuilder($"{Generated}\n# Commands\n\n{tree.Root.Description}.\n");
        foreach (CommandGroup group in tree.Groups)
        {
            text.Append($"\n## {group.Title}\n\n");
            foreach (DvCommand command in group.Commands)
                text.Append($"- [dv {command.Name}]({command.Name}.md): {command.Description}\n");
        }
        text.Append("\nEvery command ends with one of the [exit codes](exit-codes.md).\n\n## Options of every command\n\n");
        HelpPage page = HelpPage.Of(tree.Root, tree);
        AppendRows(text, page.Sections[^1].Rows);
        return text.Append("""

            ## Output

            Results go to stdout; progress, warnings, hints and errors to stderr. Progress is a bar where stderr is a terminal and a line every ten seconds elsewhere.
            Colour honours `NO_COLOR`. Control characters in names are escaped.

            With `--json` a command prints one JSON document on one line of stdout. If it fails before it has a result, that document is
            `{"error":{"kind":…,"message":…,"hint":…,"exitCode":…}}`. Paths in JSON are relative to the repository's root, with `/`.

            """).ToString();
    }

    private static string Codes()
    {
        var text = new StringBuilder($"{Generated}\n# Exit codes\n\n| code | meaning |\n|---|---|\n");
        foreach (int code in ExitCodes.All)
            text.Append($"| {code} | {ExitCodes.Describe(code)} |\n");
        text.Append("""

            A command that goes on after an error and finishes ends with the gravest of 5, 4 and 6 among its failures, else with 3.
            Where everything failed for one and the same reason and nothing was done, it ends with that reason's code.

            A failed command prints one line `dv: error: …` on stderr, and where something can be done about it a line `hint: …`.
            `--verbose` adds a stack trace. With `--json` the error is also on stdout, unless a result is:
            `{"error":{"kind":"no-repository","message":"…","hint":"…","exitCode":10}}`.
            Kinds are `usage`, `incomplete`, `missing`, `corrupt`, `remote`, `no-repository`, `locked`, `file-system`, `unexpected` and `interrupted`.

            """);
        text.Append("""

            ## dv run

            `dv run` has a table of its own: its stages use the numbers of sysexits(3), so that a cluster can tell what a retry would mend; every other code is the
            trainer's, passed on unchanged.

            | code | meaning |
            |---|---|

            """);
        foreach ((int code, string meaning) in RunExitCodes.All)
            text.Append($"| {code} | {meaning} |\n");
        return text.ToString();
    }

    private static string Page(DvCommand command, CommandTree tree)
    {
        var text = new StringBuilder(Generated).Append('\n');
        Append(text, HelpPage.Of(command, tree), "#");
        foreach (DvCommand inner in command.Subcommands.Cast<DvCommand>().Where(c => !c.Hidden))
            Append(text.Append('\n'), HelpPage.Of(inner, tree), "##");
        return text.ToString();
    }

    private static void Append(StringBuilder text, HelpPage page, string level)
    {
        text.Append($"{level} {page.Name}\n\n{page.Summary}\n\n```\n{page.Usage}\n```\n");
        foreach (string paragraph in page.Details)
            text.Append($"\n{paragraph}\n");
        // The last section, the options of every command, stands in README.md.
        foreach (HelpSection section in page.Sections.SkipLast(1))
        {
            text.Append($"\n{level}# {section.Title}\n\n");
            AppendRows(text, section.Rows);
        }
        if (page.Examples.Count > 0)
        {
            text.Append($"\n{level}# Examples\n\n```sh\n");
            foreach (Example example in page.Examples)
                text.Append($"{example.Line}    # {example.Meaning}\n");
            text.Append("```\n");
        }
        if (page.Codes.Count == 0)
            return;
        text.Append($"\n{level}# Exit codes\n\n");
        AppendRows(text, page.Codes);
        text.Append("\nSee also [all exit codes](exit-codes.md).\n");
    }

    private static void AppendRows(StringBuilder text, IReadOnlyList<HelpRow> rows)
    {
        foreach (HelpRow row in rows)
            text.Append($"- `{row.Name}`: {row.Meaning}\n");
    }
}
