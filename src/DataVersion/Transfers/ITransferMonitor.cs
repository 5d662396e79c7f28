using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>Told of progress by operations. Implementations never block and never throw; they are called from many threads.</summary>
public interface ITransferMonitor
{
    /// <summary>A new stage of the command begins.</summary>
    void Begin(Stage stage);

    /// <summary>More work became known: <paramref name="objects"/> objects of <paramref name="bytes"/> bytes in all.</summary>
    void Planned(long objects, long bytes);

    /// <summary>A large object is about to be moved; <see cref="Finished"/> ends it.</summary>
    void Started(ObjectKey key, string path, long bytes);

    /// <summary>Some bytes of an object were handled; less than none where they must be handled again.</summary>
    void Advanced(ObjectKey? key, long bytes);

    /// <summary>An object is done, was found to be there already, or failed.</summary>
    void Finished(ObjectKey? key, ObjectOutcome outcome);

    /// <summary>Something that the user should know and that fails nothing.</summary>
    void Warn(string message);

    /// <summary>A request failed for a passing reason and will be repeated.</summary>
    void Retried(string problem);
}

/// <summary>The stages that operations go through.</summary>
public enum Stage
{
    /// <summary>Walking folders, reading trees.</summary>
    Scan,

    /// <summary>Hashing files and storing them in the cache.</summary>
    Hash,

    /// <summary>Asking a store what it has.</summary>
    Check,

    /// <summary>Sending objects.</summary>
    Upload,

    /// <summary>Receiving objects.</summary>
    Download,

    /// <summary>Placing files in the workspace.</summary>
    Place,

    /// <summary>Hashing objects again.</summary>
    Verify,
}

/// <summary>How an object's transfer ended.</summary>
public enum ObjectOutcome
{
    /// <summary>Transferred or stored.</summary>
    Done,

    /// <summary>Was there already.</summary>
    Skipped,

    /// <summary>Failed; the result of the operation says why.</summary>
    Failed,
}

/// <summary>A monitor that does nothing.</summary>
public sealed class SilentMonitor : ITransferMonitor
{
    /// <summary>The one instance.</summary>
    public static SilentMonitor Instance { get; } = new();

    /// <inheritdoc/>
    public void Begin(Stage stage) { }

    /// <inheritdoc/>
    public void Planned(long objects, long bytes) { }

    /// <inheritdoc/>
    public void Started(ObjectKey key, string path, long bytes) { }

    /// <inheritdoc/>
    public void Advanced(ObjectKey? key, long bytes) { }

    /// <inheritdoc/>
    public void Finished(ObjectKey? key, ObjectOutcome outcome) { }

    /// <inheritdoc/>
    public void Warn(string message) { }

    /// <inheritdoc/>
    public void Retried(string problem) { }
}
