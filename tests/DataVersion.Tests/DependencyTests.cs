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

        var references = Assembly.Load("DataVersion").GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();

        Assert.NotEmpty(references);
        Assert.DoesNotContain(references, reference => banned.Any(name => name.EndsWith('.') ? reference.StartsWith(name, StringComparison.Ordinal) : reference == name));
    }

    [Fact]
    public void The_remotes_know_nothing_of_operations_and_of_the_console()
    {
        string[] banned = ["System.Console", "System.CommandLine", "Spectre.Console", "LibGit2Sharp", "dv"];

        var references = Assembly.Load("DataVersion.Remotes").GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();

        Assert.Contains("DataVersion", references);
        Assert.DoesNotContain(references, banned.Contains);
    }

    [Fact]
    public void Tracking_knows_no_console_no_command_line_no_cloud_and_no_program()
    {
        string[] banned = ["System.Console", "System.CommandLine", "Spectre.Console", "AWSSDK.", "Azure.", "Google.", "DataVersion.Remotes", "dv"];

        var references = Assembly.Load("DataVersion.Tracking").GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();

        Assert.Contains("DataVersion", references);
        Assert.DoesNotContain(references, reference => banned.Any(name => name.EndsWith('.') ? reference.StartsWith(name, StringComparison.Ordinal) : reference == name));
    }
}
