namespace DataVersion.Tracking.Mlflow;

/// <summary>How much a run depends on its MLflow server (variable <c>DV_MLFLOW</c>).</summary>
public enum MlflowMode
{
    /// <summary>A server that is down never stops a run; what was not delivered is said, and can be replayed.</summary>
    BestEffort,

    /// <summary>A run does not start without its MLflow run.</summary>
    Require,

    /// <summary>No MLflow at all.</summary>
    Off,
}

/// <summary>The status of an MLflow run, as the server spells it in capitals.</summary>
public enum MlflowStatus
{
    /// <summary>RUNNING.</summary>
    Running,

    /// <summary>FINISHED: the trainer returned 0.</summary>
    Finished,

    /// <summary>FAILED: the trainer, or a stage before it, failed.</summary>
    Failed,

    /// <summary>KILLED: a signal ended it.</summary>
    Killed,
}
