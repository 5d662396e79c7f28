using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv ls</c>.</summary>
internal sealed class LsCommand : DvCommand
{
    private readonly Argument<string[]> _paths = Opt.Paths("tracked paths or parts of them, pointers, or folders that hold some; all pointers without any");
    private readonly Option<string?> _revision = Opt.Text("--rev", "REV", "what this commit, tag or branch pins, instead of the workspace's pointers");
    private readonly Option<bool> _recursive = Opt.Flag("--recursive", "all files below, instead of the entries of a folder", "-R");
    private readonly Option<bool> _long = Opt.Flag("--long", "with mode, id and size, as git ls-tree has them", "-l");
    private readonly Option<Shard?> _shard = Opt.Shard();
    private readonly Option<string?> _remote = Opt.Remote();
    private readonly Option<int?> _jobs = Opt.Jobs("how many requests to send at once");

    internal LsCommand()
        : base("ls", "list what a version tracks, without fetching contents")
    {
        Add(_paths);
        foreach (Option option in (Option[])[_revision, _recursive, _long, _shard, _remote, _jobs])
            Add(option);
        AddJson();
        Details =
        [
            "Reads pointers and trees; trees that the cache lacks are fetched. A tracked folder shows its entries, and folders end with '/'. What lies in the workspace does not matter.",
            "With --shard the files are those that dv pull with the same shard and paths would bring, at any depth.",
            "With --json: path, kind (file, link, directory), size, oid, files (of a folder), blocks (the list of a file over 64 MiB), executable, target (of a link; each different one is fetched). The document is written while the trees are read: one without an end comes from a command that failed.",
        ];
        Examples =
        [
            new("dv ls", "all pointers"),
            new("dv ls -l data/images", "the entries of a tracked folder"),
            new("dv ls -R --rev v1 data", "all files below data, as the tag v1 pins them"),
            new("dv ls --json --shard 2/8 data", "the part that one of eight loaders reads"),
        ];
        Codes =
        [
            ExitCodes.Done, ExitCodes.Usage, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.Remote, ExitCodes.NoRepository, ExitCodes.Locked,
        ];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new ListRequest
        {
            Paths = parse.GetValue(_paths) ?? [],
            WorkingDirectory = context.WorkingDirectory,
            Revision = parse.GetValue(_revision),
            Remote = parse.GetValue(_remote),
            Jobs = parse.GetValue(_jobs),
            Recursive = parse.GetValue(_recursive),
            Shard = parse.GetValue(_shard) ?? TransferOptions.ShardOf(context.Variables),
            ReadTargets = context.Reporter.Json,
        };
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        await using FileListing listing = await context.RunAsync((monitor, end) => new ListFiles(repository, monitor).RunAsync(request, end));
        await ListingReport.WriteAsync(context.Reporter, listing, parse.GetValue(_long), context.CancellationToken);
        TransferReport.WriteCost(context.Reporter, listing.Requests, listing.Retries);
        foreach (FailedItem failed in listing.Failed)
            context.Reporter.ItemFailed(failed.Path, failed.Error, failed.Hint);
        return ExitCodes.OfFailures(listing.Failed.Select(f => f.Kind), anythingDone: true);
    }
}
