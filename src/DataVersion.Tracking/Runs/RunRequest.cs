using DataVersion.Tracking.Pins;

namespace DataVersion.Tracking.Runs;

/// <summary>What <c>dv run</c> is asked for. What is null or empty may still come from a variable (docs/runs.md).</summary>
public sealed record RunRequest
{
    /// <summary>Program and arguments of the trainer.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Where relative paths, and the trainer, start. Absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Tracked paths, or parts of them, to pull; empty for all.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>The revision whose data are used (<c>DV_REV</c>).</summary>
    public string? Revision { get; init; }

    /// <summary>The Git repository that it is taken from (<c>DV_REPO</c>).</summary>
    public string? Repository { get; init; }

    /// <summary>A baked pin (<c>DV_PIN</c>).</summary>
    public string? PinFile { get; init; }

    /// <summary>What would be refused, and is allowed.</summary>
    public PinAllowances Allowed { get; init; } = PinAllowances.None;

    /// <summary>The remote of the data instead of the pointers' own.</summary>
    public string? Remote { get; init; }

    /// <summary>Files and folders that the trainer leaves behind.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Write pointers for the outputs.</summary>
    public bool Track { get; init; }

    /// <summary>Keep outputs on this machine.</summary>
    public bool NoPush { get; init; }

    /// <summary>A folder that the trainer saves its state to.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>How often that is pushed.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The run whose checkpoint is restored; null for the last one of the same <c>DV_RUN_KEY</c>.</summary>
    public string? Resume { get; init; }

    /// <summary>NAME=VALUE.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>A file of parameters, YAML or JSON.</summary>
    public string? ParametersFile { get; init; }

    /// <summary>End with 72 where there is no usable GPU.</summary>
    public bool RequireGpu { get; init; }

    /// <summary>Fail where no remote takes the record.</summary>
    public bool RequireRecord { get; init; }

    /// <summary>Hash all data again before the trainer starts (<c>DV_VERIFY=full</c>).</summary>
    public bool VerifyAll { get; init; }

    /// <summary>The MLflow experiment.</summary>
    public string? Experiment { get; init; }

    /// <summary>The MLflow run's name.</summary>
    public string? RunName { get; init; }

    /// <summary>Upload the outputs to MLflow.</summary>
    public bool LogOutputs { get; init; }

    /// <summary>Register the first output in MLflow under this name.</summary>
    public string? Register { get; init; }

    /// <summary>The alias that the registered version gets.</summary>
    public string? Alias { get; init; }

    /// <summary>The run that this one repeats.</summary>
    public string? Reproduces { get; init; }

    /// <summary>The folder that keeps the run's record, absolute; null for the repository's own.</summary>
    public string? RunsFolder { get; init; }

    /// <summary>Keep the record on this machine.</summary>
    public bool NoRecordPush { get; init; }

    /// <summary>Changes what is started in the trainer's place, such as a container that the trainer runs in; null to start the trainer itself.</summary>
    public Func<Processes.ChildStart, Processes.ChildStart>? Wrap { get; init; }

    /// <summary>Ask the trainer's interpreter for its packages; not where the trainer's is another one, in a container.</summary>
    public bool ListsPackages { get; init; } = true;

    /// <summary>What variables say (docs/runs.md), where the command line says nothing.</summary>
    /// <exception cref="UsageException">A variable has no meaning.</exception>
    public RunRequest WithVariables(RunHost host)
    {
        string? verify = host.Variable("DV_VERIFY");
        if (verify is not (null or "full" or "index"))
            throw new UsageException($"DV_VERIFY: '{verify}' is not full or index");
        return this with
        {
            Revision = Revision ?? host.Variable("DV_REV"),
            Repository = Repository ?? host.Variable("DV_REPO"),
            PinFile = PinFile ?? host.Variable("DV_PIN"),
            VerifyAll = VerifyAll || verify == "full",
            RequireGpu = RequireGpu || Says(host, "DV_REQUIRE_GPU"),
            RequireRecord = RequireRecord || Says(host, "DV_REQUIRE_RECORD"),
            Allowed = new PinAllowances(
                Allowed.Unpinned || Says(host, "DV_ALLOW_UNPINNED"), Allowed.Mismatch || Says(host, "DV_ALLOW_PIN_MISMATCH"),
                Allowed.DataRevision || Says(host, "DV_ALLOW_DATA_REV"), Allowed.Dirty || Says(host, "DV_ALLOW_DIRTY"), Allowed.DataDirty || Says(host, "DV_ALLOW_DATA_DIRTY")),
        };
    }

    private static bool Says(RunHost host, string name) => host.Variable(name)?.ToLowerInvariant() switch
    {
        null or "0" or "false" or "no" or "off" => false,
        "1" or "true" or "yes" or "on" => true,
        _ => throw new UsageException($"{name}: '{host.Variable(name)}' is not 1 or 0"),
    };
}

/// <summary>How a run ended.</summary>
/// <param name="ExitCode">What the program ends with (<see cref="RunExitCodes"/>).</param>
/// <param name="Record">What was recorded; null where not even that was possible.</param>
public sealed record RunOutcome(int ExitCode, Records.RunRecord? Record);
