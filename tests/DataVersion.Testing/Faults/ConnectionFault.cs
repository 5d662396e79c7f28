namespace DataVersion.Testing.Faults;

/// <summary>What goes wrong with one connection.</summary>
public abstract record ConnectionFault
{
    /// <summary>It ends after so many bytes of both directions; 0 ends it at once.</summary>
    /// <param name="Bytes">Bytes that still get through.</param>
    /// <param name="Reset">True to end it by a reset (RST), false by a plain close (FIN).</param>
    public sealed record CutAfter(long Bytes, bool Reset = true) : ConnectionFault;

    /// <summary>It is accepted, and nothing ever comes back.</summary>
    public sealed record Blackhole : ConnectionFault;
}

/// <summary>What goes wrong with one HTTP request or its answer.</summary>
public abstract record ExchangeFault
{
    /// <summary>The proxy answers itself; the server never sees the request.</summary>
    /// <param name="Status">An HTTP status, such as 503.</param>
    /// <param name="RetryAfterSeconds">What the header Retry-After says; null to leave it out.</param>
    /// <param name="Body">The body; empty where none is given.</param>
    /// <param name="ContentType">Its type.</param>
    public sealed record Answers(int Status, int? RetryAfterSeconds = null, string Body = "", string ContentType = "text/plain") : ExchangeFault;

    /// <summary>The server gets the request twice; the second answer is passed on. The body is held in memory.</summary>
    public sealed record SentTwice : ExchangeFault;

    /// <summary>The server does what was asked; then the connection is reset instead of an answer.</summary>
    public sealed record LosesAnswer : ExchangeFault;

    /// <summary>The server does what was asked, but no answer ever comes.</summary>
    public sealed record NeverAnswers : ExchangeFault;

    /// <summary>The lowest bit of one byte of the answer's body is turned over.</summary>
    public sealed record FlipsByte(long Offset) : ExchangeFault;

    /// <summary>The connection is closed after so many bytes of the answer's body.</summary>
    public sealed record Truncates(long Bytes) : ExchangeFault;
}
