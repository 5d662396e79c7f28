using System.Globalization;

namespace DataVersion.Tracking.Mlflow;

/// <summary>What the server lacks, and why.</summary>
internal sealed class MlflowUndelivered
{
    private readonly Lock _lock = new();
    private readonly List<string> _things = [];
    private string? _lastProblem;

    public string? LastProblem
    {
        get
        {
            lock (_lock)
                return _lastProblem;
        }
    }

    public void Note(MlflowException error)
    {
        lock (_lock)
            _lastProblem = error.Hint is null ? error.Message : $"{error.Message} ({error.Hint})";
    }

    public void Add(string thing)
    {
        lock (_lock)
        {
            if (!_things.Contains(thing))
                _things.Add(thing);
        }
    }

    public void Remove(string thing)
    {
        lock (_lock)
            _things.Remove(thing);
    }

    /// <summary>All of it, one line each.</summary>
    public IReadOnlyList<string> List(bool isOpen, MlflowOutbox outbox)
    {
        var all = new List<string>();
        if (!isOpen)
            all.Add("the run and its facts");
        long points = outbox.Points + outbox.Dropped;
        if (points > 0)
            all.Add(string.Create(CultureInfo.InvariantCulture, $"{points} metric point{(points == 1 ? "" : "s")}"));
        else if (!outbox.IsEmpty)
            all.Add("params or tags");
        lock (_lock)
            all.AddRange(_things);
        return all;
    }
}
