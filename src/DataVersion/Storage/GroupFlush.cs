using DataVersion.Platform;

namespace DataVersion.Storage;

/// <summary>
/// Makes what many threads wrote durable together: whoever comes while a flush runs shares the next one, so that small files cost a
/// fraction of a flush each instead of one or two.
/// </summary>
internal sealed class GroupFlush(FileSystemSync fileSystem)
{
    // For fewer than this, flushing just their files is cheaper than everything that the file system holds back.
    private const int WorthAll = 3;

    private readonly Lock _lock = new();
    private List<Waiter> _waiting = [];
    private bool _running;

    /// <summary>Returns when what this thread wrote before is durable.</summary>
    /// <param name="flushAlone">Flushes just this caller's file or folder.</param>
    public Task FlushAsync(Action flushAlone)
    {
        if (!fileSystem.IsBatch)
        {
            flushAlone();
            return Task.CompletedTask;
        }
        var waiter = new Waiter(flushAlone);
        lock (_lock)
        {
            _waiting.Add(waiter);
            if (_running)
                return waiter.Done.Task;
            _running = true;
        }
        _ = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return waiter.Done.Task;
    }

    private void Run()
    {
        while (true)
        {
            List<Waiter> group;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _running = false;
                    return;
                }
                (group, _waiting) = (_waiting, []);
            }
            if (group.Count < WorthAll)
            {
                foreach (Waiter waiter in group)
                    waiter.Finish(waiter.FlushAlone);
                continue;
            }
            Exception? error = Try(fileSystem.Flush);
            foreach (Waiter waiter in group)
                waiter.Finish(error);
        }
    }

    private static Exception? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private sealed class Waiter(Action flushAlone)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action FlushAlone => flushAlone;

        public void Finish(Action flush) => Finish(Try(flush));

        public void Finish(Exception? error)
        {
            if (error is null)
                Done.SetResult();
            else
                Done.SetException(error);
        }
    }
}
