using System.Text;
using DataVersion.Hashing;
using DataVersion.Testing;
using DataVersion.Tracking;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;
using DataVersion.Workspaces;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Runs;

/// <summary>The parts of a run that need no process: codes, ends, settings, checkpoints, what MLflow is told.</summary>
public sealed class RunPartsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Redactor _redactor = new([], new Dictionary<string, string> { ["DB_PASSWORD"] = "hunter2-hunter2" });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_of_error_has_the_code_that_a_cluster_reads()
    {
        (Exception Error, string Stage, int Code)[] table =
        [
            (new UsageException("x"), RunStages.Config, 2), (new UsageException("x"), RunStages.Pin, 78), (new NoRepositoryException("/x"), RunStages.Pin, 78),
            (new ObjectCorruptException("a", "b", "c"), RunStages.Pull, 65), (new ObjectMissingException("a", "b"), RunStages.Pull, 66),
            (new RemoteException("r", "down"), RunStages.Pull, 69), (new RemoteException("r", "no") { IsDenied = true }, RunStages.Pull, 77),
            (new FileAccessException("/x", "full") { IsDiskFull = true }, RunStages.Pull, 73), (new LockedException("l", "p"), RunStages.Pull, 75),
            (new RefusedException("x"), RunStages.Pull, 78), (new RunFailedException(72, "no gpu"), RunStages.Preflight, 72),
            (new IOException("x"), RunStages.Upload, 73), (new InvalidOperationException("x"), RunStages.Upload, 70),
        ];

        Assert.All(table, row => Assert.Equal(row.Code, RunExitCodes.Of(row.Error, row.Stage)));
        Assert.Equal(RunExitCodes.All.Select(c => c.Code).Distinct().Count(), RunExitCodes.All.Count);
        Assert.Equal(65, RunExitCodes.Gravest([69, 66, 65]));
    }

    [Theory]
    [InlineData(0, null, false, 0, "complete")]
    [InlineData(7, null, false, 7, "failed:child")]
    [InlineData(65, null, false, 65, "failed:child")]
    [InlineData(65, null, true, 1, "failed:child")]
    [InlineData(78, null, true, 1, "failed:child")]
    [InlineData(63, null, true, 63, "failed:child")]
    [InlineData(79, null, true, 79, "failed:child")]
    [InlineData(null, 9, true, 137, "failed:child")]
    [InlineData(null, 15, false, 143, "failed:child")]
    public void A_trainers_end_is_passed_on(int? code, int? signal, bool remaps, int exit, string stage)
    {
        using var stops = new StopSignals(new SignalRelay(), TimeProvider.System);
        var end = new RunEnd(Host(), stops);

        end.TakeChild(new SupervisedExit(StartOutcome.Started, new ChildExit(code, signal), null, Killed: false, null, null), remaps);

        Assert.Equal((exit, stage, code ?? 128 + signal), (end.ExitCode, end.Stage, end.ChildExitCode));
    }

    [Fact]
    public void The_first_reason_counts_and_no_secret_is_in_it()
    {
        using var stops = new StopSignals(new SignalRelay(), TimeProvider.System);
        var end = new RunEnd(Host(), stops);

        end.Fail(new RemoteException("r", "https://u:hunter2-hunter2@x refuses"), RunStages.Pull, _redactor);
        end.Fail(new RunFailedException(66, "later"), RunStages.Finalize, _redactor);

        Assert.Equal((69, "failed:pull"), (end.ExitCode, end.Stage));
        Assert.DoesNotContain("hunter2", end.Error, StringComparison.Ordinal);
        File.WriteAllText(_folder.At("termination-log"), "");
        end.WriteTerminationLog();
        Assert.StartsWith("dv run: failed:pull: ", File.ReadAllText(_folder.At("termination-log")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_trainer_that_was_asked_to_stop_was_stopped_whatever_it_ended_with()
    {
        var relay = new SignalRelay();
        using var stops = new StopSignals(relay, TimeProvider.System);
        var end = new RunEnd(Host(), stops);

        end.TakeChild(new SupervisedExit(StartOutcome.Started, new ChildExit(0, null), ForwardedSignal.Terminate, Killed: false, null, null), remaps: false);

        Assert.Equal((0, "killed", 15), (end.ExitCode, end.Stage, end.Signal));
        Assert.Equal(ForwardedSignal.Terminate, stops.First);
    }

    [Fact]
    public void The_first_signal_cancels_and_the_second_cancels_the_end_too()
    {
        var relay = new SignalRelay();
        relay.Deliver(ForwardedSignal.User1);
        using var stops = new StopSignals(relay, TimeProvider.System);
        Assert.False(stops.Token.IsCancellationRequested);

        relay.Deliver(ForwardedSignal.Interrupt);
        Assert.True(stops.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
        Assert.False(stops.LastToken.IsCancellationRequested);
        relay.Deliver(ForwardedSignal.Terminate);
        Assert.True(stops.LastToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
        Assert.Equal(ForwardedSignal.Interrupt, stops.First);
    }

    [Theory]
    [InlineData("DV_GRACE", "soon")]
    [InlineData("DV_GRACE", "-1")]
    [InlineData("DV_CHILD_EXIT", "maybe")]
    [InlineData("RANK", "first")]
    [InlineData("DV_MLFLOW", "sometimes")]
    [InlineData("OPENLINEAGE_URL", "gopher://x")]
    public void A_variable_without_meaning_is_an_error_that_names_it(string name, string value) =>
        Assert.Contains(name, Assert.Throws<UsageException>(() => RunSettings.Read(Request(), Host((name, value)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Settings_come_from_variables()
    {
        RunSettings settings = RunSettings.Read(Request(), Host(("DV_GRACE", "60"), ("RANK", "1"), ("WORLD_SIZE", "4"), ("DV_IMAGE", "x/y:1@sha256:abc"), ("DV_RUN_KEY", "job/1"), ("DV_PARAM_LR", "0.5")));

        Assert.Equal((TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(55), false), (settings.Grace, settings.ChildGrace, settings.Leads));
        Assert.Equal((1, 4, "RANK"), (settings.Rank!.Rank, settings.Rank.WorldSize, settings.Rank.Source));
        Assert.Equal(new ImageFacts("x/y:1@sha256:abc", "sha256:abc"), settings.Image);
        Assert.Equal("0.5", Assert.Single(settings.Parameters.Parameters).Value);
        Assert.True(RunSettings.Read(Request(), Host(("RANK", "1"), ("DV_RANK", "0"))).Leads);
    }

    [Fact]
    public void Options_that_need_others_say_so()
    {
        Assert.Throws<UsageException>(() => RunSettings.Read(Request() with { Track = true }, Host()));
        Assert.Throws<UsageException>(() => RunSettings.Read(Request() with { Register = "m", Outputs = ["o"] }, Host()));
        Assert.Throws<UsageException>(() => RunSettings.Read(Request() with { Alias = "a" }, Host()));
        Assert.Throws<UsageException>(() => RunSettings.Read(Request() with { Resume = SampleRecords.Id(1) }, Host()));
        Assert.Throws<UsageException>(() => Request().WithVariables(Host(("DV_VERIFY", "half"))));
        Assert.True(Request().WithVariables(Host(("DV_ALLOW_DIRTY", "1"), ("DV_VERIFY", "full"))) is { Allowed.Dirty: true, VerifyAll: true });
    }

    [Fact]
    public void A_checkpoint_document_reads_back_and_any_bytes_are_one_or_a_typed_error()
    {
        var pointer = new Pointer { IsDirectory = true, Hash = new ObjectId(HashKind.Sha256, new byte[32]), Size = 9, Files = 2 };
        byte[] bytes = CheckpointDocument.Of(pointer, SampleRecords.Id(1), SampleRecords.Start).ToBytes();

        Assert.Equal(pointer, CheckpointDocument.Parse(bytes, "it").ToPointer());
        Prop.ForAll(Gen.Zip(Gen.Choose(0, bytes.Length - 1), Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            byte[] other = [.. bytes];
            other[change.Item1] = (byte)change.Item2;
            try
            {
                return CheckpointDocument.Parse(other, "it").ToPointer().Size >= 0 || true;
            }
            catch (InvalidFormatException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
        Assert.Throws<InvalidFormatException>(() => CheckpointDocument.Parse(Encoding.UTF8.GetBytes("{\"version\":2}"), "it"));
    }

    [Fact]
    public void MLflow_is_told_what_the_record_says()
    {
        MlflowFacts facts = MlflowMapping.Facts(SampleRecords.Full(), null);

        Assert.Equal((SampleRecords.Full().RunUuid, "job-uid/3", 2, "fraud"), (facts.RunUuid, facts.RunKey, facts.Attempt, facts.ExperimentName));
        Assert.Equal(SampleRecords.Commit, facts.Tags["mlflow.source.git.commit"]);
        Assert.Equal("true", facts.Tags["dv.git.dirty"]);
        Assert.Equal(("0.1", SampleRecords.Commit), (facts.Params["lr"], facts.Params["git_commit"]));
        Assert.All(facts.Datasets, d => Assert.True(d.Digest.Length <= 36));
        Assert.Contains(SampleRecords.Hash('a'), facts.Datasets[0].Source, StringComparison.Ordinal);
        Assert.Equal(MlflowStatus.Finished, MlflowMapping.Status(SampleRecords.Full()));
        Assert.Equal("runs:/r1/outputs/models", MlflowMapping.Model(SampleRecords.Full(), "r1")!.Source);
    }

    private RunHost Host(params (string Name, string Value)[] variables) => new()
    {
        Variables = variables.ToDictionary(v => v.Name, v => v.Value),
        Environment = new HostEnvironment(),
        OpenRemote = (_, _) => throw new InvalidOperationException(),
        Signals = new SignalRelay(),
        Version = "0.1.0",
        TemporaryDirectory = _folder.Path,
        TerminationLog = _folder.At("termination-log"),
    };

    private RunRequest Request() => new() { Command = ["true"], WorkingDirectory = _folder.Path };
}
