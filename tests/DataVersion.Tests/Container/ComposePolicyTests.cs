using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.Tests.Container;

/// <summary>The Compose files hold to our rules, and the rules find what breaks them.</summary>
public sealed class ComposePolicyTests
{
    public static TheoryData<string> Files => [.. ContainerFiles.ComposeFiles];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_holds_to_the_rules(string file) => Assert.Empty(ComposePolicy.Violations(YamlJson.Parse(ContainerFiles.Read(file))));

    // A change of the real file, and what is then said.
    [Theory]
    [InlineData("image: ${DV_SERVE_IMAGE:?set it in .env}", "image: dv-serve:latest", "serving: image dv-serve:latest has no digest")]
    [InlineData("user: \"10001:10001\"", "user: \"0:0\"", "mlflow: runs as root")]
    [InlineData("read_only: true", "read_only: false", "serving: its root can be written to")]
    [InlineData("cap_drop: [ALL]", "cap_drop: [NET_RAW]", "postgres: keeps capabilities")]
    [InlineData("security_opt: [\"no-new-privileges:true\"]", "security_opt: []", "training: may gain privileges")]
    [InlineData("networks: [database]", "networks: [database]\n    cap_add: [SYS_ADMIN]", "postgres: is let out of its container")]
    [InlineData("    stop_grace_period: 90s\n", "", "training: is killed after")]
    [InlineData("${MLFLOW_ADDRESS:-127.0.0.1}:", "", "mlflow: port ${MLFLOW_PORT:-5000}:5000 is open to everybody")]
    [InlineData("test: [CMD, dv-serve, --livecheck]", "start_interval: 5s", "serving: has no health check")]
    [InlineData("test: [CMD, dv-serve, --livecheck]", "test: [CMD, curl, -f, localhost:8000/health]", "serving: its health check needs curl")]
    [InlineData("postgres: {condition: service_healthy}", "postgres: {condition: service_started}", "mlflow: does not wait until postgres is healthy")]
    [InlineData("POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password", "POSTGRES_PASSWORD: mlflow", "postgres: POSTGRES_PASSWORD holds a secret")]
    [InlineData("MLFLOW_TRACKING_URI: http://mlflow:5000", "MLFLOW_TRACKING_URI: http://me:secret@mlflow:5000", "MLFLOW_TRACKING_URI holds a password")]
    [InlineData("postgresql+psycopg2://mlflow@", "postgresql+psycopg2://mlflow:pw@", "mlflow: a secret in the argument")]
    [InlineData("volumes: [\"work:/work\"]", "volumes: [\"./data:/app/data\"]", "training: ./data:/app/data hides the code and the pin")]
    [InlineData("volumes: [\"work:/work\"]", "volumes: [\"./data:/work\"]", "training: ./data:/work is no named volume")]
    [InlineData("--default-artifact-root=mlflow-artifacts:/", "--default-artifact-root=/mlflow/artifacts", "mlflow: artifacts would go past the server")]
    [InlineData("admin_token: {file: \"${DV_SECRETS:-./secrets}/admin_token\"}", "admin_token: {environment: ADMIN_TOKEN}", "secret admin_token is no file")]
    public void What_breaks_a_rule_is_found(string from, string to, string expected)
    {
        string text = ContainerFiles.Read("compose.yaml");
        Assert.Contains(from, text, StringComparison.Ordinal);

        IReadOnlyList<string> found = ComposePolicy.Violations(YamlJson.Parse(text.Replace(from, to, StringComparison.Ordinal)));

        Assert.Contains(found, v => v.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_training_has_time_for_its_last_checkpoint_and_knows_its_image()
    {
        JsonNode training = ContainerFiles.Services("compose.yaml")["training"]!;
        int grace = int.Parse(training.Text("environment", "DV_GRACE")!, CultureInfo.InvariantCulture);
        int stop = int.Parse(training.Text("stop_grace_period")!.TrimEnd('s'), CultureInfo.InvariantCulture);

        Assert.True(grace + 10 <= stop, $"DV_GRACE {grace} leaves nothing of {stop}");
        Assert.Equal(training.Text("image"), training.Text("environment", "DV_IMAGE"));
        // Workspace and cache in one volume: hard links do not cross two mounts.
        Assert.Equal(["work:/work"], training.Texts("volumes"));
        Assert.Null(training.Text("environment", "DV_CACHE_DIR"));
        Assert.Equal("0", ContainerFiles.Services("compose.cpu.yaml").Text("training", "environment", "DV_REQUIRE_GPU"));
    }

    [Fact]
    public void Gpus_are_asked_for_in_the_long_form_and_pinned_jobs_have_one_each()
    {
        JsonNode device = Assert.Single(ContainerFiles.Services("compose.yaml").Items("training", "deploy", "resources", "reservations", "devices"));
        Assert.Equal(("nvidia", "all", "gpu"), (device.Text("driver"), device.Text("count"), Assert.Single(device.Texts("capabilities"))));

        string[] pinned = [.. ContainerFiles.Services("compose.pinned.yaml").Select(s => Assert.Single(s.Value.Items("deploy", "resources", "reservations", "devices"))).Select(d =>
        {
            Assert.Null(d.At("count"));
            return Assert.Single(d.Texts("device_ids"));
        })];
        Assert.Equal(["${GPU_0:-0}", "${GPU_1:-1}"], pinned);
    }

    [Fact]
    public void MLflow_is_asked_through_its_API_under_the_name_that_clients_use()
    {
        JsonNode mlflow = ContainerFiles.Services("compose.yaml")["mlflow"]!;
        string probe = string.Join(' ', mlflow.Texts("healthcheck", "test"));

        Assert.Contains("/api/2.0/mlflow/", probe, StringComparison.Ordinal);
        Assert.Contains("\"Host\":\"mlflow:5000\"", probe, StringComparison.Ordinal);
        Assert.Contains("mlflow:*", mlflow.Text("environment", "MLFLOW_SERVER_ALLOWED_HOSTS")!.Split(','));
        Assert.Contains("--serve-artifacts", mlflow.Texts("command"));
        Assert.Contains("--timeout 3600", mlflow.Text("environment", "GUNICORN_CMD_ARGS"), StringComparison.Ordinal);
    }

    [Fact]
    public void Git_ignores_settings_and_secrets()
    {
        Assert.Contains("/container/.env", File.ReadAllLines(Path.Combine(Cli.GoldenFile.Root, ".gitignore")));
        Assert.Equal(["*", "!.gitignore"], ContainerFiles.Read("secrets", ".gitignore").TrimEnd().Split('\n'));
    }
}
