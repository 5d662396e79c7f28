using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Git;
using DataVersion.Operations;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary>The arguments and options that push, fetch and pull share.</summary>
internal sealed class TransferOptions
{
    private readonly Argument<string[]> _paths = Opt.Paths("tracked paths or parts of them, pointers, or folders that hold some; all without any");
    private readonly Option<string?> _remote = Opt.Remote();
    private readonly Option<int?> _jobs = Opt.Jobs();
    private readonly Option<long?> _rate = Opt.LimitRate();
    private readonly Option<bool> _deep = Opt.Flag("--deep", "ask the remote for every object instead of relying on its receipts");
    private readonly Option<bool> _verify = Opt.Flag("--verify", "read back every object, too, and replace what is damaged");
    private readonly Option<string?> _revision = Opt.Text("--rev", "REV", "what this commit, tag or branch pins, instead of the workspace");
    private readonly Option<bool> _branches = Opt.Flag("--all-branches", "what the tips of all local branches pin");
    private readonly Option<bool> _tags = Opt.Flag("--all-tags", "what all tags pin");
    private readonly Option<bool> _commits = Opt.Flag("--all-commits", "what any commit of any branch or tag pins");

    private readonly Option<Shard?> _shard = Opt.Shard();
    private bool _sends;

    /// <param name="command">Whose options they are.</param>
    /// <param name="revisions">Whether it takes other versions than the workspace's.</param>
    /// <param name="sends">Whether it sends: then it may check the remote, and takes no part of the files.</param>
    internal void AddTo(Command command, bool revisions, bool sends)
    {
        _sends = sends;
        command.Add(_paths);
        command.Add(_remote);
        command.Add(_jobs);
        command.Add(_rate);
        if (sends)
        {
            command.Add(_deep);
            command.Add(_verify);
        }
        command.Add(Opt.Flag(ReportOptions.JsonProgressName, "show progress as JSON lines on stderr"));
        if (!sends)
            command.Add(_shard);
        if (!revisions)
            return;
        foreach (Option option in (Option[])[_revision, _branches, _tags, _commits])
            command.Add(option);
    }

    internal TransferRequest Read(ParseResult parse, CommandContext context)
    {
        var scope = new RevisionScope
        {
            Revision = parse.Has(_revision) ? parse.GetValue(_revision) : null,
            AllBranches = parse.Has(_branches),
            AllTags = parse.Has(_tags),
            AllCommits = parse.Has(_commits),
        };
        return new TransferRequest
        {
            Paths = parse.GetValue(_paths) ?? [],
            WorkingDirectory = context.WorkingDirectory,
            Remote = parse.GetValue(_remote),
            Jobs = parse.GetValue(_jobs),
            LimitRate = parse.GetValue(_rate),
            Deep = _sends && parse.GetValue(_deep),
            Verify = _sends && parse.GetValue(_verify),
            Shard = _sends ? null : parse.GetValue(_shard) ?? ShardOf(context.Variables),
            Revisions = scope == new RevisionScope() ? null : scope,
        };
    }

    /// <summary>The part that the environment names; null for all.</summary>
    internal static Shard? ShardOf(IReadOnlyDictionary<string, string> variables)
    {
        if (variables.GetValueOrDefault("DV_SHARD") is not { Length: > 0 } text)
            return null;
        return Shard.TryParse(text, out Shard shard) ? shard : throw new UsageException($"DV_SHARD: {Opt.NoShard(text)}");
    }
}
