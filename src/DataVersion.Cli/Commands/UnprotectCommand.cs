using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv unprotect</c>.</summary>
internal sealed class UnprotectCommand : DvCommand
{
    private readonly Argument<string[]> _paths = Opt.Paths("tracked paths or parts of them", required: true);

    internal UnprotectCommand()
        : base("unprotect", "make data writable that are links into the cache")
    {
        Add(_paths);
        AddJson();
        Details = ["Replaces hard links and symbolic links into the cache by copies of their own, so that editing them in place does not touch the cache."];
        Examples = [new("dv unprotect data/train.parquet", "before a program writes into the file"), new("dv unprotect data", "a whole folder")];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new UnprotectRequest { Paths = parse.GetRequiredValue(_paths), WorkingDirectory = context.WorkingDirectory };
        using Repository repository = context.OpenRepository();
        return Show(context.Reporter, await context.RunAsync((monitor, end) => new Unprotect(repository, monitor).RunAsync(request, end)));
    }

    internal static int Show(ConsoleReporter reporter, UnprotectResult result)
    {
        reporter.Show(result, static json => json.UnprotectResult, () =>
            reporter.Did(result.Files == 0 ? "nothing was protected" : $"{Sizes.Count(result.Files, "file")} made writable"));
        Listing.Capped(reporter, result.Failed, f => reporter.ItemFailed(f.Path, f.Error, f.Hint), reporter.Note);
        return ExitCodes.OfFailures(result.Failed.Select(f => f.Kind), result.Files > 0);
    }
}
