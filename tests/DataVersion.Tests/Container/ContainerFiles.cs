using System.Text.Json.Nodes;
using DataVersion.Tests.Cli;

namespace DataVersion.Tests.Container;

/// <summary>What lies in <c>container/</c>.</summary>
internal static class ContainerFiles
{
    internal static string Folder { get; } = Path.Combine(GoldenFile.Root, "container");

    internal static string Kubernetes { get; } = Path.Combine(Folder, "kubernetes");

    /// <summary>Names of all Compose files; the first one stands alone, the others are laid over it.</summary>
    internal static IReadOnlyList<string> ComposeFiles { get; } =
        [.. Directory.EnumerateFiles(Folder, "compose*.yaml").Select(f => Path.GetFileName(f)!).OrderBy(f => f != "compose.yaml").ThenBy(f => f, StringComparer.Ordinal)];

    internal static string Read(params string[] path) => File.ReadAllText(Path.Combine([Folder, .. path]));

    /// <summary>The services of one Compose file.</summary>
    internal static JsonObject Services(string file) => (JsonObject)YamlJson.Parse(Read(file))["services"]!;
}

/// <summary>Shorthand for walking through documents.</summary>
internal static class JsonWalk
{
    /// <summary>The member at a path of names, or null where the way ends before.</summary>
    internal static JsonNode? At(this JsonNode? node, params string[] path)
    {
        foreach (string name in path)
            node = node is JsonObject o && o.TryGetPropertyValue(name, out JsonNode? next) ? next : null;
        return node;
    }

    internal static string? Text(this JsonNode? node, params string[] path) => node.At(path) is JsonValue value ? value.ToString() : null;

    internal static bool Is(this JsonNode? node, bool expected, params string[] path) => node.At(path) is JsonValue v && v.TryGetValue(out bool b) && b == expected;

    internal static IEnumerable<JsonNode> Items(this JsonNode? node, params string[] path) => node.At(path) is JsonArray array ? array.OfType<JsonNode>() : [];

    internal static IEnumerable<string> Texts(this JsonNode? node, params string[] path) => node.Items(path).Select(n => n.ToString());

    internal static IEnumerable<KeyValuePair<string, JsonNode?>> Members(this JsonNode? node, params string[] path) => node.At(path) is JsonObject o ? o : [];
}
