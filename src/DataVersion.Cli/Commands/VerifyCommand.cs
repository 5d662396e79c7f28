using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv verify</c>.</summary>
internal sealed class VerifyCommand : DvCommand
{
    private readonly Argument<string[]> _paths = Opt.Paths("tracked paths, pointers, or folders that hold some; all without any");
    private readonly Option<bool> _cache = Opt.Flag("--cache", "only the cache: every object against its name, every tree complete");
    private readonly Option<bool> _workspace = Opt.Flag("--workspace", "only the workspace: the data against their pointers");

    internal VerifyCommand()
        : base("verify", "hash everything again, and say what is not what it should be")
    {
        Add(_paths);
        Add(_cache);
        Add(_workspace);
        AddJson();
        Details = ["Reads every byte and trusts no memory of earlier runs. A corrupt object of the cache is healed by: dv pull."];
        Examples =
        [
            new("dv verify", "the cache, and the workspace against its pointers"),
            new("dv verify --workspace data", "whether data is exactly what is pinned"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new VerifyRequest
        {
            Cache = parse.GetValue(_cache),
            Workspace = parse.GetValue(_workspace),
            Paths = parse.GetValue(_paths) ?? [],
            WorkingDirectory = context.WorkingDirectory,
        };
        using Repository repository = context.OpenRepository();
        return Show(context.Reporter, await context.RunAsync((monitor, end) => new Verify(repository, monitor).RunAsync(request, end)));
    }

    internal static int Show(ConsoleReporter reporter, VerifyResult result)
    {
        reporter.Show(result, static json => json.VerifyResult, () =>
        {
            string[] parts =
            [
                Sizes.Count(result.Objects, "object"), Sizes.Count(result.Trees, "tree"), Sizes.Count(result.Files, "workspace file"), Sizes.Bytes(result.Bytes),
            ];
            string outcome = result.Problems.Count == 0 ? "all is well" : Sizes.Count(result.Problems.Count, "problem");
            reporter.Did($"verified {string.Join(", ", parts)}: {outcome}");
        });
        Listing.Capped(reporter, result.Problems, p => reporter.ItemFailed(p.Path ?? p.What, p.Problem, null), reporter.Note);
        return ExitCodes.OfFailures(result.Problems.Select(p => p.Kind), anythingDone: true);
    }
}
