using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Configuration;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote add</c>.</summary>
internal sealed class RemoteAddCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "what to call it");
    private readonly Argument<string> _url = Opt.Required("URL", "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, azure://CONTAINER/PREFIX, https://…, or a directory");
    private readonly Option<bool> _default = Opt.Flag("--default", "make it the default remote", "-d");
    private readonly Option<bool> _force = Opt.Flag("--force", "replace a remote of that name, with all its options", "-f");
    private readonly Option<bool> _local = Opt.Flag("--local", "for this clone only (config.local, never in Git)");

    private readonly Option<string?> _layout = Opt.Word(
        "--layout", "LAYOUT", "how objects lie there: plain (default), or packed, which puts many small ones into one", RemoteFormat.Layouts);

    private readonly Option<string?> _compress = Opt.Word(
        "--compress", "METHOD", "what is stored: none (default) as it is, or zstd, compressed; needs --layout packed", RemoteFormat.Compressions);

    internal RemoteAddCommand()
        : base("add", "add a remote")
    {
        foreach (Argument argument in (Argument[])[_name, _url])
            Add(argument);
        foreach (Option option in (Option[])[_default, _force, _local, _layout, _compress])
            Add(option);
        Details =
        [
            "The first remote becomes the default. Without --local it is written to .dv/config, for everybody who has the repository. Adding a remote is trusting it.",
            "How objects lie there (--layout, --compress) is decided when the first push makes the remote, and stays so.",
        ];
        Examples =
        [
            new("dv remote add origin s3://bucket/project", "for everybody; commit .dv/config"),
            new("dv remote add origin s3://bucket/project --layout packed --compress zstd", "for many small files, and for text"),
            new("dv remote add nas /mnt/nas/data --local", "for this clone only"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new RemoteAddRequest
        {
            Name = parse.GetRequiredValue(_name),
            Url = parse.GetRequiredValue(_url),
            Scope = parse.GetValue(_local) ? ConfigScope.Local : ConfigScope.Repository,
            Force = parse.GetValue(_force),
            Layout = parse.GetValue(_layout),
            Compress = parse.GetValue(_compress),
        };
        using Repository repository = context.OpenRepository();
        RemoteAddResult result = new RemoteAdd(repository.Config).Run(request, context.CancellationToken);
        if (parse.GetValue(_default) && !result.IsDefault)
        {
            new RemoteDefault(repository.Config).Set(request.Name, request.Scope, context.CancellationToken);
            result = result with { IsDefault = true };
        }
        ConsoleReporter reporter = context.Reporter;
        reporter.Did(Printable.Text($"added remote '{result.Name}': {RemoteUrl.Redact(result.Url)}{(result.IsDefault ? " (default)" : "")}"));
        if (!result.Trusted)
            reporter.Note(Printable.Text($"hint: before the first push: dv remote trust {result.Name}"));
        reporter.Next(request.Scope == ConfigScope.Local ? "dv push" : "git add .dv/config, git commit, then dv push");
        return Task.FromResult(ExitCodes.Done);
    }
}
