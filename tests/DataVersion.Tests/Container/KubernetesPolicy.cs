using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DataVersion.Tests.Container;

/// <summary>Our own rules for what goes to a cluster: the restricted Pod Security Standard, probes, limits, images, secrets.</summary>
internal static partial class KubernetesPolicy
{
    /// <summary>The names that stand for images until components/images says which they are.</summary>
    internal static IReadOnlyList<string> ImageVariables { get; } = ["dv", "dv-train", "dv-serve", "dv-mlflow"];

    internal static IReadOnlyList<string> Violations(IEnumerable<JsonObject> documents)
    {
        var found = new List<string>();
        JsonObject[] all = [.. documents];
        foreach (JsonObject document in all)
        {
            string name = $"{document.Text("kind")} {document.Text("metadata", "name")}";
            if (document.Text("kind") == "Secret")
                found.Add($"{name}: a secret in plain text");
            if (document.Text("kind") == "ConfigMap")
                found.AddRange(document.Members("data").Where(m => Secret.IsMatch(m.Key)).Select(m => $"{name}: {m.Key} holds a secret"));
            foreach ((string path, JsonObject pod) in Pods(document))
                found.AddRange(PodRules(pod).Select(v => $"{name}{path}: {v}"));
        }
        found.AddRange(all.Where(d => d.Text("kind") is "Deployment" or "StatefulSet" or "Job" && !IsCovered(d, all))
            .Select(d => $"{d.Text("kind")} {d.Text("metadata", "name")}: no NetworkPolicy covers it"));
        return found;
    }

    /// <summary>The pods that an object would start: by itself, or by the jobs in it.</summary>
    internal static IEnumerable<(string Path, JsonObject Pod)> Pods(JsonObject document)
    {
        if (document.At("spec", "template", "spec", "containers") is not null)
            yield return ("", (JsonObject)document.At("spec", "template", "spec")!);
        foreach (JsonNode job in document.Items("spec", "template", "spec", "replicatedJobs"))
            yield return ($"/{job.Text("name")}", (JsonObject)job.At("template", "spec", "template", "spec")!);
    }

    private static IEnumerable<string> PodRules(JsonObject pod)
    {
        JsonNode? security = pod["securityContext"];
        if (!security.Is(true, "runAsNonRoot") || security.Text("runAsUser") is null or "0")
            yield return "runs as root";
        if (security.Text("seccompProfile", "type") != "RuntimeDefault")
            yield return "has no seccomp profile";
        if (!pod.Is(false, "automountServiceAccountToken"))
            yield return "is given a token of Kubernetes";
        if (!pod.Is(false, "enableServiceLinks"))
            yield return "gets variables of Services";
        if (pod.Is(true, "hostNetwork") || pod.Is(true, "hostPID") || pod.Is(true, "hostIPC"))
            yield return "is let out of its namespaces";
        bool isJob = pod.Text("restartPolicy") is "Never" or "OnFailure";
        foreach (JsonNode container in pod.Items("initContainers"))
        {
            foreach (string violation in ContainerRules(container, probed: false))
                yield return $"{container.Text("name")} {violation}";
        }
        foreach (JsonNode container in pod.Items("containers"))
        {
            foreach (string violation in ContainerRules(container, probed: !isJob))
                yield return $"{container.Text("name")} {violation}";
        }
    }

    /// <summary>The rules of one container.</summary>
    internal static IEnumerable<string> ContainerRules(JsonNode container, bool probed)
    {
        JsonNode? security = container.At("securityContext");
        if (!security.Is(false, "allowPrivilegeEscalation"))
            yield return "may gain privileges";
        if (!security.Is(true, "readOnlyRootFilesystem"))
            yield return "can write to its root";
        if (!security.Texts("capabilities", "drop").Contains("ALL") || security.At("capabilities", "add") is not null)
            yield return "keeps capabilities";
        if (security.Is(true, "privileged") || security.Is(false, "runAsNonRoot") || security.Text("runAsUser") == "0")
            yield return "is privileged";
        if (container.At("resources", "limits", "memory") is null || container.At("resources", "requests", "cpu") is null || container.At("resources", "requests", "memory") is null)
            yield return "has no requests or no limit";
        if (!IsPinned(container.Text("image") ?? ""))
            yield return $"has image {container.Text("image")}, without a digest";
        if (probed && (container.At("startupProbe") is null || container.At("readinessProbe") is null || container.At("livenessProbe") is null))
            yield return "lacks a probe";
        foreach (JsonNode variable in container.Items("env"))
        {
            string name = variable.Text("name")!;
            if (variable.At("valueFrom", "secretKeyRef") is not null || (Secret.IsMatch(name) && !name.EndsWith("_FILE", StringComparison.Ordinal)))
                yield return $"has a secret in {name}";
            if (variable.Text("value") is { } value && UriPassword.IsMatch(value))
                yield return $"has a password in {name}";
        }
        if (container.Texts("args").Concat(container.Texts("command")).Any(a => UriPassword.IsMatch(a)))
            yield return "has a password in its arguments";
        if (container.Items("envFrom").Any(e => e.At("secretRef") is not null))
            yield return "has a Secret as variables";
        if (container.Items("volumeMounts").Any(m => m.Text("mountPath") is "/app" || m.Text("mountPath")!.StartsWith("/app/", StringComparison.Ordinal)))
            yield return "has a mount that hides the code and the pin";
    }

    // A name that components/images resolves (without a tag, or with its ":local"), the one image of others, or a digest.
    private static bool IsPinned(string image) =>
        Digest.IsMatch(image) || ImageVariables.Any(v => image == v || image == $"{v}:local") || image == "docker.io/library/postgres:17-bookworm";

    private static bool IsCovered(JsonObject workload, JsonObject[] all)
    {
        string label = workload.Text("spec", "template", "metadata", "labels", "app.kubernetes.io/name") ?? "";
        return all.Where(d => d.Text("kind") == "NetworkPolicy" && d.Texts("spec", "policyTypes").Contains("Egress")).Any(p =>
            p.Text("spec", "podSelector", "matchLabels", "app.kubernetes.io/name") == label
            || p.Items("spec", "podSelector", "matchExpressions").Any(e => e.Text("operator") == "In" && e.Texts("values").Contains(label)));
    }

    [GeneratedRegex("@sha256:[0-9a-f]{64}$")]
    private static partial Regex Digest { get; }

    [GeneratedRegex("TOKEN|SECRET|PASSWORD|PASSWD|ACCESS_KEY|ACCOUNT_KEY")]
    private static partial Regex Secret { get; }

    [GeneratedRegex(@"://[^/@\s]+:[^/@\s]+@")]
    private static partial Regex UriPassword { get; }
}
