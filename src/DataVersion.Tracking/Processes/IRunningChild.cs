namespace DataVersion.Tracking.Processes;

/// <summary>A child that was started: by <see cref="UnixChild"/>, or where that cannot be by <see cref="PortableChild"/>.</summary>
internal interface IRunningChild : IDisposable
{
    int Id { get; }

    /// <summary>Completes when the child itself has ended; never fails.</summary>
    Task<ChildExit> Exited { get; }

    /// <summary>Sends a signal to the child's group, or to the child where it has none of its own. Nothing happens after its end.</summary>
    void Send(ForwardedSignal signal);

    /// <summary>Ends the child and its group at once.</summary>
    void Kill();

    /// <summary>After the child's end: asks the rest of its group to end, kills it after <paramref name="patience"/>, and returns when it is gone.</summary>
    Task EndGroupAsync(TimeSpan patience, TimeProvider clock);
}
