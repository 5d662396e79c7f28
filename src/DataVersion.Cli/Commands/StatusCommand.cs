using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv status</c>.</summary>
internal sealed class StatusCommand : DvCommand
{
    private readonly Argument<string[]> _paths = Opt.Paths("tracked paths, pointers, or folders that hold some; all without any");

    private readonly Option<string?> _remote = new("--remote")
    {
        Description = "ask a remote too (the default one without a name; give PATHs first, or write --remote=NAME)",
        HelpName = "NAME",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _exitCode = Opt.Flag("--exit-code", "end with 1 where something differs");

    internal StatusCommand()
        : base("status", "show how the data differ from what the pointers say")
    {
        Add(_paths);
        Add(_remote);
        Add(_exitCode);
        AddJson();
        Details =
        [
            "States: modified, new, deleted (dv add takes them up), outdated (only the pointer moved, as after git pull: dv checkout), diverged (both), not-pulled, orphaned (no pointer any more), not-in-cache, not-on-remote (with --remote), conflict (in the pointer).",
            "No file whose size and times are as dv remembers is read.",
        ];
        Examples =
        [
            new("dv status", "everything"),
            new("dv status data --remote", "whether the default remote has all of data, too"),
            new("dv status --exit-code -q", "for scripts: 0 if nothing differs, else 1"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Differences, ExitCodes.Usage, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new StatusRequest
        {
            Paths = parse.GetValue(_paths) ?? [],
            WorkingDirectory = context.WorkingDirectory,
            CheckRemote = parse.Has(_remote),
            Remote = parse.GetValue(_remote),
        };
        using Repository repository = context.OpenRepository();
        StatusResult result = await context.RunAsync((monitor, end) => new Status(repository, monitor).RunAsync(request, end));
        StatusReport.WriteProbed(context.Reporter, repository.ProbedFileSystems);
        context.Reporter.Show(result, static json => json.StatusResult, () => StatusReport.Write(context.Reporter, result));
        return parse.GetValue(_exitCode) && !result.Clean ? ExitCodes.Differences : ExitCodes.Done;
    }
}
