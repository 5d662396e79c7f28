using DataVersion.Tracking.Exports;

namespace DataVersion.Cli.Reporting;

/// <summary>What <c>dv export</c> says.</summary>
internal static class ExportReport
{
    internal static void Write(ConsoleReporter reporter, TritonRequest request, string? commit, TritonResult result)
    {
        var output = new ExportOutput("triton", result.Folder, 1 + result.Model.ExternalFiles.Count, result.Bytes, result.IsNew)
        {
            Name = request.Name,
            Version = request.Version,
            Sha256 = result.Sha256,
            Commit = commit,
            Inputs = [.. result.Model.Inputs.Select(i => i.Name)],
            Outputs = [.. result.Model.Outputs.Select(o => o.Name)],
        };
        reporter.Show(output, static json => json.ExportOutput, () =>
        {
            string inputs = $"{Sizes.Count(output.Inputs.Count, "input")}, {Sizes.Count(output.Outputs.Count, "output")}";
            reporter.Did(Printable.Text(result.IsNew ? $"exported {request.Name} version {request.Version} to {result.Folder}: {inputs}, {Sizes.Bytes(result.Bytes)}" : $"{result.Folder} is up to date"));
            reporter.Did($"  sha256 {result.Sha256}");
        });
        if (!reporter.Json && result.IsNew)
            reporter.Note(Printable.Text($"serve it with: tritonserver --model-repository={request.Output}"));
    }

    internal static void Write(ConsoleReporter reporter, PinnedSource source, FolderResult result) =>
        reporter.Show(new ExportOutput("folder", result.Folder, result.Files, result.Bytes, result.IsNew) { Commit = source.Commit }, static json => json.ExportOutput, () =>
            reporter.Did(Printable.Text(result.IsNew
                ? $"exported {source.Name} to {result.Folder}: {Sizes.Count(result.Files, "file")}, {Sizes.Bytes(result.Bytes)}"
                : $"{result.Folder} is up to date")));
}

/// <summary>What was exported; members that do not belong to the layout are null or empty.</summary>
internal sealed record ExportOutput(string Layout, string Folder, long Files, long Bytes, bool New)
{
    public string? Commit { get; init; }

    public string? Name { get; init; }

    public int? Version { get; init; }

    public string? Sha256 { get; init; }

    public IReadOnlyList<string> Inputs { get; init; } = [];

    public IReadOnlyList<string> Outputs { get; init; } = [];
}
