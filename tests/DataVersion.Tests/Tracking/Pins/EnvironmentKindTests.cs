using DataVersion.Testing;
using DataVersion.Tracking.Pins;
using Xunit;

namespace DataVersion.Tests.Tracking.Pins;

public sealed class EnvironmentKindTests
{
    [Theory]
    [InlineData("CI", "true")]
    [InlineData("GITHUB_ACTIONS", "true")]
    [InlineData("GITLAB_CI", "true")]
    [InlineData("JENKINS_URL", "http://x")]
    [InlineData("BUILDKITE", "true")]
    [InlineData("TF_BUILD", "True")]
    [InlineData("TEAMCITY_VERSION", "2024.1")]
    public void A_variable_says_that_it_is_ci(string name, string value)
    {
        EnvironmentKind found = EnvironmentKind.Detect(new Dictionary<string, string> { ["HOME"] = "/", [name] = value }, []);

        Assert.Equal(new EnvironmentKind(name, null), found);
        Assert.True(found.IsUnattended);
    }

    [Theory]
    [InlineData("CI", "")]
    [InlineData("CI", "0")]
    [InlineData("CI", "False")]
    [InlineData("ci", "true")]
    public void Some_values_say_nothing(string name, string value) =>
        Assert.Equal(EnvironmentKind.Workplace, EnvironmentKind.Detect(new Dictionary<string, string> { [name] = value }, []));

    [Theory]
    [InlineData("KUBERNETES_SERVICE_HOST", "10.0.0.1")]
    [InlineData("container", "podman")]
    public void A_variable_says_that_it_is_a_container(string name, string value) =>
        Assert.Equal(new EnvironmentKind(null, name), EnvironmentKind.Detect(new Dictionary<string, string> { [name] = value }, []));

    [Fact]
    public void A_file_says_that_it_is_a_container()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.At(".containerenv"), "");

        EnvironmentKind found = EnvironmentKind.Detect(new Dictionary<string, string>(), [folder.At(".dockerenv"), folder.At(".containerenv")]);

        Assert.Equal(folder.At(".containerenv"), found.Container);
        Assert.Null(found.Ci);
    }
}
