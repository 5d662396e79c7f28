using DataVersion.Tracking.Parameters;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Reproduction;

/// <summary>The variables of a repetition: the user's own, and on top those that the run recorded and that change results.</summary>
internal static class RecordedVariables
{
    // They name what only one machine, one image or one job has.
    private static readonly string[] Local =
    [
        "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_REQUIRE_CUDA", "CUDA_VERSION", "CUDNN_VERSION", "CONDA_DEFAULT_ENV",
        "LOCAL_RANK", "MASTER_PORT",
    ];

    // They would pin, name, track or end the run in another way than the repetition does.
    private static readonly string[] OfOtherRuns =
    [
        "DV_RUN_KEY", "DV_REV", "DV_REPO", "DV_PIN", "DV_CHILD_EXIT", "DV_REQUIRE_GPU", "DV_REQUIRE_RECORD", "DV_RUN_ID", "DV_ATTEMPT", "DV_CHECKPOINT", "DV_RESTORED",
        "GIT_COMMIT", "MLFLOW_RUN_ID", "OPENLINEAGE_URL", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_PORT",
    ];

    /// <summary>Variables that are set as they were, or not set as they were not.</summary>
    internal static IEnumerable<string> Restored { get; } =
        [.. EnvironmentCapture.Allowed.Except(Local).Except(OfOtherRuns).Except(RankFacts.Variables).Where(n => !n.StartsWith("DV_", StringComparison.Ordinal))];

    /// <summary>All of them.</summary>
    /// <param name="own">The user's own.</param>
    /// <param name="record">The run that is repeated.</param>
    /// <param name="image">The image that the repetition runs in; null where it runs on this machine as it is.</param>
    public static Dictionary<string, string> For(IReadOnlyDictionary<string, string> own, RunRecord record, string? image)
    {
        var variables = new Dictionary<string, string>(own.Where(v => !v.Key.StartsWith(ParameterRules.Prefix, StringComparison.Ordinal)));
        foreach (string name in OfOtherRuns.Concat(RankFacts.Variables))
            variables.Remove(name);
        foreach (string name in Restored)
        {
            if (record.Runtime?.EnvAllowList.TryGetValue(name, out string? value) != true)
                variables.Remove(name);
            else if (!value!.Contains(Redactor.Mark, StringComparison.Ordinal))
                variables[name] = value;
        }
        // Seeds that are no parameters were variables.
        foreach ((string name, string value) in record.Train.Seeds.Where(s => !record.Train.Params.ContainsKey(s.Key) && !s.Value.Contains(Redactor.Mark, StringComparison.Ordinal)))
            variables[name] = value;
        variables["DV_MLFLOW"] = "off";
        if (image is not null)
            variables["DV_IMAGE"] = image;
        return variables;
    }
}
