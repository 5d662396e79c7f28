using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv add</c>.</summary>
internal sealed class AddCommand : DvCommand
{
    private readonly Argument<string[]> _paths = Opt.Paths("files, folders or globs; a path inside a tracked folder updates that folder", required: true);
    private readonly Option<bool> _force = Opt.Flag("--force", "add also what is outdated or diverged: the data here win over the pointer's", "-f");
    private readonly Option<bool> _deleteMissing = Opt.Flag("--delete-missing", "where dv's memory of the folder is lost: count files that are not there as deleted");
    private readonly Option<bool> _rehash = Opt.Flag("--rehash", "read everything again, and use the algorithm of core.hash");
    private readonly Option<bool> _dereference = Opt.Flag("--dereference", "take what symbolic links point to instead of the links", "-L");
    private readonly Option<bool> _stage = Opt.Flag("--stage", "stage pointers and ignore files in Git, whatever core.autostage says");
    private readonly Option<bool> _noStage = Opt.Flag("--no-stage", "do not stage them");
    private readonly Option<string?> _description = Opt.Text("--description", "TEXT", "a description that the pointer keeps");

    internal AddCommand()
        : base("add", "track files and folders, or take up their changes")
    {
        Add(_paths);
        foreach (Option option in (Option[])[_force, _deleteMissing, _rehash, _dereference, _stage, _noStage, _description])
            Add(option);
        AddJson();
        Details =
        [
            "Stores the contents in the cache, writes a small pointer file (PATH.dv) for Git, adds an ignore line for the data, and stages both in Git. Only what changed is read.",
            "What Git tracks already is refused, with the command that untracks it. So is what git pull moved and dv checkout has not brought yet: adding it would revert a colleague's change.",
        ];
        Examples =
        [
            new("dv add data/train.parquet", "track a file"),
            new("dv add data/images models/*.onnx", "track a folder, and several files"),
            new("dv add data/images/cat/7.jpg", "take up one changed file of a tracked folder"),
            new("dv add --no-stage data", "leave git add to yourself"),
        ];
        Codes = [ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.NoRepository, ExitCodes.Locked];
    }

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        bool stage = parse.GetValue(_stage), noStage = parse.GetValue(_noStage);
        if (stage && noStage)
            throw new UsageException("--stage and --no-stage contradict each other", "give one of them");
        var request = new AddRequest
        {
            Paths = parse.GetRequiredValue(_paths),
            WorkingDirectory = context.WorkingDirectory,
            Force = parse.GetValue(_force),
            DeleteMissing = parse.GetValue(_deleteMissing),
            Rehash = parse.GetValue(_rehash),
            Dereference = parse.GetValue(_dereference),
            Stage = stage ? true : noStage ? false : null,
            Description = parse.GetValue(_description),
        };
        using Repository repository = context.OpenRepository();
        return Show(context.Reporter, await context.RunAsync((monitor, end) => new Add(repository, monitor).RunAsync(request, end)));
    }

    internal static int Show(ConsoleReporter reporter, AddResult result)
    {
        reporter.Show(AddOutput.Of(result), static json => json.AddOutput, () =>
            Listing.Capped(reporter, result.Added, item => reporter.Did(Line(reporter, item)), reporter.Did));
        Listing.Capped(reporter, result.Failed, f => reporter.ItemFailed(f.Path, f.Error, f.Hint), reporter.Note);
        if (result.Staged == true && result.Added.Any(a => a.Changed))
            reporter.Next("git commit");
        else if (result.Staged == false && result.Added.Any(a => a.Changed))
            reporter.Next("git add the pointers and .gitignore files, then git commit");
        return ExitCodes.OfFailures(result.Failed.Select(f => f.Kind), result.Added.Count > 0);
    }

    private static string Line(ConsoleReporter reporter, AddedItem item)
    {
        string files = item.Files == 1 ? "" : $"  {Sizes.Count(item.Files, "file")}";
        string pointer = item.Changed ? $"→ {reporter.Path(item.Pointer)}" : "(unchanged)";
        return $"{reporter.Path(item.Path)}  {Sizes.Bytes(item.Size)}{files}  {Sizes.ShortId(item.Hash)}  {pointer}";
    }
}
