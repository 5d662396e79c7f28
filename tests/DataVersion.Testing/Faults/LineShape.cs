namespace DataVersion.Testing.Faults;

/// <summary>What a line between client and server is like. Up is from the client to the server.</summary>
/// <param name="LatencyUp">How long bytes take to the server.</param>
/// <param name="LatencyDown">How long bytes take back.</param>
/// <param name="RateUp">Bytes per second to the server, of all connections together; 0 for no limit.</param>
/// <param name="RateDown">The same back.</param>
public sealed record LineShape(TimeSpan LatencyUp = default, TimeSpan LatencyDown = default, long RateUp = 0, long RateDown = 0)
{
    /// <summary>A line whose round trip takes this long.</summary>
    public static LineShape RoundTrip(TimeSpan time) => new(time / 2, time - (time / 2));
}
