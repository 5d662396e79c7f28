using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Git;
using DataVersion.Tracking.Pins;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv pin</c>.</summary>
internal sealed class PinCommand : DvCommand
{
    private readonly Option<string?> _output = Opt.Text("--output", "FILE", $"where to write it (default: {PinDocument.FileName} in the repository's root)", "-o");
    private readonly Option<bool> _allowDirty = Opt.Flag("--allow-dirty", "in CI, too, write a pin of code that is not committed; the pin says so");
    private readonly Option<bool> _sha256 = Opt.Flag("--sha256", "print the pin's SHA-256 and nothing else: the label dev.dv.pin.sha256 of an image");

    internal PinCommand()
        : base("pin", "write down what the commit pins, for an image without Git")
    {
        Add(_output);
        Add(_allowDirty);
        Add(_sha256);
        AddJson();
        Details =
        [
            $"Writes {PinDocument.FileName}: the commit, its pointers with hashes and sizes, and the remotes that hold them, without secrets. An image that carries it needs neither .git nor git to run on exactly these data.",
            "Pointers that are not committed are refused. Code that is not is warned of and recorded, and refused in CI.",
        ];
        Examples =
        [
            new("dv pin", "before docker build"),
            new("docker build --build-arg PIN_SHA256=\"$(dv pin --sha256)\" .", "an image that says which pin it carries"),
            new("dv pin --output build/dv.pin.json", "into the folder that the image is built from"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository];
    }

    internal override Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        using Repository repository = context.OpenRepository();
        var request = new PinRequest
        {
            WorkingDirectory = context.WorkingDirectory,
            Root = repository.Layout.Root,
            Git = GitProgram.Find(context.Environment.ProgramSearchPath),
            Allowed = PinAllowances.None with { Dirty = parse.GetValue(_allowDirty) },
            Environment = context.Surroundings,
            Remotes = repository.Settings.Remotes,
            DefaultRemote = repository.Settings.Remote,
        };
        string file = parse.GetValue(_output) is { } output
            ? Path.GetFullPath(output, context.WorkingDirectory)
            : Path.Combine(repository.Layout.Root, PinDocument.FileName);
        Show(context.Reporter, new PinMaker(request, context.Environment.Clock).Make(file, context.CancellationToken), parse.GetValue(_sha256));
        return Task.FromResult(ExitCodes.Done);
    }

    private static void Show(ConsoleReporter reporter, MadePin made, bool hashAlone)
    {
        foreach (string warning in made.Warnings)
            reporter.Warn(warning);
        reporter.Show(PinOutput.Of(made), static json => json.PinOutput, () =>
        {
            if (hashAlone)
                reporter.Answer(made.Sha256);
            else
                reporter.Did(Printable.Text($"pinned {made.Pin.DataCommit[..12]}: {Sizes.Count(made.Pin.Items.Count, "item")}, {Sizes.Bytes(made.Pin.Size)} → {made.File}"));
        });
    }
}
