namespace DataVersion.Tracking.Mlflow;

/// <summary>What is known of a run when it starts, in neutral words.</summary>
public sealed record MlflowFacts
{
    /// <summary>Names the run, whatever happens to requests: tag <c>dv.run.uuid</c>.</summary>
    public required string RunUuid { get; init; }

    /// <summary>Names the logical run that attempts share (tag <c>dv.run.key</c>); null where each attempt stands alone.</summary>
    public string? RunKey { get; init; }

    /// <summary>Counted from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Null to take what the settings say, else "Default".</summary>
    public string? ExperimentName { get; init; }

    /// <summary>Null to take what the settings say, else the server makes one up.</summary>
    public string? RunName { get; init; }

    /// <summary>When the run began.</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>Tags, MLflow's own (<c>mlflow.source.git.commit</c> …) included; the last value of a tag counts.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Params; what the run has already with another value goes to tag <c>dv.param.KEY</c>.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();

    /// <summary>The data.</summary>
    public IReadOnlyList<MlflowDataset> Datasets { get; init; } = [];
}
