using System.Text.Json.Nodes;
using k8s.Models;

namespace DataVersion.Tests.Container;

/// <summary>
/// The members of custom resources that our examples may use. <c>"*"</c> stands for the items of a list; a text names a type of Kubernetes that the part must
/// have; null is anything. Read from: kueue.x-k8s.io v1beta1 (kubernetes-sigs/kueue, apis/kueue/v1beta1), trainer.kubeflow.org v1alpha1 (kubeflow/trainer,
/// pkg/apis/trainer/v1alpha1) with jobset.x-k8s.io v1alpha2, serving.kserve.io (kserve/kserve, pkg/apis/serving).
/// </summary>
internal static class CustomResources
{
    private const string JobTemplate =
        """{"metadata": "meta", "spec": {"completions": null, "parallelism": null, "backoffLimit": null, "podFailurePolicy": "failures", "template": {"metadata": "meta", "spec": "pod"}}}""";

    private const string Env = """{"*": "env"}""";

    private static readonly Dictionary<string, Type> Named = new(StringComparer.Ordinal)
    {
        ["meta"] = typeof(V1ObjectMeta),
        ["pod"] = typeof(V1PodSpec),
        ["container"] = typeof(V1Container),
        ["env"] = typeof(V1EnvVar),
        ["failures"] = typeof(V1PodFailurePolicy),
        ["claim"] = typeof(V1PersistentVolumeClaimSpec),
        ["resources"] = typeof(V1ResourceRequirements),
        ["selector"] = typeof(V1LabelSelector),
        ["volume"] = typeof(V1Volume),
    };

    internal static IReadOnlyDictionary<string, JsonObject> Shapes { get; } = new Dictionary<string, JsonObject>(StringComparer.Ordinal)
    {
        ["kueue.x-k8s.io/v1beta1/ResourceFlavor"] = Of("""{"nodeLabels": null, "nodeTaints": null, "tolerations": null}"""),
        ["kueue.x-k8s.io/v1beta1/ClusterQueue"] = Of(
            """
            {"namespaceSelector": "selector", "queueingStrategy": null, "cohort": null, "preemption": null,
             "resourceGroups": {"*": {"coveredResources": null, "flavors": {"*": {"name": null, "resources": {"*": {"name": null, "nominalQuota": null}}}}}}}
            """),
        ["kueue.x-k8s.io/v1beta1/LocalQueue"] = Of("""{"clusterQueue": null}"""),
        ["trainer.kubeflow.org/v1alpha1/TrainingRuntime"] = Of(
            """
            {"mlPolicy": {"numNodes": null, "torch": {"numProcPerNode": null}},
             "template": {"metadata": "meta", "spec": {
               "volumeClaimPolicies": {"*": {"templates": {"*": {"metadata": "meta", "spec": "claim"}}, "retentionPolicy": {"whenDeleted": null}}},
               "replicatedJobs": {"*": {"name": null, "replicas": null, "dependsOn": {"*": {"name": null, "status": null}}, "template": JOB}}}}}
            """),
        ["trainer.kubeflow.org/v1alpha1/TrainJob"] = Of(
            """
            {"runtimeRef": {"apiGroup": null, "kind": null, "name": null}, "suspend": null,
             "initializer": {"dataset": {"storageUri": null, "env": ENV, "secretRef": {"name": null}}},
             "trainer": {"image": null, "command": null, "args": null, "env": ENV, "numNodes": null, "resourcesPerNode": "resources"}}
            """),
        ["serving.kserve.io/v1alpha1/ClusterStorageContainer"] = Of(
            """{"container": "container", "supportedUriFormats": {"*": {"prefix": null, "regex": null}}, "workloadType": null}"""),
        ["serving.kserve.io/v1beta1/InferenceService"] = Of(
            """{"predictor": {"serviceAccountName": null, "minReplicas": null, "volumes": {"*": "volume"}, "model": {"modelFormat": {"name": null}, "runtime": null, "storageUri": null, "resources": "resources"}}}"""),
    };

    /// <summary>The path of a member that the shape does not have; null where there is none.</summary>
    internal static string? Unknown(JsonNode? node, JsonNode? shape, string path)
    {
        switch (shape)
        {
            case JsonValue named:
                return node is null ? null : KubernetesShape.ProblemOf(node, Named[named.ToString()]) is { } problem ? $"{path} {problem}" : null;
            case JsonObject list when list.ContainsKey("*"):
                return node is JsonArray items ? items.Select((item, i) => Unknown(item, list["*"], $"{path}[{i}]")).FirstOrDefault(p => p is not null) : $"list {path}";
            case JsonObject members:
                if (node is not JsonObject document)
                    return $"object {path}";
                return document.Select(m => members.ContainsKey(m.Key) ? Unknown(m.Value, members[m.Key], $"{path}.{m.Key}") : $"{path}.{m.Key}").FirstOrDefault(p => p is not null);
            default:
                return null;
        }
    }

    private static JsonObject Of(string spec) =>
        new() { ["apiVersion"] = null, ["kind"] = null, ["metadata"] = "meta", ["spec"] = JsonNode.Parse(spec.Replace("JOB", JobTemplate, StringComparison.Ordinal).Replace("ENV", Env, StringComparison.Ordinal)) };
}
