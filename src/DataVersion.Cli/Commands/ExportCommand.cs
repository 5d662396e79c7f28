using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Tracking.Exports;
using DataVersion.Tracking.Models;
using DataVersion.Tracking.Runs;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv export</c>.</summary>
internal sealed class ExportCommand : DvCommand
{
    private readonly ExportOptions _options = new();

    internal ExportCommand()
        : base("export", "write a model for Triton, or a pinned version as plain files")
    {
        _options.AddTo(this);
        AddJson();
        Details =
        [
            "--layout triton writes NAME/config.pbtxt and NAME/VERSION/model.onnx. Inputs, outputs, their types and shapes are read from the model itself; where the first dimension of all of them is free, the model takes batches of up to --max-batch-size rows. See docs/models.md.",
            "--layout folder copies what PATH@REV names, each file checked against its hash. Nothing is tracked there.",
            "dv://PATH@REV means the same, from the repository of DV_REPO where that is set (dv makes a workspace for it here, as dv run does). Without @REV: what is checked out, or the pin of an image. With DIR instead of --output it is what KServe calls a storage initializer.",
            "What is there already and is the same stays; a version or configuration that differs is replaced only with --force, a folder not at all. What is written appears whole or not at all.",
        ];
        Examples =
        [
            new("dv export models --layout triton -o /srv/triton --name fraud", "what the trainer made just now"),
            new("dv export models@v2 --layout triton -o /srv/triton --name fraud --version 2", "what the tag v2 pins"),
            new("dv export data/train@main --layout folder -o /tmp/train", "a plain copy of a version of data"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.Remote, ExitCodes.NoRepository];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        string layout = _options.Layout(parse);
        string subject = _options.Subject(parse);
        if (PinnedUri.Parse(subject) is { } uri)
            return await ExportAsync(parse, context, layout, uri);
        string full = Path.GetFullPath(subject, context.WorkingDirectory);
        if (Path.Exists(full))
        {
            if (layout == ExportOptions.Folder)
                throw new UsageException($"of what version is '{subject}' exported?", $"name it: {subject}@HEAD, {subject}@v1.2; what lies here is copied with cp");
            return await ExportAsync(parse, context, FindOnDisk(subject, full), NameOf(full, Directory.Exists(full)), HashIn(full));
        }
        return await ExportAsync(parse, context, layout, PinnedUri.ParsePath(subject) ?? throw new UsageException($"there is no '{subject}'", "give a path, or a tracked path and a revision: models@v1.2"));
    }

    private async Task<int> ExportAsync(ParseResult parse, CommandContext context, string layout, PinnedUri uri)
    {
        var opener = new WorkspaceOpener(uri.ToRequest(context.WorkingDirectory, context.Variables), context.CreateRunHost());
        // Only an address may mean a repository that is not at hand.
        using Repository repository = uri.IsAddress ? opener.Open(context.CancellationToken) : context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        (string path, string from) = (uri.Path, uri.IsAddress ? repository.Layout.Root : context.WorkingDirectory);
        PinnedSource source = await context.RunAsync((monitor, end) => PinnedSource.OpenAsync(repository, opener.PinRequest(repository), (path, from), monitor, end));
        if (layout == ExportOptions.Triton)
            return await ExportAsync(parse, context, source, NameOf(path, source.Entry.IsDirectory), null);
        FolderResult copied = await new FolderExport(_options.Output(parse, context)).RunAsync(source, context.CancellationToken);
        ExportReport.Write(context.Reporter, source, copied);
        return ExitCodes.Done;
    }

    private async Task<int> ExportAsync(ParseResult parse, CommandContext context, IExportSource source, string name, string? sha256)
    {
        TritonRequest request = _options.ReadTriton(parse, context, name) with { ExpectedSha256 = sha256 };
        TritonResult result = await new TritonExport(request).RunAsync(source, context.CancellationToken);
        ExportReport.Write(context.Reporter, request, (source as PinnedSource)?.Commit, result);
        return ExitCodes.Done;
    }

    private static FolderSource FindOnDisk(string subject, string full) => Directory.Exists(full)
        ? new FolderSource(subject, full, ModelSignature.ModelFileName)
        : new FolderSource(subject, Path.GetDirectoryName(full)!, Path.GetFileName(full));

    // Where the trainer's signature is beside the model, it says what the model must be.
    private static string? HashIn(string full)
    {
        string file = Path.Combine(full, ModelSignature.FileName);
        return Directory.Exists(full) && File.Exists(file) ? ModelSignature.Parse(File.ReadAllBytes(file), file).ModelSha256 : null;
    }

    private static string NameOf(string path, bool isFolder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        return isFolder ? name : Path.GetFileNameWithoutExtension(name);
    }
}
