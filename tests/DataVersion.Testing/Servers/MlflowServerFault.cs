namespace DataVersion.Testing.Servers;

/// <summary>What goes wrong with a request.</summary>
public enum MlflowServerFaultKind
{
    /// <summary>The connection is closed before anything is done.</summary>
    Hangup,

    /// <summary>The request is done, and the answer is lost.</summary>
    LoseReply,

    /// <summary>The answer comes in place of the server's.</summary>
    Answer,

    /// <summary>The server waits before it does anything.</summary>
    Delay,

    /// <summary>The client gets no answer, and the request is done later, when <see cref="MlflowServer.FinishLate"/> is called.</summary>
    FinishLater,
}

/// <summary>A scripted fault.</summary>
public sealed class MlflowServerFault
{
    private int _left = int.MaxValue;
    private int _skip;

    public required MlflowServerFaultKind Kind { get; init; }

    /// <summary>Part of the path; empty for every request.</summary>
    public string Path { get; init; } = "";

    /// <summary>How often.</summary>
    public int Times { init => _left = value; }

    /// <summary>After how many requests that it would hit.</summary>
    public int After { init => _skip = value; }

    public MlflowServerAnswer? Answer { get; init; }

    public TimeSpan Delay { get; init; }

    internal bool Hits(string path)
    {
        if (!path.Contains(Path, StringComparison.Ordinal))
            return false;
        if (Interlocked.Decrement(ref _skip) >= 0)
            return false;
        return Interlocked.Decrement(ref _left) >= 0;
    }
}
