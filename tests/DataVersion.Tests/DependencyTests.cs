using System.Reflection;
using Xunit;

namespace DataVersion.Tests;

/// <summary>Who may know whom: docs/architecture.md. Project references and BannedSymbols.txt hold the rest.</summary>
public class DependencyTests
{
    [Fact]
    public void The_library_knows_no_console_no_command_line_and_no_cloud()
    {
        string[] banned = ["System.Console", "System.CommandLine", "Spectre.Console", "AWSSDK.", "Azure.", "Google.", "dv"];

        Assert.DoesNotContain(References("DataVersion"), reference => banned.Any(name => name.EndsWith('.') ? reference.StartsWith(name, StringComparison.Ordinal) : reference == name));
    }

    [Fact]
    public void The_remotes_know_nothing_of_operations_and_of_the_console()
    {
        string[] banned = ["System.Console", "System.CommandLine", "Spectre.Console", "LibGit2Sharp", "dv"];

        var references = Assembly.Load("DataVersion.Remotes").GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();

        Assert.Contains("DataVersion", references);
        Assert.DoesNotContain(references, banned.Contains);
    }

    [Theory]
    [InlineData("DataVersion")]
    [InlineData("DataVersion.Remotes")]
    [InlineData("DataVersion.Tracking")]
    [InlineData("dv")]
    [InlineData("dv-serve")]
    public void Nobody_knows_the_trainer_and_DuckDb(string assembly) =>
        Assert.DoesNotContain(References(assembly), reference => reference == "dv-train" || reference.StartsWith("DuckDB.", StringComparison.Ordinal));

    [Theory]
    [InlineData("DataVersion")]
    [InlineData("DataVersion.Remotes")]
    [InlineData("DataVersion.Tracking")]
    [InlineData("dv")]
    [InlineData("dv-train")]
    public void Nobody_knows_the_model_server_and_ASP_NET(string assembly) =>
        Assert.DoesNotContain(References(assembly), reference => reference == "dv-serve" || reference.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Theory]
    [InlineData("DataVersion")]
    [InlineData("DataVersion.Remotes")]
    [InlineData("DataVersion.Tracking")]
    [InlineData("dv")]
    public void The_tool_and_its_libraries_know_no_ONNX_Runtime(string assembly) =>
        Assert.DoesNotContain(References(assembly), reference => reference.StartsWith("Microsoft.ML.", StringComparison.Ordinal));

    [Fact]
    public void The_tool_brings_neither_ONNX_Runtime_nor_DuckDb_along()
    {
        string needed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "dv.deps.json"));

        Assert.Contains("\"YamlDotNet/", needed, StringComparison.Ordinal);
        Assert.DoesNotContain("OnnxRuntime", needed, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("DuckDB", needed, StringComparison.OrdinalIgnoreCase);
    }

    private static string[] References(string assembly)
    {
        string[] references = [.. Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!)];
        Assert.NotEmpty(references);
        return references;
    }
}
