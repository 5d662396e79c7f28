using System.CommandLine;
using DataVersion.Cli.CommandLine;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv remote add</c>.</summary>
internal sealed class RemoteAddCommand : DvCommand
{
    private readonly Argument<string> _name = Opt.Required("NAME", "what to call it");
    private readonly Argument<string> _url = Opt.Required("URL", "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, azure://CONTAINER/PREFIX, https://…, or a directory");
    private readonly Option<bool> _default = Opt.Flag("--default", "make it the default remote", "-d");
    private readonly ScopeOptions _scope = new();

    internal RemoteAddCommand()
        : base("add", "add a remote")
    {
        Add(_name);
        Add(_url);
        Add(_default);
        _scope.AddTo(this);
        Details = ["The first remote becomes the default. Without --local or --user it is written to .dv/config, for everybody who has the repository. Adding a remote is trusting it."];
        Examples =
        [
            new("dv remote add origin s3://bucket/project", "for everybody; commit .dv/config"),
            new("dv remote add nas /mnt/nas/data --local", "for this clone only"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context) => throw Repository.Pending();
}
