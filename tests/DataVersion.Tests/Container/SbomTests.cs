using System.Text.Json;
using System.Text.Json.Nodes;
using DataVersion.Testing;
using DataVersion.Tests.Cli;
using Json.Schema;
using Xunit;

namespace DataVersion.Tests.Container;

/// <summary>The SBOMs that the target Sbom writes are CycloneDX 1.5, and name what is in the programs.</summary>
public sealed class SbomTests
{
    private static readonly Lazy<JsonSchema> Schema = new(ReadSchema);

    private static string Packages { get; } =
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    [Theory]
    [InlineData("dv", "Spectre.Console", "MIT")]
    [InlineData("dv-train", "DuckDB.NET.Bindings.Full", "MIT")]
    [InlineData("dv-serve", "AWSSDK.Core", "Apache-2.0")]
    public void A_programs_is_valid_and_names_its_packages_with_hash_and_licence(string program, string package, string licence)
    {
        string text = Sbom.Of(DepsOf(program), Packages, "Apache-2.0");
        JsonNode sbom = JsonNode.Parse(text)!;
        JsonNode[] components = [.. sbom.Items("components")];

        Assert.Empty(Problems(sbom));
        Assert.Equal((program, "application"), (sbom.Text("metadata", "component", "name"), sbom.Text("metadata", "component", "type")));
        JsonNode found = Assert.Single(components, c => c.Text("name") == package);
        Assert.Equal($"pkg:nuget/{found.Text("name")}@{found.Text("version")}", found.Text("purl"));
        Assert.Matches("^[0-9a-f]{128}$", Assert.Single(found.Items("hashes")).Text("content"));
        // A package that was assembled here says no licence where the original is not at hand.
        if (found.At("properties") is null)
            Assert.Equal(licence, Assert.Single(found.Items("licenses")).Text("license", "id"));
        Assert.Contains(components, c => c.Text("type") == "framework" && c.Text("name") == "Microsoft.NETCore.App");
        Assert.All(components.Where(c => c.Text("purl")!.StartsWith("pkg:nuget/", StringComparison.Ordinal) && c.At("properties") is null), c => Assert.NotEmpty(c.Items("licenses")));
        // Whatever is needed is there, and everything says what it needs.
        string[] references = [.. components.Append(sbom.At("metadata", "component")!).Select(c => c.Text("bom-ref")!).Order(StringComparer.Ordinal)];
        Assert.Equal(references, sbom.Items("dependencies").Select(d => d.Text("ref")!).Order(StringComparer.Ordinal));
        Assert.Empty(sbom.Items("dependencies").SelectMany(d => d.Texts("dependsOn")).Except(references));
        Assert.Equal(text, Sbom.Of(DepsOf(program), Packages, "Apache-2.0"));
    }

    [Fact]
    public void What_a_package_does_not_say_is_left_out()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.At("p.deps.json"),
            """
            {"runtimeTarget": {"name": "t"}, "targets": {"t": {"p/1.0.0": {"dependencies": {"A": "2.0.0", "Gone": "1.0.0"}}, "A/2.0.0": {}}},
             "libraries": {"p/1.0.0": {"type": "project", "sha512": ""}, "A/2.0.0": {"type": "package", "sha512": ""}, "B/3.0.0": {"type": "package", "sha512": "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}}}
            """);
        Directory.CreateDirectory(folder.At("packages/b/3.0.0"));
        File.WriteAllText(folder.At("packages/b/3.0.0/b.nuspec"), "<package><metadata><id>B</id><license type=\"expression\">MIT OR Apache-2.0</license><authors>Us</authors></metadata></package>");
        File.WriteAllText(folder.At("packages/b/3.0.0/.nupkg.metadata"), "{\"source\": \"/home/feed\"}");

        JsonNode sbom = JsonNode.Parse(Sbom.Of(folder.At("p.deps.json"), folder.At("packages"), "MIT"))!;

        Assert.Empty(Problems(sbom));
        JsonNode[] components = [.. sbom.Items("components")];
        Assert.Equal(["A", "B"], components.Select(c => c.Text("name")));
        Assert.Null(components[0].At("hashes"));
        Assert.Null(components[0].At("licenses"));
        Assert.Equal(("MIT OR Apache-2.0", "Us", new string('0', 128)), (components[1].Items("licenses").Single().Text("expression"), components[1].Text("author"), components[1].Items("hashes").Single().Text("content")));
        Assert.Equal("dv:feed", components[1].Items("properties").Single().Text("name"));
        Assert.Equal(["pkg:nuget/A@2.0.0"], sbom.Items("dependencies").Single(d => d.Text("ref") == "pkg:generic/p@1.0.0").Texts("dependsOn"));
    }

    [Theory]
    [InlineData("specVersion", "null")]
    [InlineData("components", """[{"type": "library"}]""")]
    [InlineData("components", """[{"type": "librari", "name": "x"}]""")]
    [InlineData("components", """[{"type": "library", "name": "x", "hashes": [{"alg": "SHA-512", "content": "xyz"}]}]""")]
    [InlineData("components", """[{"type": "library", "name": "x", "licenses": [{"license": {"id": "No-Such-Licence"}}]}]""")]
    [InlineData("extra", "1")]
    public void What_is_not_CycloneDX_is_found(string member, string value)
    {
        var sbom = (JsonObject)JsonNode.Parse("""{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}""")!;
        Assert.Empty(Problems(sbom));
        sbom[member] = JsonNode.Parse(value);

        Assert.NotEmpty(Problems(sbom));
    }

    // The build of the program under test, beside the tests' own.
    private static string DepsOf(string program)
    {
        string project = program switch { "dv" => "Cli", "dv-train" => "Trainer", _ => "Serving" };
        string file = Path.Combine(GoldenFile.Root, $"artifacts/bin/DataVersion.{project}/release/{program}.deps.json");
        Assert.SkipUnless(File.Exists(file), $"{file} is not there: build the solution, Release");
        return file;
    }

    private static JsonSchema ReadSchema()
    {
        string Text(string name) => File.ReadAllText(Path.Combine(GoldenFile.Root, "tests/golden/schemas", name));
        SchemaRegistry.Global.Register(new Uri("http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json"), JsonSchema.FromText(Text("spdx.SNAPSHOT.schema.json")));
        SchemaRegistry.Global.Register(new Uri("http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json"), JsonSchema.FromText(Text("jsf-0.82.SNAPSHOT.schema.json")));
        return JsonSchema.FromText(Text("bom-1.5.SNAPSHOT.schema.json"));
    }

    private static IReadOnlyList<string> Problems(JsonNode sbom)
    {
        EvaluationResults results = Schema.Value.Evaluate(JsonSerializer.SerializeToElement(sbom), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid ? [] : [.. (results.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}"))];
    }
}
