using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Configuration;
using DataVersion.Operations;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;

namespace DataVersion.Cli.Commands;

/// <summary>Where commands look for runs: <c>--local</c>, <c>--remote</c>.</summary>
internal sealed class RunsScope
{
    private readonly Option<bool> _local = Opt.Flag("--local", "only the runs of this machine: ask no remote");
    private readonly Option<string?> _remote = Opt.Text("--remote", "REMOTE", "the remote that keeps the runs, instead of run.remote or the default one", "-r");

    internal void AddTo(Command command)
    {
        command.Add(_local);
        command.Add(_remote);
    }

    /// <summary>Opens the runs. A remote that was not asked for by name and does not answer is a warning: what is here is shown.</summary>
    internal async Task<OpenedRuns> OpenAsync(ParseResult parse, CommandContext context, Repository repository)
    {
        RunStore store = context.FindRuns(repository);
        string? named = parse.GetValue(_remote);
        if (parse.GetValue(_local) || (named is null && Find(repository) is null))
            return new OpenedRuns(store, null);
        RemoteSettings remote = named is null ? Find(repository)! : repository.Settings.RequireRemote(named);
        try
        {
            RemoteDocuments documents = await RemoteDocuments.OpenAsync(repository, remote, write: false, SilentMonitor.Instance, context.CancellationToken);
            if (documents.IsListable)
                return new OpenedRuns(store, documents);
            documents.Dispose();
            context.Reporter.Note($"the runs on remote '{remote.Name}' cannot be listed: only those of this machine are seen");
        }
        catch (RemoteException e) when (named is null)
        {
            context.Reporter.Warn($"{e.Message}; only the runs of this machine are seen");
        }
        return new OpenedRuns(store, null);
    }

    // The one of run.remote must exist; without any, the default remote is used if there is one.
    private static RemoteSettings? Find(Repository repository)
    {
        Settings settings = repository.Settings;
        return settings.RunRemote is { } name ? settings.RequireRemote(name) : settings.Remotes.FirstOrDefault(r => r.Name == settings.Remote);
    }
}

/// <summary>The runs of this machine and of a remote.</summary>
internal sealed class OpenedRuns(RunStore store, RemoteDocuments? documents) : IDisposable
{
    internal RunStore Store => store;

    internal RunCatalog Catalog { get; } = new(store, documents is null ? null : new RunLedger(documents));

    public void Dispose() => documents?.Dispose();
}
