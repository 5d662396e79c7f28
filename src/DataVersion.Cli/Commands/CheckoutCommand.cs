using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv checkout</c>.</summary>
internal sealed class CheckoutCommand : DvCommand
{
    private readonly Argument<string[]> _paths = Opt.Paths("tracked paths or parts of them, pointers, or folders that hold some; all without any");
    private readonly Option<bool> _force = Opt.Flag("--force", "overwrite and delete also what is not in the cache", "-f");
    private readonly Option<bool> _summary = Opt.Flag("--summary", "show the numbers only");

    internal CheckoutCommand()
        : base("checkout", "make the data what the pointers say, from the cache")
    {
        Add(_paths);
        Add(_force);
        Add(_summary);
        AddJson();
        Details =
        [
            "Nothing is fetched: see dv pull. A file whose content is not in the cache is neither overwritten nor deleted, unless --force. What an older commit no longer tracks is removed if it is unmodified and cached, else it stays and is shown as orphaned.",
        ];
        Examples =
        [
            new("git checkout v1 && dv checkout", "go back to what v1 pinned"),
            new("dv checkout data/images/cat", "a part of a tracked folder"),
            new("dv checkout --force data/train.parquet", "throw away local changes"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new CheckoutRequest
        {
            Paths = parse.GetValue(_paths) ?? [],
            WorkingDirectory = context.WorkingDirectory,
            Force = parse.GetValue(_force),
        };
        using Repository repository = context.OpenRepository();
        CheckoutResult result = await context.RunAsync((monitor, end) => new Checkout(repository, monitor).RunAsync(request, end));
        return Show(context.Reporter, result, parse.GetValue(_summary));
    }

    internal static int Show(ConsoleReporter reporter, CheckoutResult result, bool summary)
    {
        reporter.Show(result, static json => json.CheckoutResult, () => CheckoutReport.Write(reporter, result, summary));
        return CheckoutReport.Finish(reporter, result);
    }
}
