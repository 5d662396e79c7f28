using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Names the stages of a run, and times them.</summary>
/// <param name="clock">The clock.</param>
/// <param name="view">Told of each.</param>
public sealed class RunStages(TimeProvider clock, IRunView view)
{
    /// <summary>A stage, in the order of the run.</summary>
    public const string Config = "config", Pin = "pin", Preflight = "preflight", Pull = "pull", Verify = "verify", Tracking = "tracking start",
        Child = "child", Outputs = "hash outputs", Upload = "upload", Finalize = "finalize";

    private readonly List<StageFacts> _done = [];

    /// <summary>The stage that runs, or that ran last.</summary>
    public string Current { get; private set; } = Config;

    /// <summary>Those that ended.</summary>
    public IReadOnlyList<StageFacts> Done => [.. _done];

    /// <summary>Runs a stage; it is timed also where it fails.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="work">Does it, and says in a few words what was done; null for nothing to say.</param>
    public async Task RunAsync(string name, Func<Task<string?>> work)
    {
        Current = name;
        DateTimeOffset started = clock.GetUtcNow();
        long timestamp = clock.GetTimestamp();
        view.StageBegan(name);
        string? note = null;
        try
        {
            note = await work();
        }
        finally
        {
            TimeSpan took = clock.GetElapsedTime(timestamp);
            _done.Add(new StageFacts(name, Rounded(started), Math.Round(took.TotalSeconds, 3), note));
            view.StageEnded(name, took, note);
        }
    }

    /// <summary>A time as it is recorded: to the millisecond, UTC.</summary>
    public static DateTimeOffset Rounded(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
