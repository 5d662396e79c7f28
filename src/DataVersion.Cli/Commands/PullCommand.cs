using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv pull</c>.</summary>
internal sealed class PullCommand : DvCommand
{
    private readonly TransferOptions _options = new();
    private readonly Option<bool> _force = Opt.Flag("--force", "overwrite and delete in the workspace also what is not in the cache", "-f");

    internal PullCommand()
        : base("pull", "fetch the data that the pointers name, and check them out")
    {
        _options.AddTo(this, revisions: false, sends: false);
        Add(_force);
        AddJson();
        Details =
        [
            "The same as dv fetch and then dv checkout. Of a path inside a tracked folder only that part is fetched. Needs no Git: in a container image .dv/ and the pointers are enough.",
            "With --shard only one part of the files is fetched and placed; the rest shows as not-pulled, and dv pull without it completes. The parts follow from the pinned data and N alone. What lies here of another version is updated or, where it belongs to another part, removed.",
        ];
        Examples =
        [
            new("git pull && dv pull", "get a colleague's work"),
            new("dv pull data/images/cat", "only a part of a tracked folder"),
            new("dv pull --shard $JOB_COMPLETION_INDEX/8 data", "one of eight pods of an Indexed Job"),
            new("dv pull -r archive models", "from another remote"),
        ];
        Codes =
        [
            ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.Remote, ExitCodes.NoRepository, ExitCodes.Locked,
        ];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        TransferRequest request = _options.Read(parse, context) with { Force = parse.GetValue(_force) };
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        return Show(context.Reporter, await context.RunAsync((monitor, end) => new Pull(repository, monitor).RunAsync(request, end)));
    }

    internal static int Show(ConsoleReporter reporter, PullResult result)
    {
        reporter.Show(TransferOutput.Of(result), static json => json.TransferOutput, () =>
        {
            bool placed = result.Checkout.Added + result.Checkout.Modified + result.Checkout.Deleted + result.Checkout.Orphaned.Count > 0;
            if (result.Transfer.Objects + result.Transfer.Failed.Count > 0 || result.Transfer.Shard is not null || !placed)
                TransferReport.Write(reporter, result.Transfer, "fetched");
            if (placed)
                CheckoutReport.Write(reporter, result.Checkout, summary: false);
        });
        TransferReport.ShowFailures(reporter, result.Transfer);
        CheckoutReport.ShowRefused(reporter, result.Checkout);
        return ExitCodes.OfFailures(
            result.Transfer.Failed.Select(f => f.Kind).Concat(result.Checkout.Refused.Select(f => f.Kind)),
            result.Transfer.Objects + result.Checkout.Added + result.Checkout.Modified + result.Checkout.Deleted > 0);
    }
}
