using System.Text.Json;
using System.Text.Json.Nodes;
using DataVersion.Tests.Cli;
using Json.Schema;
using Xunit;

namespace DataVersion.Tests.Container;

/// <summary>All Compose files hold to the Compose Specification, and bring up the services that the README says.</summary>
public sealed class ComposeSchemaTests
{
    // The file names draft 7 by an address that the draft itself does not have.
    private static readonly JsonSchema Schema = JsonSchema.FromText(File.ReadAllText(Path.Combine(GoldenFile.Root, "tests/golden/schemas/compose-spec.json"))
        .Replace("https://json-schema.org/draft-07/schema", "http://json-schema.org/draft-07/schema#", StringComparison.Ordinal));

    public static TheoryData<string> Files => [.. ContainerFiles.ComposeFiles];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_is_valid(string file) => Assert.Empty(Problems(YamlJson.Parse(ContainerFiles.Read(file))));

    [Theory]
    [InlineData("services: {a: {image: x, healthchek: {test: [CMD, x]}}}")]
    [InlineData("services: {a: {image: x, healthcheck: {startperiod: 5s}}}")]
    [InlineData("services: {a: {image: x, gpuz: all}}")]
    [InlineData("services: {a: {image: x, depends_on: {b: {condition: service_ready}}}}")]
    [InlineData("services: {a: {image: x, deploy: {resources: {reservations: {devices: [{driver: nvidia, count: all}]}}}}}")]
    [InlineData("service: {a: {image: x}}")]
    public void What_is_not_is_found(string text) => Assert.NotEmpty(Problems(YamlJson.Parse(text)));

    [Fact]
    public void The_services_of_each_profile_are_those_of_the_documents()
    {
        var lines = new List<string>();
        foreach (string[] files in (string[][])[["compose.yaml"], .. ContainerFiles.ComposeFiles.Skip(1).Select(f => (string[])["compose.yaml", f])])
        {
            JsonObject[] all = [.. files.Select(ContainerFiles.Services)];
            string[] profiles = [.. all.SelectMany(s => s).SelectMany(s => s.Value.Texts("profiles")).Distinct().Order(StringComparer.Ordinal)];
            foreach (string? profile in (string?[])[null, .. profiles])
            {
                IEnumerable<string> services = all.SelectMany(s => s).Select(s => s.Key).Distinct().Where(name => IsOn(all, name, profile)).Order(StringComparer.Ordinal);
                lines.Add($"{string.Join(" + ", files)}, {(profile is null ? "no profile" : $"profile {profile}")}: {string.Join(' ', services)}");
            }
        }
        GoldenFile.Check("tests/golden/compose/services.txt", string.Join('\n', lines) + "\n");
    }

    [Fact]
    public void The_example_of_the_settings_sets_every_variable_that_must_be_set()
    {
        string[] set = [.. ContainerFiles.Read(".env.example").Split('\n').Where(l => l.Contains('=') && !l.StartsWith('#')).Select(l => l[..l.IndexOf('=')])];
        string[] required = [.. ContainerFiles.ComposeFiles.SelectMany(f => System.Text.RegularExpressions.Regex.Matches(ContainerFiles.Read(f), @"\$\{([A-Z_0-9]+):\?").Select(m => m.Groups[1].Value)).Distinct()];

        Assert.Contains("DV_TRAIN_IMAGE", required);
        Assert.Empty(required.Except(set));
    }

    // Extended services have the profiles of what they extend.
    private static bool IsOn(JsonObject[] files, string name, string? profile)
    {
        string[] own = [.. files.SelectMany(f => f[name].Texts("profiles"))];
        string? extended = files.Select(f => f[name].Text("extends", "service")).FirstOrDefault(s => s is not null);
        string[] profiles = [.. own, .. extended is null ? [] : files.SelectMany(f => f[extended].Texts("profiles"))];
        return profiles.Length == 0 || (profile is not null && profiles.Contains(profile));
    }

    private static IReadOnlyList<string> Problems(JsonObject document)
    {
        EvaluationResults results = Schema.Evaluate(JsonSerializer.SerializeToElement(document), new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (results.IsValid)
            return [];
        return [.. (results.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}"))];
    }
}
