using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv runs sync</c>.</summary>
internal sealed class RunsSyncCommand : DvCommand
{
    private readonly Option<string?> _remote = Opt.Text("--remote", "REMOTE", "where to, instead of run.remote or the default remote", "-r");

    internal RunsSyncCommand()
        : base("sync", "send records that no remote took while their runs lasted")
    {
        Add(_remote);
        AddJson();
        Examples = [new("dv runs sync", "after the network is back")];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        RemoteSettings remote = repository.Settings.RequireRemote(parse.GetValue(_remote) ?? repository.Settings.RunRemote);
        RunStore store = RunStore.Of(repository);
        IReadOnlyList<string> sent = await new RunSpool(repository, store).SendAsync(remote, SilentMonitor.Instance, context.CancellationToken);
        context.Reporter.Show(new RunSyncOutput(sent), static json => json.RunSyncOutput, () =>
            context.Reporter.Did(sent.Count == 0 ? "nothing to send" : $"sent {Sizes.Count(sent.Count, "run")} to '{remote.Name}'"));
        return ExitCodes.Done;
    }
}
