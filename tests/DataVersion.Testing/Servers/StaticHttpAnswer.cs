using System.Text;

namespace DataVersion.Testing.Servers;

/// <summary>An answer of <see cref="StaticHttpServer"/>.</summary>
/// <param name="Status">The status.</param>
public sealed record StaticHttpAnswer(int Status)
{
    public List<(string Name, string Value)> Headers { get; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>How often the body is sent, for large ones.</summary>
    public long Repeat { get; init; } = 1;

    /// <summary>The length that the head tells; null for that of the body.</summary>
    public long? ToldLength { get; init; }

    /// <summary>True to tell no length: the body ends with the connection.</summary>
    public bool WithoutLength { get; init; }

    /// <summary>The connection is closed after so many bytes of the body.</summary>
    public long? CutAfter { get; init; }

    /// <summary>True to close the connection instead of answering.</summary>
    public bool Hangup { get; init; }

    public static StaticHttpAnswer Text(int status, string body, string type = "text/plain") =>
        new StaticHttpAnswer(status) { Body = Encoding.UTF8.GetBytes(body) }.With("Content-Type", type);

    public StaticHttpAnswer With(string name, string value)
    {
        Headers.Add((name, value));
        return this;
    }
}
