using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DataVersion.Cli;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Runs;
using Xunit;

namespace DataVersion.Tests.Container;

/// <summary>The Jobs know dv's exit codes, and what an Indexed Job's pods are.</summary>
public sealed partial class JobTests
{
    private static readonly int[] PullGivesUp = [ExitCodes.Usage, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.NoRepository];

    [Theory]
    [InlineData("train.yaml", "train")]
    [InlineData("cache.yaml", "warm-cache")]
    public void What_no_retry_mends_ends_the_job_and_a_lost_node_costs_no_attempt(string file, string name)
    {
        JsonObject job = YamlJson.ParseAll(ContainerFiles.Read("kubernetes", "base", file)).Single(d => d.Text("kind") == "Job");
        JsonNode[] rules = [.. job.Items("spec", "podFailurePolicy", "rules")];

        Assert.Equal(name, job.Text("metadata", "name"));
        Assert.Equal(("Ignore", "DisruptionTarget"), (rules[0].Text("action"), rules[0].Items("onPodConditions").Single().Text("type")));
        Dictionary<string, int[]> codes = rules.Skip(1).ToDictionary(r => r.Text("onExitCodes", "containerName")!, r => (int[])[.. r.Texts("onExitCodes", "values").Select(v => int.Parse(v, CultureInfo.InvariantCulture))]);
        Assert.All(rules.Skip(1), r => Assert.Equal(("FailJob", "In"), (r.Text("action"), r.Text("onExitCodes", "operator"))));
        Assert.Equal(PullGivesUp, codes["pull"]);
        if (name == "train")
            Assert.Equal(HopelessForARun(), codes["train"]);
        // Rules name containers that there are.
        string[] containers = [.. KubernetesPolicy.Pods(job).Single().Pod is var pod ? pod.Items("initContainers").Concat(pod.Items("containers")).Select(c => c.Text("name")!) : []];
        Assert.Equal(codes.Keys.Order(StringComparer.Ordinal), containers.Order(StringComparer.Ordinal));
        // Kubernetes asks for it beside a policy.
        Assert.Equal("Never", job.Text("spec", "template", "spec", "restartPolicy"));
        Assert.NotNull(job.At("spec", "activeDeadlineSeconds"));
        Assert.NotNull(job.At("spec", "ttlSecondsAfterFinished"));
    }

    [Fact]
    public void A_trainers_own_codes_are_not_taken_for_those_of_the_run_and_its_grace_ends_before_the_pods()
    {
        JsonNode pod = YamlJson.Parse(ContainerFiles.Read("kubernetes", "base", "train.yaml")).At("spec", "template", "spec")!;
        JsonNode train = Assert.Single(pod.Items("containers"));
        string Value(string name) => Assert.Single(train.Items("env"), e => e.Text("name") == name).Text("value")!;

        Assert.Equal("remap", Value("DV_CHILD_EXIT"));
        Assert.True(int.Parse(Value("DV_GRACE"), CultureInfo.InvariantCulture) + 10 <= int.Parse(pod.Text("terminationGracePeriodSeconds")!, CultureInfo.InvariantCulture));
        Assert.Equal(Value("DV_CACHE_DIR"), Assert.Single(Assert.Single(pod.Items("initContainers")).Items("env"), e => e.Text("name") == "DV_CACHE_DIR").Text("value"));
    }

    [Fact]
    public void A_sweep_has_as_many_runs_as_files_each_with_a_key_of_its_own()
    {
        IReadOnlyList<JsonObject> objects = KustomizeProgram.Render("overlays/sweep");
        JsonObject job = objects.Single(o => o.Text("kind") == "Job" && o.Text("metadata", "name") == "train");
        JsonObject files = objects.Single(o => o.Text("kind") == "ConfigMap" && o.Text("metadata", "name")!.StartsWith("sweep-params", StringComparison.Ordinal));
        JsonNode train = job.Items("spec", "template", "spec", "containers").Single();
        string[] names = [.. train.Items("env").Select(e => e.Text("name")!)];

        Assert.Equal("Indexed", job.Text("spec", "completionMode"));
        Assert.Equal(Enumerable.Range(0, int.Parse(job.Text("spec", "completions")!, CultureInfo.InvariantCulture)).Select(i => $"{i}.yaml"), files.Members("data").Select(m => m.Key));
        Assert.Contains("--params-file=/etc/sweep/$(JOB_COMPLETION_INDEX).yaml", train.Texts("args"));
        Assert.DoesNotContain(train.Texts("args"), a => a.StartsWith("--register", StringComparison.Ordinal));
        Assert.Equal("0", train.Items("env").Single(e => e.Text("name") == "DV_RANK").Text("value"));
        Assert.Equal("$(JOB_UID)-$(JOB_COMPLETION_INDEX)", train.Items("env").Single(e => e.Text("name") == "DV_RUN_KEY").Text("value"));
        // Kubernetes puts a variable in only if it comes before.
        Assert.True(Array.IndexOf(names, "JOB_UID") < Array.IndexOf(names, "DV_RUN_KEY") && Array.IndexOf(names, "JOB_COMPLETION_INDEX") < Array.IndexOf(names, "DV_RUN_KEY"));
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Null(job.At("spec", "backoffLimit"));
        Assert.All(job.Items("spec", "podFailurePolicy", "rules").Skip(1), r => Assert.Equal("FailIndex", r.Text("action")));
    }

    [Fact]
    public void A_sharded_pull_has_as_many_pods_as_parts()
    {
        JsonObject job = KustomizeProgram.Render("overlays/sharded-pull").Single(o => o.Text("metadata", "name") == "sharded-pull");
        string shard = job.Items("spec", "template", "spec", "containers").Single().Texts("command").Last();

        Assert.Equal($"$(JOB_COMPLETION_INDEX)/{job.Text("spec", "completions")}", shard);
        Assert.Equal("Indexed", job.Text("spec", "completionMode"));
        Assert.Equal(job.Text("spec", "completions"), job.Text("spec", "parallelism"));
        Assert.Equal(["ReadWriteMany"], KustomizeProgram.Render("overlays/sharded-pull").Single(o => o.Text("kind") == "PersistentVolumeClaim").Texts("spec", "accessModes"));
    }

    [Fact]
    public void A_GPU_is_asked_for_by_limit_only_and_the_run_insists_on_it()
    {
        JsonNode pod = KustomizeProgram.Render("overlays/gpu-nvidia").Single(o => o.Text("metadata", "name") == "train").At("spec", "template", "spec")!;
        JsonNode train = pod.Items("containers").Single();

        Assert.Equal("1", train.Text("resources", "limits", "nvidia.com/gpu"));
        Assert.Null(train.At("resources", "requests", "nvidia.com/gpu"));
        Assert.Equal("1", train.Items("env").Single(e => e.Text("name") == "DV_REQUIRE_GPU").Text("value"));
        Assert.Equal("Memory", pod.Items("volumes").Single(v => v.Text("name") == "shm").Text("emptyDir", "medium"));
        Assert.NotNull(train.At("resources", "limits", "memory"));
    }

    [Fact]
    public void A_rollout_of_the_server_loses_no_replica_and_no_request()
    {
        JsonObject serve = YamlJson.ParseAll(ContainerFiles.Read("kubernetes", "base", "serve.yaml")).Single(d => d.Text("kind") == "Deployment");
        JsonNode pod = serve.At("spec", "template", "spec")!;
        JsonNode container = pod.Items("containers").Single();
        string drain = Regex.Match(ContainerFiles.Read("kubernetes", "base", "kustomization.yaml"), "DRAIN_SECONDS=([0-9]+)").Groups[1].Value;

        Assert.Equal("0", serve.Text("spec", "strategy", "rollingUpdate", "maxUnavailable"));
        Assert.Equal("/readyz", container.Text("readinessProbe", "httpGet", "path"));
        Assert.Equal("/livez", container.Text("livenessProbe", "httpGet", "path"));
        int pause = int.Parse(container.Text("lifecycle", "preStop", "sleep", "seconds")!, CultureInfo.InvariantCulture);
        Assert.True(pause + int.Parse(drain, CultureInfo.InvariantCulture) + 10 <= int.Parse(pod.Text("terminationGracePeriodSeconds")!, CultureInfo.InvariantCulture));
    }

    // The rows of docs/runs.md that say so; DocumentTests holds the table to the code.
    private static int[] HopelessForARun()
    {
        string page = File.ReadAllText(Path.Combine(GoldenFile.Root, "docs/runs.md"));
        int[] codes = [.. HopelessRow.Matches(page).Select(m => int.Parse(m.Groups["code"].Value, CultureInfo.InvariantCulture))];
        Assert.Empty(codes.Except(RunExitCodes.All.Select(c => c.Code)));
        Assert.Contains(RunExitCodes.NoGpu, codes);
        return codes;
    }

    [GeneratedRegex(@"^\| (?<code>\d+) \|[^|]*\| (does not help|helps on another node only) \|$", RegexOptions.Multiline)]
    private static partial Regex HopelessRow { get; }
}
