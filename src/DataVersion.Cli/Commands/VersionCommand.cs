using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv version</c>.</summary>
internal sealed class VersionCommand : DvCommand
{
    internal VersionCommand()
        : base("version", "show the version of dv, and what it runs on")
    {
        AddJson();
        Examples = [new("dv version", "for people"), new("dv version --json", "for programs: version, commit, runtime, os")];
        Codes = [ExitCodes.Done];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        ProgramVersion version = ProgramVersion.Current;
        ConsoleReporter reporter = context.Reporter;
        reporter.Show(version, static json => json.ProgramVersion, () =>
        {
            reporter.Answer(version.Commit is null ? $"dv {version.Version}" : $"dv {version.Version} ({version.Commit[..Math.Min(12, version.Commit.Length)]})");
            reporter.Answer($"{version.Runtime} on {version.Os}");
        });
        return Task.FromResult(ExitCodes.Done);
    }
}
