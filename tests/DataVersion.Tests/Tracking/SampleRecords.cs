using DataVersion.Tracking.Records;

namespace DataVersion.Tests.Tracking;

/// <summary>Records to test with: one in which every field is set.</summary>
internal static class SampleRecords
{
    public static readonly DateTimeOffset Start = new(2026, 11, 28, 5, 0, 0, 250, TimeSpan.Zero);

    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    public static RunRecord Minimal(string? id = null) => new()
    {
        RunUuid = id ?? Id(1),
        Stage = RunStates.Running,
        StartedOn = Start,
        Tool = new ToolFacts("dv", "0.1.0"),
        Train = new TrainFacts { Command = ["python3", "train.py"] },
    };

    /// <summary>An id whose time is some minutes after <see cref="Start"/>.</summary>
    public static string Id(int minute) => $"{Guid.CreateVersion7(Start.AddMinutes(minute)).ToString("D")[..RunIds.ShownLength]}-7000-8000-{minute:x12}";

    public static string Hash(char digit) => new(digit, 64);

    public static RunRecord Full() => new()
    {
        RunUuid = "019dd9f0-1b3c-7000-8000-0000000000aa",
        Key = "job-uid/3",
        Attempt = 2,
        Stage = RunStates.Complete,
        StartedOn = Start,
        RefreshedOn = Start.AddMinutes(9),
        FinishedOn = Start.AddMinutes(10),
        ExitCode = 0,
        ChildExitCode = 0,
        Tool = new ToolFacts("dv", "0.1.0"),
        Reproduces = "019dd9f0-1b3c-7000-8000-0000000000bb",
        Code = new CodeFacts { Repo = "https://example.invalid/team/fraud.git", Commit = Commit, Branch = "main", Tags = ["v1"], Dirty = true, DiffSha256 = Hash('d'), Changed = ["train.py"] },
        Pin = new PinFacts("git", Commit, "https://example.invalid/team/fraud.git"),
        Data =
        [
            new DataFacts { Path = "data/train", Kind = "dir", Algo = "sha256", Hash = Hash('a'), Size = 1000, Nfiles = 7, Pointer = "data/train.dv", PointerSha256 = Hash('b'), RemoteName = "origin", Remote = "s3://bucket/x", Verified = true },
            new DataFacts { Path = "data/old.csv", Kind = "file", Algo = "md5", Hash = new string('c', 32), Size = 10, Nfiles = 1, Pointer = "data/old.csv.dv", Verified = true },
        ],
        DataDigest = Hash('e'),
        Image = new ImageFacts("registry.example.invalid/train@sha256:" + Hash('f'), "sha256:" + Hash('f')),
        Runtime = new RuntimeFacts
        {
            Os = "debian 12",
            Kernel = "6.1.0",
            Arch = "x64",
            CpuModel = "Some CPU",
            CpuFlagsSha256 = Hash('0'),
            Cpus = 8,
            MemLimit = 1L << 33,
            Dotnet = "10.0.1",
            Python = "CPython 3.11.2",
            Packages = [new PackageFacts("python", "numpy", "2.1.0"), new PackageFacts("nuget", "Example", "1.0.0")],
            SystemPackagesSha256 = Hash('1'),
            EnvAllowList = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" },
        },
        Gpu = new GpuFacts { Required = true, Driver = "580.95.05", CudaDriver = "13.0", CudaRuntime = "13.0", Cudnn = "9.14.0", Ort = "1.29.0", Provider = "CUDA", Verdict = "ok", Devices = [new GpuDeviceFacts("GPU-1111", "NVIDIA H100", "9.0", 81559, false)] },
        Train = new TrainFacts
        {
            Command = ["python3", "train.py", "--epochs", "3"],
            WorkingDirectory = "src",
            Params = new Dictionary<string, string> { ["lr"] = "0.1", ["seed"] = "7" },
            Seeds = new Dictionary<string, string> { ["seed"] = "7" },
            Out = ["models"],
        },
        Metrics = new MetricsFacts(new Dictionary<string, double> { ["auc"] = 0.9375, ["loss"] = double.NaN }, 12, Hash('2')),
        Outputs =
        [
            new OutputFacts
            {
                Path = "models", Kind = "dir", Sha256 = Hash('3'), Size = 20, Nfiles = 2, Pointer = "models.dv", Pushed = true,
                Files = [new OutputFile("model.onnx", Hash('4'), 15, "application/onnx"), new OutputFile("größe.json", Hash('5'), 5, "application/json")],
            },
        ],
        Checkpoints = [new CheckpointFacts("checkpoints", Hash('6'), 9, Start.AddMinutes(5), Restored: true)],
        Mlflow = new TrackingFacts { TrackingUri = "https://mlflow.example.invalid", Experiment = "fraud", ExperimentId = "3", RunId = "abc", ModelName = "fraud", ModelVersion = "4", Delivered = true },
        Orchestrator = new OrchestratorFacts { Kind = "kubernetes", Job = "train", Pod = "train-0", Namespace = "ml", Node = "node-1", Rank = 0, WorldSize = 2, User = "ada" },
        Stages = [new StageFacts("pull", Start, 1.5, "7 files"), new StageFacts("child", Start.AddSeconds(2), 500)],
        Allowances = ["dirty"],
        Warnings = ["the server was slow"],
    };
}
