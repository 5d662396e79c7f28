using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote list</c>.</summary>
internal sealed class RemoteListCommand : DvCommand
{
    internal RemoteListCommand()
        : base("list", "show the remotes")
    {
        AddJson();
        Examples =
        [
            new("dv remote list", "name, URL, and which is the default"),
            new("dv remote list --json", "for programs: name, url, default, trusted, honoured, origin"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        Show(context.Reporter, new RemoteList(repository.Config).Run());
        return Task.FromResult(ExitCodes.Done);
    }

    internal static void Show(ConsoleReporter reporter, IReadOnlyList<RemoteListEntry> remotes) =>
        reporter.Show(RemoteListOutput.Of(remotes), static json => json.RemoteListOutput, () =>
        {
            foreach (RemoteListEntry remote in remotes)
            {
                string marks = (remote.IsDefault ? "  (default)" : "") + (remote.Trusted ? "" : "  (not trusted: dv remote trust)");
                reporter.Answer(Printable.Text($"{remote.Name}  {RemoteUrl.Redact(remote.Url)}{marks}"));
            }
            if (remotes.Count == 0)
                reporter.Note("no remote: dv remote add NAME URL");
        });
}
