using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;

namespace DataVersion.Tests.Container;

/// <summary>
/// What an object of Kubernetes may look like: the types of KubernetesClient, generated from Kubernetes' own OpenAPI document, read so that a field that
/// they do not have is an error. (A cluster would drop it with a warning: <c>prots:</c> instead of <c>ports:</c> is a Service without any.)
/// </summary>
internal static class KubernetesShape
{
    private static readonly Dictionary<string, Type> Types = new(StringComparer.Ordinal)
    {
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/PersistentVolumeClaim"] = typeof(V1PersistentVolumeClaim),
        ["v1/Service"] = typeof(V1Service),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["apps/v1/Deployment"] = typeof(V1Deployment),
        ["apps/v1/StatefulSet"] = typeof(V1StatefulSet),
        ["autoscaling/v2/HorizontalPodAutoscaler"] = typeof(V2HorizontalPodAutoscaler),
        ["batch/v1/Job"] = typeof(V1Job),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
    };

    private static readonly JsonSerializerOptions Strict = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>What is wrong with an object; null where nothing is.</summary>
    internal static string? Problem(JsonObject document)
    {
        string kind = $"{document.Text("apiVersion")}/{document.Text("kind")}";
        string name = $"{kind} {document.Text("metadata", "name")}";
        if (CustomResources.Shapes.TryGetValue(kind, out JsonObject? shape))
            return CustomResources.Unknown(document, shape, "") is { } path ? $"{name}: there is no {path}" : null;
        if (!Types.TryGetValue(kind, out Type? type))
            return $"{name}: a kind that nobody has described";
        return ProblemOf(document, type) is { } problem ? $"{name}: {problem}" : null;
    }

    /// <summary>The same for a part of an object, such as a container.</summary>
    internal static string? ProblemOf(JsonNode node, Type type)
    {
        try
        {
            _ = node.Deserialize(type, Strict);
            return null;
        }
        catch (JsonException e)
        {
            return $"{e.Path}: {e.Message}";
        }
    }
}
