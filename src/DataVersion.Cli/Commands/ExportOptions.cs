using System.CommandLine;
using System.Globalization;
using DataVersion.Cli.CommandLine;
using DataVersion.Objects;
using DataVersion.Tracking.Exports;

namespace DataVersion.Cli.Commands;

/// <summary>The arguments and options of <c>dv export</c>.</summary>
internal sealed class ExportOptions
{
    internal const string Triton = "triton", Folder = "folder";

    // Triton reads versions as 64-bit numbers; nobody has so many.
    private const int MaxNumber = 1_000_000_000;

    private readonly Argument<string> _subject = Opt.Required("PATH", "a model's folder or .onnx file, or [dv://]PATH@REV: a tracked path as a commit, tag or branch pins it");
    private readonly Argument<string?> _directory = Opt.Optional("DIR", "where to, instead of --output");
    private readonly Option<string?> _layout = Opt.Text("--layout", "LAYOUT", "triton: a model repository of Triton Inference Server; folder: a plain copy (of PATH@REV)");
    private readonly Option<string?> _output = Opt.Text("--output", "DIR", "where to: the model repository, or the copy itself", "-o");
    private readonly Option<string?> _name = Opt.Text("--name", "NAME", "triton: the model's name (default: that of the folder or file)");
    private readonly Option<int?> _version = Number("--version", "N", "triton: the version's number (default: 1)");
    private readonly Option<int?> _batch = Number("--max-batch-size", "N", "triton: the most rows of one batch, where the model takes batches (default: 1024)");
    private readonly Option<bool> _keepConfig = Opt.Flag("--keep-config", "triton: leave a config.pbtxt that is there as it is");
    private readonly Option<bool> _force = Opt.Flag("--force", "triton: replace a version or config.pbtxt that is there and differs", "-f");

    internal void AddTo(Command command)
    {
        command.Add(_subject);
        command.Add(_directory);
        foreach (Option option in (Option[])[_layout, _output, _name, _version, _batch, _keepConfig, _force])
            command.Add(option);
    }

    internal string Subject(ParseResult parse) => parse.GetValue(_subject)!;

    /// <summary>The layout, checked together with what goes with it.</summary>
    internal string Layout(ParseResult parse)
    {
        string layout = parse.GetValue(_layout) ?? throw new UsageException("what layout?", "say --layout triton or --layout folder");
        if (layout is not (Triton or Folder))
            throw new UsageException($"--layout: '{PathRules.Printable(layout)}' is not triton or folder");
        Option? strange = layout == Folder ? ((Option[])[_name, _version, _batch, _keepConfig, _force]).FirstOrDefault(o => parse.Has(o)) : null;
        return strange is null ? layout : throw new UsageException($"{strange.Name} goes with --layout triton only");
    }

    internal string Output(ParseResult parse, CommandContext context)
    {
        (string? named, string? directory) = (parse.GetValue(_output), parse.GetValue(_directory));
        if (named is not null && directory is not null)
            throw new UsageException($"where to: '{PathRules.Printable(named)}' or '{PathRules.Printable(directory)}'?", "name the folder once");
        string folder = named ?? directory ?? throw new UsageException("where to?", "name a folder: --output DIR");
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder, context.WorkingDirectory));
    }

    internal TritonRequest ReadTriton(ParseResult parse, CommandContext context, string name) => new()
    {
        Output = Output(parse, context),
        Name = parse.GetValue(_name) ?? name,
        Version = parse.GetValue(_version) ?? 1,
        MaxBatchSize = parse.GetValue(_batch) ?? 1024,
        KeepConfig = parse.GetValue(_keepConfig),
        Force = parse.GetValue(_force),
    };

    private static Option<int?> Number(string name, string valueName, string description) => new(name)
    {
        Description = description,
        HelpName = valueName,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MaxNumber)
                return number;
            result.AddError($"'{result.Tokens[0].Value}' is not a number from 1 to {MaxNumber}");
            return null;
        },
    };
}
