namespace DataVersion.Tracking.Mlflow;

/// <summary>What waits to be sent. Adding never waits and never fails; where it is full, the newest points are counted and left to the replay.</summary>
internal sealed class MlflowOutbox(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<MlflowPoint> _points = [];
    private Dictionary<string, string> _params = [];
    private Dictionary<string, string> _tags = [];
    private long _dropped;

    /// <summary>Points that wait.</summary>
    public int Points
    {
        get
        {
            lock (_lock)
                return _points.Count;
        }
    }

    /// <summary>Points that found no room.</summary>
    public long Dropped
    {
        get
        {
            lock (_lock)
                return _dropped;
        }
    }

    /// <summary>Whether anything waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _points.Count == 0 && _params.Count == 0 && _tags.Count == 0;
        }
    }

    public void Add(IReadOnlyList<MlflowPoint> points)
    {
        lock (_lock)
        {
            foreach (MlflowPoint point in points)
            {
                if (_points.Count < capacity)
                    _points.Enqueue(point);
                else
                    _dropped++;
            }
        }
    }

    public void AddParams(IReadOnlyDictionary<string, string> values)
    {
        lock (_lock)
        {
            foreach ((string key, string value) in values)
                _params[key] = value;
        }
    }

    public void AddTags(IReadOnlyDictionary<string, string> tags)
    {
        lock (_lock)
        {
            foreach ((string key, string value) in tags)
                _tags[key] = value;
        }
    }

    /// <summary>Sends all that waits; what could not be sent waits on. One caller at a time.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task FlushAsync(MlflowDelivery delivery, CancellationToken cancellationToken)
    {
        await FlushPairsAsync(Take(ref _tags), delivery.SendTagsAsync, AddMissingTags, cancellationToken);
        await FlushPairsAsync(Take(ref _params), delivery.SendParamsAsync, AddMissingParams, cancellationToken);
        while (Peek() is { Length: > 0 } batch)
        {
            await delivery.SendPointsAsync(batch, cancellationToken);
            lock (_lock)
            {
                for (int i = 0; i < batch.Length; i++)
                    _points.Dequeue();
            }
        }
    }

    private MlflowPoint[] Peek()
    {
        lock (_lock)
            return [.. _points.Take(MlflowLimits.MetricsPerBatch)];
    }

    private Dictionary<string, string> Take(ref Dictionary<string, string> pairs)
    {
        lock (_lock)
        {
            Dictionary<string, string> taken = pairs;
            pairs = [];
            return taken;
        }
    }

    private static async Task FlushPairsAsync(
        Dictionary<string, string> pairs, Func<IReadOnlyList<KeyValuePair<string, string>>, CancellationToken, Task> send,
        Action<Dictionary<string, string>> putBack, CancellationToken cancellationToken)
    {
        if (pairs.Count == 0)
            return;
        bool done = false;
        try
        {
            await send([.. pairs], cancellationToken);
            done = true;
        }
        finally
        {
            if (!done)
                putBack(pairs);
        }
    }

    // What was added meanwhile is newer.
    private void AddMissingTags(Dictionary<string, string> pairs)
    {
        lock (_lock)
        {
            foreach ((string key, string value) in pairs)
                _tags.TryAdd(key, value);
        }
    }

    private void AddMissingParams(Dictionary<string, string> pairs)
    {
        lock (_lock)
        {
            foreach ((string key, string value) in pairs)
                _params.TryAdd(key, value);
        }
    }
}
