using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Reporting;

/// <summary>How much is said, and in which form.</summary>
internal sealed record ReportOptions(bool Verbose = false, bool Quiet = false, bool Json = false, bool JsonProgress = false)
{
    internal const string JsonProgressName = "--json-progress";

    /// <summary>Reads them also from a command line that is otherwise wrong, so that its error comes out as was asked.</summary>
    internal static ReportOptions From(ParseResult parse, string[] args, GlobalOptions global) => new(
        parse.Has(global.Verbose),
        parse.Has(global.Quiet),
        args.TakeWhile(a => a != "--").Contains("--json") && parse.CommandResult.Command is DvCommand { JsonOption: not null },
        args.TakeWhile(a => a != "--").Contains(JsonProgressName) && parse.CommandResult.Command.Options.Any(o => o.Name == JsonProgressName));
}
