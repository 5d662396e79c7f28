using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Hashing;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv init</c>.</summary>
internal sealed class InitCommand : DvCommand
{
    private readonly Option<HashKind?> _hash = Opt.Hash();
    private readonly Option<bool> _noGit = Opt.Flag("--no-git", "do without Git; cache and state then lie under .dv");
    private readonly Option<bool> _subdirectory = Opt.Flag("--subdir", "allow a folder below the root of the Git repository");

    internal InitCommand()
        : base("init", "make the folder a dv repository")
    {
        Add(_hash);
        Add(_noGit);
        Add(_subdirectory);
        AddJson();
        Details = ["Writes .dv/config, .dvignore and a line in .gitattributes, to be committed. Where it is a dv repository already, nothing is changed."];
        Examples =
        [
            new("git init && dv init", "in a new project"),
            new("dv -C services/ranker init --subdir", "for one folder of a larger Git repository"),
            new("dv init --no-git", "where there is no Git"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new InitRequest
        {
            Directory = context.WorkingDirectory,
            Hash = parse.GetValue(_hash),
            NoGit = parse.GetValue(_noGit),
            Subdirectory = parse.GetValue(_subdirectory),
        };
        return Show(context.Reporter, await new Init(context.Environment).RunAsync(request, context.CancellationToken), request.NoGit);
    }

    internal static int Show(ConsoleReporter reporter, InitResult result, bool noGit)
    {
        reporter.Show(result, static json => json.InitResult, () =>
        {
            reporter.Did($"{(result.AlreadyThere ? "already" : "now")} a dv repository: {Printable.Text(result.Root)}");
            foreach (string file in result.Created)
                reporter.Did($"  wrote {Printable.Text(file)}");
        });
        if (!result.AlreadyThere)
            reporter.Next(noGit ? "dv add PATH" : "git commit, then dv add PATH");
        return ExitCodes.Done;
    }
}
