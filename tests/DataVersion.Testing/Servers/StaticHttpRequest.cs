namespace DataVersion.Testing.Servers;

/// <summary>A request as it came.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path, as it was sent.</param>
/// <param name="Query">The query with its question mark; empty where there is none.</param>
/// <param name="Headers">The headers, by name in any case.</param>
/// <param name="Body">The body.</param>
public sealed record StaticHttpRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
