namespace DataVersion.Tracking.Pins;

/// <summary>
/// Whether a process runs in CI or in a container, where nobody looks at a warning and what is not committed is lost.
/// </summary>
/// <param name="Ci">What says that it is CI: the name of a variable; null where nothing does.</param>
/// <param name="Container">What says that it is a container: the name of a variable, or a file; null where nothing does.</param>
public sealed record EnvironmentKind(string? Ci, string? Container)
{
    // The variables that the services document: GitHub, GitLab, Jenkins, Buildkite, Azure Pipelines, TeamCity, CircleCI, Travis, AppVeyor, Bitbucket,
    // Drone, CodeBuild, Google Cloud Build.
    private static readonly string[] CiVariables =
    [
        "CI", "CONTINUOUS_INTEGRATION", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "BUILDKITE", "TF_BUILD", "TEAMCITY_VERSION", "CIRCLECI", "TRAVIS", "APPVEYOR",
        "BITBUCKET_BUILD_NUMBER", "DRONE", "CODEBUILD_BUILD_ID", "BUILDER_OUTPUT",
    ];

    // Set by systemd-nspawn, podman and others (systemd, "The Container Interface"), and by Kubernetes in every pod.
    private static readonly string[] ContainerVariables = ["container", "KUBERNETES_SERVICE_HOST"];

    /// <summary>Files that Docker and podman put into every container.</summary>
    public static IReadOnlyList<string> ContainerFiles { get; } = ["/.dockerenv", "/run/.containerenv"];

    /// <summary>A machine of somebody who sees warnings.</summary>
    public static EnvironmentKind Workplace { get; } = new(null, null);

    /// <summary>True in CI and in a container.</summary>
    public bool IsUnattended => Ci is not null || Container is not null;

    /// <summary>Looks at a process's surroundings.</summary>
    /// <param name="variables">All environment variables. Empty ones, <c>0</c> and <c>false</c> say nothing.</param>
    /// <param name="containerFiles">Files whose presence says that it is a container: <see cref="ContainerFiles"/>.</param>
    public static EnvironmentKind Detect(IReadOnlyDictionary<string, string> variables, IReadOnlyList<string> containerFiles) => new(
        Array.Find(CiVariables, name => Says(variables, name)),
        Array.Find(ContainerVariables, name => Says(variables, name)) ?? containerFiles.FirstOrDefault(File.Exists));

    private static bool Says(IReadOnlyDictionary<string, string> variables, string name) =>
        variables.TryGetValue(name, out string? value) && value.Length > 0 && value != "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase);
}
