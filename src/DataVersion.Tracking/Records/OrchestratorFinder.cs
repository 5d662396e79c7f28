namespace DataVersion.Tracking.Records;

/// <summary>Reads who started the process from the variables that orchestrators and CI systems set.</summary>
public static class OrchestratorFinder
{
    private static readonly (string Marker, string Kind, string? Job, string? User)[] Systems =
    [
        ("GITHUB_ACTIONS", "github", "GITHUB_RUN_ID", "GITHUB_ACTOR"),
        ("GITLAB_CI", "gitlab", "CI_JOB_ID", "GITLAB_USER_LOGIN"),
        ("JENKINS_URL", "jenkins", "BUILD_TAG", "BUILD_USER_ID"),
        ("BUILDKITE", "buildkite", "BUILDKITE_BUILD_ID", "BUILDKITE_BUILD_CREATOR"),
        ("TF_BUILD", "azure-pipelines", "BUILD_BUILDID", "BUILD_REQUESTEDFOR"),
        ("SLURM_JOB_ID", "slurm", "SLURM_JOB_ID", "SLURM_JOB_USER"),
        ("AWS_BATCH_JOB_ID", "aws-batch", "AWS_BATCH_JOB_ID", null),
        ("SM_TRAINING_ENV", "sagemaker", "TRAINING_JOB_NAME", null),
        ("AIP_MODEL_DIR", "vertex-ai", "CLOUD_ML_JOB_ID", null),
    ];

    /// <summary>What is known; null where nothing is.</summary>
    /// <param name="environment">All variables.</param>
    /// <param name="rank">Which of several processes this is.</param>
    /// <param name="user">The user of the machine, where known.</param>
    public static OrchestratorFacts? Find(IReadOnlyDictionary<string, string> environment, RankFacts? rank, string? user)
    {
        OrchestratorFacts? facts = null;
        if (Value("KUBERNETES_SERVICE_HOST") is not null)
        {
            facts = new OrchestratorFacts
            {
                Kind = "kubernetes",
                Job = Value("JOB_NAME"),
                Pod = Value("POD_NAME") ?? Value("HOSTNAME"),
                Namespace = Value("POD_NAMESPACE"),
                Node = Value("NODE_NAME"),
            };
        }
        else if (Systems.FirstOrDefault(s => Value(s.Marker) is not null) is { Marker: not null } system)
        {
            facts = new OrchestratorFacts
            {
                Kind = system.Kind,
                Job = system.Job is null ? null : Value(system.Job),
                Node = Value("SLURMD_NODENAME"),
                User = system.User is null ? null : Value(system.User),
            };
        }
        if (facts is null && rank is null && user is null)
            return null;
        facts ??= new OrchestratorFacts { Kind = "none" };
        return facts with { Rank = rank?.Rank, WorldSize = rank?.WorldSize, User = facts.User ?? user };

        string? Value(string name) => environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
    }
}
