using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.Tests.Container;

/// <summary>Every overlay renders, is made of fields that Kubernetes has, and holds to our rules; and the rules find what breaks them.</summary>
public sealed class KubernetesTests
{
    private const string SomeDigest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    public static TheoryData<string> Overlays => [.. KustomizeProgram.Overlays];

    public static TheoryData<string> Examples =>
        [.. Directory.EnumerateFiles(Path.Combine(ContainerFiles.Kubernetes, "examples"), "*.yaml").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_overlay_renders_to_known_fields_and_holds_to_the_rules(string overlay)
    {
        IReadOnlyList<JsonObject> objects = KustomizeProgram.Render(overlay);

        Assert.Contains(objects, o => o.Text("kind") == "Deployment");
        Assert.Empty(objects.Select(KubernetesShape.Problem).OfType<string>());
        Assert.Empty(KubernetesPolicy.Violations(objects));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Examples_are_made_of_known_fields_and_hold_to_the_rules(string file)
    {
        IReadOnlyList<JsonObject> objects = YamlJson.ParseAll(ContainerFiles.Read("kubernetes", "examples", file));

        Assert.NotEmpty(objects);
        Assert.Empty(objects.Select(KubernetesShape.Problem).OfType<string>());
        Assert.Empty(KubernetesPolicy.Violations(objects));
        Assert.Empty(objects.Where(o => o.Text("kind") == "ClusterStorageContainer").SelectMany(o => KubernetesPolicy.ContainerRules(o.At("spec", "container")!, probed: false)));
    }

    [Fact]
    public void Every_component_is_part_of_an_overlay_and_images_come_last()
    {
        string[] components = [.. Directory.EnumerateDirectories(Path.Combine(ContainerFiles.Kubernetes, "components")).Select(d => Path.GetFileName(d)!)];
        var used = new HashSet<string>();
        foreach (string overlay in KustomizeProgram.Overlays.Skip(1))
        {
            string[] listed = [.. YamlJson.Parse(ContainerFiles.Read("kubernetes", overlay, "kustomization.yaml")).Texts("components").Select(c => Path.GetFileName(c)!)];
            used.UnionWith(listed);
            Assert.Equal("images", listed[^1]);
        }
        Assert.Empty(components.Except(used));
    }

    [Theory]
    [InlineData("Service", "spec", """{"selector": {}, "prots": [{"port": 80}]}""")]
    [InlineData("Deployment", "spec", """{"replicas": "two"}""")]
    [InlineData("Job", "spec", """{"podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCode": {}}]}}""")]
    [InlineData("NetworkPolicy", "spec", """{"podSelector": {}, "egres": []}""")]
    [InlineData("Mystery", "spec", "{}")]
    public void A_field_or_a_kind_that_there_is_not_is_found(string kind, string member, string value)
    {
        string version = kind switch { "Service" => "v1", "Job" => "batch/v1", "NetworkPolicy" => "networking.k8s.io/v1", _ => "apps/v1" };
        var document = new JsonObject { ["apiVersion"] = version, ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = "x" }, [member] = JsonNode.Parse(value) };

        Assert.NotNull(KubernetesShape.Problem(document));
    }

    [Theory]
    [InlineData("""{"clusterQueu": "x"}""", "there is no .spec.clusterQueu")]
    [InlineData("[]", "there is no object .spec")]
    public void A_field_that_a_custom_resource_has_not_is_found(string spec, string expected)
    {
        var document = new JsonObject { ["apiVersion"] = "kueue.x-k8s.io/v1beta1", ["kind"] = "LocalQueue", ["metadata"] = new JsonObject { ["name"] = "x" }, ["spec"] = JsonNode.Parse(spec) };

        Assert.EndsWith(expected, KubernetesShape.Problem(document), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runAsNonRoot: true", "runAsNonRoot: false", "Deployment dv-serve: runs as root")]
    [InlineData("type: RuntimeDefault", "type: Unconfined", "Deployment dv-serve: has no seccomp profile")]
    [InlineData("automountServiceAccountToken: false", "automountServiceAccountToken: true", "is given a token of Kubernetes")]
    [InlineData("enableServiceLinks: false", "enableServiceLinks: true", "gets variables of Services")]
    [InlineData("enableServiceLinks: false", "enableServiceLinks: false\n      hostNetwork: true", "is let out of its namespaces")]
    [InlineData("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "serve may gain privileges")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "serve can write to its root")]
    [InlineData("drop: [ALL]", "drop: [NET_RAW]", "serve keeps capabilities")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: true\n            privileged: true", "serve is privileged")]
    [InlineData("limits:", "limit:", "serve has no requests or no limit")]
    [InlineData("image: dv-serve", "image: dv-serve:latest", "serve has image dv-serve:latest, without a digest")]
    [InlineData("readinessProbe:", "readyProbe:", "serve lacks a probe")]
    [InlineData("- name: MODEL_CACHE_DIR", "- name: ADMIN_TOKEN", "serve has a secret in ADMIN_TOKEN")]
    [InlineData("value: /tmp", "value: https://me:pw@host", "serve has a password in MODEL_CACHE_DIR")]
    [InlineData("- configMapRef:", "- secretRef:", "serve has a Secret as variables")]
    [InlineData("mountPath: /tmp", "mountPath: /app/data", "serve has a mount that hides the code and the pin")]
    [InlineData("app.kubernetes.io/name: dv-serve", "app.kubernetes.io/name: other", "Deployment dv-serve: no NetworkPolicy covers it")]
    public void What_breaks_a_rule_is_found(string from, string to, string expected)
    {
        string text = ContainerFiles.Read("kubernetes", "base", "serve.yaml");
        Assert.Contains(from, text, StringComparison.Ordinal);
        IEnumerable<JsonObject> policies = YamlJson.ParseAll(ContainerFiles.Read("kubernetes", "base", "networkpolicies.yaml"));

        IReadOnlyList<string> found = KubernetesPolicy.Violations(YamlJson.ParseAll(text.Replace(from, to, StringComparison.Ordinal)).Concat(policies));

        Assert.Contains(found, v => v.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void The_storage_initializer_has_the_name_that_KServe_looks_for()
    {
        JsonObject container = YamlJson.ParseAll(ContainerFiles.Read("kubernetes", "examples", "kserve.yaml")).Single(d => d.Text("kind") == "ClusterStorageContainer");

        Assert.Equal("storage-initializer", container.Text("spec", "container", "name"));
        Assert.Equal("dv://", container.Items("spec", "supportedUriFormats").Single().Text("prefix"));
        // KServe sets them: the URI and the folder.
        Assert.Null(container.At("spec", "container", "args"));
    }

    [Fact]
    public void A_secret_in_plain_text_is_found()
    {
        JsonObject secret = YamlJson.Parse("{apiVersion: v1, kind: Secret, metadata: {name: x}, stringData: {a: b}}");
        JsonObject settings = YamlJson.Parse("{apiVersion: v1, kind: ConfigMap, metadata: {name: y}, data: {AWS_SECRET_ACCESS_KEY: b}}");

        Assert.Equal(["Secret x: a secret in plain text", "ConfigMap y: AWS_SECRET_ACCESS_KEY holds a secret"], KubernetesPolicy.Violations([secret, settings]));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void With_digests_set_every_image_has_one_and_the_run_is_told_its_own(string overlay)
    {
        if (overlay == "base")
            return;
        using var copy = new Testing.TempFolder();
        foreach (string file in Directory.EnumerateFiles(ContainerFiles.Kubernetes, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy.Path, Path.GetRelativePath(ContainerFiles.Kubernetes, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllText(target, File.ReadAllText(file).Replace("newTag: local", $"digest: {SomeDigest}", StringComparison.Ordinal).Replace("newTag: 17-bookworm", $"digest: {SomeDigest}", StringComparison.Ordinal));
        }
        IReadOnlyList<JsonObject> objects = YamlJson.ParseAll(KustomizeProgram.RenderText(Path.Combine(copy.Path, overlay)));

        string[] images = [.. objects.SelectMany(KubernetesPolicy.Pods).SelectMany(p => p.Pod.Items("initContainers").Concat(p.Pod.Items("containers"))).Select(c => c.Text("image")!)];
        Assert.NotEmpty(images);
        Assert.All(images, image => Assert.EndsWith($"@{SomeDigest}", image, StringComparison.Ordinal));
        JsonNode train = Assert.Single(objects.Single(o => o.Text("kind") == "Job" && o.Text("metadata", "name") == "train").Items("spec", "template", "spec", "containers"));
        Assert.Equal(train.Text("image"), Assert.Single(train.Items("env"), e => e.Text("name") == "DV_IMAGE").Text("value"));
    }
}
