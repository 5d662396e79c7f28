using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;

namespace DataVersion.Tracking.Reproduction;

/// <summary>Repeats a run in a worktree of its own, and says whether the result is the same (docs/reproduce.md).</summary>
public sealed class Reproducer(Repository repository, RunHost host, IRunView view)
{
    /// <summary>The stage before those of the run (<see cref="RunStages"/>): the look whether it can be repeated, and the worktree.</summary>
    public const string Stage = "prepare";

    /// <summary>Repeats it. What goes wrong is in the result.</summary>
    /// <param name="request">What to repeat.</param>
    /// <param name="cancellationToken">Kills everything at once; a friendly end is a signal.</param>
    public async Task<ReproductionResult> RunAsync(ReproductionRequest request, CancellationToken cancellationToken)
    {
        using var stops = new StopSignals(host.Signals, host.Clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stops.Token);
        ReproductionWorktree? worktree = null;
        ReproductionResult result;
        try
        {
            var planner = new ReproductionPlanner(repository, host, request, view.Monitor);
            ReproductionPlan? plan = null;
            await new RunStages(host.Clock, view).RunAsync(Stage, async () =>
            {
                plan = await planner.FindAsync(linked.Token);
                if (plan is null)
                    return null;
                worktree = ReproductionWorktree.Make(
                    plan.Git, request.Original.Code!.Commit, Path.GetFileName(repository.Layout.Root), host.TemporaryDirectory, linked.Token);
                return $"run {RunIds.Short(request.Original.RunUuid)}, commit {request.Original.Code.Commit[..12]}{(plan.Image is null ? "" : $", image {plan.Image}")}";
            });
            if (plan is null || worktree is null)
                return Impossible(request, [.. planner.Obstacles]);
            result = await RepeatAsync(request, plan, worktree.Path, stops, linked.Token, cancellationToken);
        }
        catch (OperationCanceledException) when (stops.First is not null)
        {
            result = new ReproductionResult { Original = request.Original, Outcome = ReproductionOutcome.Stopped, Signal = stops.First.Value.Number() };
        }
        catch (DataVersionException e)
        {
            result = Impossible(request, new ReproductionObstacle(e.Message, e.Hint));
        }
        finally
        {
            if (worktree is not null && !request.Keep && worktree.TryRemove() is { } problem)
                view.Warn($"the worktree '{worktree.Path}' could not be removed: {problem}");
        }
        return request.Keep ? result with { Worktree = worktree?.Path } : result;
    }

    private async Task<ReproductionResult> RepeatAsync(
        ReproductionRequest request, ReproductionPlan plan, string worktree, StopSignals stops, CancellationToken prepare, CancellationToken kill)
    {
        string root = Path.Combine(worktree, plan.Place);
        string folder = Path.Combine(root, request.Original.Train.WorkingDirectory);
        WarnOfOtherPlaces(request.Original, worktree);
        Prepare(plan, root, folder, prepare);
        prepare.ThrowIfCancellationRequested();
        Exception? error = null;
        // The session listens itself; what comes in between is kept for it.
        stops.Pause();
        RunOutcome ran = await new RunSession(Request(request, plan, worktree, root, folder), Host(request.Original, plan), view).RunAsync(e => error = e, kill);
        stops.Resume();
        if (ran.Record is { Stage: RunStates.Killed, Signal: { } signal })
            return new ReproductionResult { Original = request.Original, Outcome = ReproductionOutcome.Stopped, Repetition = ran.Record, Signal = signal };
        if (ran.Record is not { Stage: RunStates.Complete } repetition)
        {
            string where = ran.Record?.Stage is { } stage && stage.StartsWith(RunStates.FailedPrefix, StringComparison.Ordinal) ? stage[RunStates.FailedPrefix.Length..] : RunStages.Config;
            string problem = error?.Message ?? ran.Record?.Error ?? $"exit {ran.ExitCode}";
            return Impossible(request, new ReproductionObstacle($"the repetition failed in stage '{where}', where the run itself had not: {problem}", (error as DataVersionException)?.Hint)) with { Repetition = ran.Record };
        }
        if (FindOtherData(request.Original, repetition) is { } other)
            return Impossible(request, other) with { Repetition = repetition };
        ReproductionVerdict verdict = Compare(request, plan, repetition);
        return new ReproductionResult { Original = request.Original, Outcome = verdict.Outcome, Repetition = repetition, Verdict = verdict };
    }

    // What the trainer finds elsewhere than it did.
    private void WarnOfOtherPlaces(RunRecord original, string worktree)
    {
        if (File.Exists(Path.Combine(worktree, ".gitmodules")))
            view.Warn("the commit has submodules, which are not checked out in the worktree");
        string own = Path.TrimEndingDirectorySeparator(repository.Layout.Root) + Path.DirectorySeparatorChar;
        foreach (string argument in original.Train.Command.Skip(1).Where(a => a.Contains(own, StringComparison.Ordinal)))
            view.Warn($"its command names '{PathRules.Printable(argument)}', which lies in your workspace, and not in the worktree");
    }

    private void Prepare(ReproductionPlan plan, string root, string folder, CancellationToken cancellationToken)
    {
        if (plan.Code.Diff is { } diff)
            GitRepository.Discover(root, GitProgram.Find(host.Environment.ProgramSearchPath))!.ApplyDiff(diff, cancellationToken);
        try
        {
            // Git keeps no empty folders.
            Directory.CreateDirectory(folder);
            // Remotes may be defined there, and how to sign in to them.
            RepositoryLayout own = RepositoryLayout.Find(root, host.Environment.ProgramSearchPath);
            if (File.Exists(repository.Layout.LocalConfigFile))
                File.Copy(repository.Layout.LocalConfigFile, own.LocalConfigFile, overwrite: true);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(root, e);
        }
    }

    private RunRequest Request(ReproductionRequest request, ReproductionPlan plan, string worktree, string root, string folder)
    {
        RunRecord original = request.Original;
        HashSet<string> given = [.. request.Parameters.Select(p => p.Split('=', 2)[0])];
        string runs = RunStore.Of(repository).Folder;
        return new RunRequest
        {
            Command = plan.Program is { } program ? [program, .. original.Train.Command.Skip(1)] : original.Train.Command,
            WorkingDirectory = Path.TrimEndingDirectorySeparator(folder),
            Parameters = [.. original.Train.Params.Where(p => !given.Contains(p.Key)).Select(p => $"{p.Key}={p.Value}"), .. request.Parameters],
            Outputs = original.Train.Out,
            Data = [.. plan.Data.Select(d => Path.Combine(root, d.Item.Path, d.Inside))],
            Revision = plan.Revision,
            Repository = plan.DataRepository,
            Allowed = new PinAllowances(Unpinned: false, Mismatch: true, DataRevision: true, Dirty: true, DataDirty: false),
            Reproduces = original.RunUuid,
            NoPush = true,
            NoRecordPush = true,
            RunsFolder = runs,
            ListsPackages = plan.Engine is null,
            Wrap = child => OwnOutput(InImage(WithCheckpoint(child, original), plan, original, worktree, runs)),
        };
    }

    private RunHost Host(RunRecord original, ReproductionPlan plan) => host with
    {
        Variables = RecordedVariables.For(host.Variables, original, plan.Engine is null ? null : original.Image!.Reference),
        // Also a worktree of a fetched repository has its data from here.
        Environment = host.Environment with { Variables = new Dictionary<string, string>(host.Environment.Variables) { ["DV_CACHE_DIR"] = repository.Cache.Root } },
    };

    // The folder that the trainer may save its state to: empty, and pushed nowhere.
    private static ChildStart WithCheckpoint(ChildStart child, RunRecord original) =>
        original.Checkpoints is [.., { Path: { } path }] && RecordObstacles.IsInside(original.Train.WorkingDirectory, path)
            ? child with { Environment = new Dictionary<string, string>(child.Environment) { ["DV_CHECKPOINT"] = Path.GetFullPath(path, child.WorkingDirectory) } }
            : child;

    private ChildStart InImage(ChildStart child, ReproductionPlan plan, RunRecord original, string worktree, string runs)
    {
        if (plan.Engine is null)
            return child;
        HashSet<string> passed = [.. RecordedVariables.Restored, .. original.Train.Seeds.Keys];
        bool hasLinks = repository.Settings.Links.Contains(Caching.LinkKind.Symlink);
        return plan.Engine.Wrap(child, new ContainerRun(
            plan.Image!, [worktree, runs], hasLinks ? [repository.Cache.Root] : [], plan.UsesGpu, name => name.StartsWith("DV_", StringComparison.Ordinal) || passed.Contains(name)));
    }

    // Standard output is the verdict's: what the trainer writes there goes to where the progress goes.
    private static ChildStart OwnOutput(ChildStart child) => OperatingSystem.IsWindows()
        ? child
        : child with { FileName = "/bin/sh", Arguments = ["-c", "exec \"$@\" >&2", "sh", child.FileName, .. child.Arguments] };

    private static ReproductionVerdict Compare(ReproductionRequest request, ReproductionPlan plan, RunRecord repetition)
    {
        RunRecord original = request.Original;
        // The same program, taken from the workspace.
        RunRecord compared = plan.Program is null ? repetition : repetition with { Train = repetition.Train with { Command = original.Train.Command } };
        ReproductionVerdict verdict = ReproductionVerdict.Of(original, compared, request.Tolerance, plan.Engine is not null);
        IEnumerable<RecordDifference> checkpoint = original.Checkpoints.Where(c => c.Restored).Take(1)
            .Select(c => new RecordDifference(DifferenceKind.Params, "checkpoint", $"went on from sha256:{c.Sha256}", "began anew"));
        return verdict with { Causes = [.. plan.Code.Lost, .. checkpoint, .. verdict.Causes] };
    }

    private static ReproductionObstacle? FindOtherData(RunRecord original, RunRecord repetition)
    {
        static HashSet<(string, string?, string)> Ids(RunRecord record) => [.. record.Data.Select(d => (d.Path, d.Inside, d.Hash))];
        return Ids(original).SetEquals(Ids(repetition)) ? null : new ReproductionObstacle("the repetition used other data than the run did", "see: dv runs diff");
    }

    private static ReproductionResult Impossible(ReproductionRequest request, params ReproductionObstacle[] obstacles) =>
        new() { Original = request.Original, Outcome = ReproductionOutcome.Impossible, Obstacles = obstacles };
}
