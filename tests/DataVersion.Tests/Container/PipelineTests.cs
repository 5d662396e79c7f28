using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace DataVersion.Tests.Container;

/// <summary>The pipelines for a user's project: in what order, with which rights, by which digest.</summary>
public sealed class PipelineTests
{
    public static TheoryData<string> Workflows => ["train-image.yml", "rollback.yml"];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_workflow_holds_to_the_rules(string file)
    {
        string text = ContainerFiles.Read("ci", "github", file);

        Assert.Empty(PipelineRules.Violations(YamlJson.Parse(text), text));
    }

    [Theory]
    [InlineData("permissions: {}\nconcurrency", "concurrency", "jobs have permissions")]
    [InlineData("      contents: read\n      packages: write # push, on main", "      contents: write\n      packages: write", "may write contents")]
    [InlineData("    timeout-minutes: 60\n", "", "build: may run for hours")]
    [InlineData("    environment: production # asks", "    # asks", "deploy: deploys without an approval")]
    [InlineData("actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "actions/checkout@v4", "actions/checkout@v4 is not pinned")]
    [InlineData("could not be looked up", "was forgotten", "actions/download-artifact@v4 is not pinned")]
    [InlineData("persist-credentials: false", "persist-credentials: true", "leaves its token behind")]
    [InlineData("docker push \"$IMAGE:$GITHUB_SHA\"", "docker push ${{ github.head_ref }}", "pasted into a script")]
    [InlineData("--password-stdin", "--password \"$TOKEN\"", "a password is an argument")]
    public void What_breaks_a_rule_is_found(string from, string to, string expected)
    {
        string text = ContainerFiles.Read("ci", "github", "train-image.yml");
        Assert.Contains(from, text, StringComparison.Ordinal);
        string broken = text.Replace(from, to, StringComparison.Ordinal);

        Assert.Contains(PipelineRules.Violations(YamlJson.Parse(broken), broken), v => v.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("github/train-image.yml", "\" pin --sha256", "docker build", "--build-arg PIN_SHA256=", "--label dev.dv.pin.sha256=", "--read-only", "cyclonedx", "--exit-code 1", "--password-stdin", "docker push", "cosign sign", "cosign attest", "edit set image")]
    [InlineData("gitlab/train-image.gitlab-ci.yml", "\" pin --sha256", "docker build", "--build-arg PIN_SHA256=", "--label dev.dv.pin.sha256=", "--read-only", "cyclonedx", "--exit-code 1", "--password-stdin", "docker push", "cosign sign", "cosign attest", "edit set image")]
    public void An_image_is_pinned_built_tested_scanned_pushed_signed_and_deployed_in_this_order(string file, params string[] order)
    {
        string text = Regex.Replace(ContainerFiles.Read("ci", file), "^ *#.*$", "", RegexOptions.Multiline);
        int at = 0;
        foreach (string mark in order)
        {
            int next = text.IndexOf(mark, at, StringComparison.Ordinal);
            Assert.True(next >= 0, $"{mark} does not come after what must come before it");
            at = next;
        }
        // By commit, and from there on by digest; never by a name that moves.
        Assert.DoesNotContain(":latest", text, StringComparison.Ordinal);
        Assert.Contains("@$DIGEST", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("docker login[^\n]* -p ", text);
    }

    [Fact]
    public void A_roll_back_is_by_a_signed_digest_or_by_dv()
    {
        JsonObject workflow = YamlJson.Parse(ContainerFiles.Read("ci", "github", "rollback.yml"));
        string image = string.Join('\n', workflow.Items("jobs", "image", "steps").Select(s => s.Text("run")));

        Assert.True(image.IndexOf("cosign verify", StringComparison.Ordinal) < image.IndexOf("kubectl apply", StringComparison.Ordinal));
        Assert.Contains("model rollback", string.Join('\n', workflow.Items("jobs", "model", "steps").Select(s => s.Text("run"))), StringComparison.Ordinal);
        Assert.Contains("model rollback", YamlJson.Parse(ContainerFiles.Read("ci", "gitlab", "train-image.gitlab-ci.yml")).Texts("rollback-model", "script").Single(), StringComparison.Ordinal);
    }
}
