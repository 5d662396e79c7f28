using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Tracking;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;
using DataVersion.Transfers;

namespace DataVersion.Cli;

/// <summary>What a command may use while it runs.</summary>
internal sealed class CommandContext
{
    private readonly CliHost _host;
    private ProgressMonitor? _monitor;

    internal CommandContext(CommandTree tree, ParseResult parse, CliHost host, ConsoleReporter reporter, CancellationToken cancellationToken)
    {
        _host = host;
        Tree = tree;
        Reporter = reporter;
        CancellationToken = cancellationToken;
        Environment = host.ToHostEnvironment() with { Warn = Warn };
        WorkingDirectory = ResolveDirectory(parse.GetValue(tree.Global.Directory));
    }

    internal CommandTree Tree { get; }
    internal ConsoleReporter Reporter { get; }
    internal HostEnvironment Environment { get; }

    /// <summary>Whether this is CI or a container.</summary>
    internal EnvironmentKind Surroundings => EnvironmentKind.Detect(_host.Environment, EnvironmentKind.ContainerFiles);

    internal CancellationToken CancellationToken { get; }

    /// <summary>All environment variables of the process, for what reads more than dv's own.</summary>
    internal IReadOnlyDictionary<string, string> Variables => _host.Environment;

    /// <summary>Where the machine tells about itself.</summary>
    internal MachinePaths Machine => _host.Machine;

    /// <summary>Where relative paths start from: the process's folder, or that of <c>-C</c>. Absolute.</summary>
    internal string WorkingDirectory { get; }

    /// <summary>The repository that the working directory is in. A mistake in its configuration is said by every command.</summary>
    internal Repository OpenRepository()
    {
        Repository repository = OpenUnchecked();
        _ = repository.Settings;
        return repository;
    }

    /// <summary>The same for commands that show or repair the configuration.</summary>
    internal Repository OpenUnchecked()
    {
        Repository repository = Repository.Open(WorkingDirectory, Environment, OpenRemote);
        Reporter.ShowPathsFrom(repository.Layout.Root, WorkingDirectory);
        return repository;
    }

    /// <summary>Says what the repository asks for and does not get; for commands that talk to remotes.</summary>
    internal void WarnOfIgnoredSettings(Repository repository)
    {
        foreach (IgnoredValue ignored in repository.Settings.Ignored)
            Reporter.Warn($"{ignored.Message}: {ignored.Remedy}");
    }

    /// <summary>Asks on the terminal; null where there is none to ask on.</summary>
    internal bool? Ask(string question)
    {
        if (_host.Input is null || !_host.IsErrorTerminal || Reporter.Json)
            return null;
        Reporter.Question($"{question} [y/N] ");
        return _host.Input.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>Runs an operation with progress shown while it lasts.</summary>
    internal async Task<T> RunAsync<T>(Func<ITransferMonitor, CancellationToken, Task<T>> operation)
    {
        await using ProgressMonitor monitor = ProgressMonitor.Start(_host, Reporter);
        _monitor = monitor;
        try
        {
            return await operation(monitor, CancellationToken);
        }
        finally
        {
            _monitor = null;
        }
    }

    // Between the progress where some is shown.
    private void Warn(string message)
    {
        if (_monitor is { } monitor)
            monitor.Warn(message);
        else
            Reporter.Warn(message);
    }

    /// <summary>The records of runs that this machine keeps.</summary>
    internal RunStore FindRuns(Repository repository) => RunStoreFinder.Find(repository, TemporaryDirectory, static _ => { });

    /// <summary>A folder for what may be lost.</summary>
    private string TemporaryDirectory => Path.GetFullPath(_host.Variable("TMPDIR") ?? Path.GetTempPath(), _host.WorkingDirectory);

    /// <summary>What a run is given. From now on signals are the run's matter.</summary>
    internal RunHost CreateRunHost() => new()
    {
        Variables = _host.Environment,
        Environment = Environment,
        OpenRemote = OpenRemote,
        Signals = _host.TakeSignals?.Invoke() ?? new SignalRelay(),
        Machine = _host.Machine,
        Version = ProgramVersion.Current.Version,
        TemporaryDirectory = TemporaryDirectory,
        IsInteractive = _host.Input is not null && _host.IsErrorTerminal,
        User = _host.User,
    };

    /// <summary>Opens where bytes go that are no text.</summary>
    internal Stream OpenOutput() => _host.OpenOutput();

    /// <summary>Columns of the terminal that answers go to; null where they go elsewhere.</summary>
    internal int? TerminalWidth => _host.TerminalWidth;

    /// <summary>Starts to show progress; disposed, it is off the terminal.</summary>
    internal ProgressMonitor StartProgress() => ProgressMonitor.Start(_host, Reporter);

    private IBlobStore OpenRemote(RemoteSettings remote, RequestMeter meter) => RemoteStores.Open(new RemoteContext
    {
        Settings = remote,
        Variables = _host.Environment,
        HomeDirectory = Environment.HomeDirectory,
        Meter = meter,
        Clock = _host.Clock,
    });

    private string ResolveDirectory(string? directory)
    {
        if (directory is null)
            return _host.WorkingDirectory;
        string full = Path.GetFullPath(directory, _host.WorkingDirectory);
        return System.IO.Directory.Exists(full) ? full : throw new UsageException($"-C: there is no folder '{directory}'");
    }
}
