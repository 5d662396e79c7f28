using System.CommandLine;
using System.Globalization;
using DataVersion.Cli.CommandLine;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Runs;

namespace DataVersion.Cli.Commands;

/// <summary>The options of <c>dv run</c>.</summary>
internal sealed class RunOptions
{
    private readonly Option<string[]> _data = Many("--data", "PATH", "pull only these tracked paths, or parts of them (default: everything that the pin names)");
    private readonly Option<string?> _revision = Opt.Text("--rev", "REV", "use the data of this commit, tag or branch (DV_REV)");
    private readonly Option<string?> _repository = Opt.Text("--repo", "URL", "the Git repository that --rev is taken from (DV_REPO)");
    private readonly Option<string?> _pin = Opt.Text("--pin", "FILE", "the baked pin to follow (DV_PIN; default: dv.pin.json here or above, /app/dv.pin.json)");
    private readonly Option<string?> _remote = Opt.Remote();
    private readonly Option<bool> _allowUnpinned = Opt.Flag("--allow-unpinned", "run although nothing says which data version is used");
    private readonly Option<bool> _allowMismatch = Opt.Flag("--allow-pin-mismatch", "run although two sources name different commits");
    private readonly Option<bool> _allowRevision = Opt.Flag("--allow-data-rev", "run although code and data are of different commits");
    private readonly Option<bool> _allowDirty = Opt.Flag("--allow-dirty", "run uncommitted code also in CI and containers; the diff is recorded");
    private readonly Option<bool> _allowDataDirty = Opt.Flag("--allow-data-dirty", "run on data that differ from what is committed");
    private readonly Option<string[]> _out = Many("--out", "PATH", "a file or folder that the trainer makes: hashed, recorded, pushed", "-o");
    private readonly Option<bool> _track = Opt.Flag("--track", "write pointers for the outputs, as dv add does");
    private readonly Option<bool> _noPush = Opt.Flag("--no-push", "keep the outputs on this machine");
    private readonly Option<string?> _checkpoint = Opt.Text("--checkpoint", "DIR", "push this folder now and then and when the run is stopped; restore it before the next attempt");
    private readonly Option<string?> _every = Opt.Text("--checkpoint-every", "TIME", "how often: 30s, 10m (default), 2h");
    private readonly Option<string?> _resume = Opt.Text("--resume", "RUN", "restore the checkpoint of this run instead of the last one of DV_RUN_KEY");
    private readonly Option<string[]> _params = Many("--param", "NAME=VALUE", "a parameter: recorded, and given to the trainer as DV_PARAM_NAME", "-p");
    private readonly Option<string?> _paramsFile = Opt.Text("--params-file", "FILE", "parameters from a YAML or JSON file");
    private readonly Option<bool> _requireGpu = Opt.Flag("--require-gpu", "end with 72 where no GPU can be used (DV_REQUIRE_GPU)");
    private readonly Option<bool> _requireRecord = Opt.Flag("--require-record", "fail where no remote takes the record of the run");
    private readonly Option<bool> _verifyAll = Opt.Flag("--verify-all", "hash all data again before the trainer starts (DV_VERIFY=full)");
    private readonly Option<string?> _experiment = Opt.Text("--experiment", "NAME", "the MLflow experiment (MLFLOW_EXPERIMENT_NAME)");
    private readonly Option<string?> _name = Opt.Text("--name", "NAME", "the name of the run in MLflow");
    private readonly Option<bool> _logOutputs = Opt.Flag("--log-outputs", "upload the outputs to MLflow, too");
    private readonly Option<string?> _register = Opt.Text("--register", "NAME", "register the first output in MLflow as a version of this model (uploads the outputs)");
    private readonly Option<string?> _alias = Opt.Text("--alias", "ALIAS", "the alias that the registered version gets");

    private readonly Argument<string[]> _command = new("-- COMMAND") { Description = "the trainer and its arguments", Arity = ArgumentArity.OneOrMore };

    internal void AddTo(Command command)
    {
        command.Add(_command);
        foreach (Option option in (Option[])[
            _data, _revision, _repository, _pin, _remote, _allowUnpinned, _allowMismatch, _allowRevision, _allowDirty, _allowDataDirty, _out, _track, _noPush, _checkpoint,
            _every, _resume, _params, _paramsFile, _requireGpu, _requireRecord, _verifyAll, _experiment, _name, _logOutputs, _register, _alias])
            command.Add(option);
    }

    internal RunRequest Read(ParseResult parse, CommandContext context) => new()
    {
        Command = parse.GetValue(_command)!,
        WorkingDirectory = context.WorkingDirectory,
        Data = parse.GetValue(_data) ?? [],
        Revision = parse.GetValue(_revision),
        Repository = parse.GetValue(_repository),
        PinFile = parse.GetValue(_pin),
        Remote = parse.GetValue(_remote),
        Allowed = new PinAllowances(
            parse.GetValue(_allowUnpinned), parse.GetValue(_allowMismatch), parse.GetValue(_allowRevision), parse.GetValue(_allowDirty), parse.GetValue(_allowDataDirty)),
        Outputs = parse.GetValue(_out) ?? [],
        Track = parse.GetValue(_track),
        NoPush = parse.GetValue(_noPush),
        Checkpoint = parse.GetValue(_checkpoint),
        CheckpointEvery = parse.GetValue(_every) is { } every ? ParseTime(every) : TimeSpan.FromMinutes(10),
        Resume = parse.GetValue(_resume),
        Parameters = parse.GetValue(_params) ?? [],
        ParametersFile = parse.GetValue(_paramsFile),
        RequireGpu = parse.GetValue(_requireGpu),
        RequireRecord = parse.GetValue(_requireRecord),
        VerifyAll = parse.GetValue(_verifyAll),
        Experiment = parse.GetValue(_experiment),
        RunName = parse.GetValue(_name),
        LogOutputs = parse.GetValue(_logOutputs),
        Register = parse.GetValue(_register),
        Alias = parse.GetValue(_alias),
    };

    private static Option<string[]> Many(string name, string valueName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = valueName, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };

    private static TimeSpan ParseTime(string text)
    {
        double unit = text.Length == 0 ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => 0,
        };
        return unit > 0 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * unit is >= 1 and <= 7 * 24 * 3600
            ? TimeSpan.FromSeconds(number * unit)
            : throw new UsageException($"--checkpoint-every: '{text}' is not a time such as 30s, 10m or 2h");
    }
}
