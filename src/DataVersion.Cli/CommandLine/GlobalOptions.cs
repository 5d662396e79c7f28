using System.CommandLine;

namespace DataVersion.Cli.CommandLine;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    internal Option<bool> Verbose { get; } = Recursive(Opt.Flag("--verbose", "say more: whole lists, and where an error came from", "-v"));
    internal Option<bool> Quiet { get; } = Recursive(Opt.Flag("--quiet", "say only what was asked for, and errors", "-q"));
    internal Option<string?> Directory { get; } = new("-C") { Description = "run as if started in DIR", HelpName = "DIR", Recursive = true };
    internal Option<bool> Help { get; } = Recursive(Opt.Flag("--help", "show this help", "-h"));

    /// <summary>Of <c>dv</c> itself only.</summary>
    internal Option<bool> Version { get; } = Opt.Flag("--version", "show the version");

    internal IReadOnlyList<Option> OfEveryCommand => [Verbose, Quiet, Directory, Help];

    private static Option<bool> Recursive(Option<bool> option)
    {
        option.Recursive = true;
        return option;
    }
}
