using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace DataVersion.Tests.Container;

/// <summary>
/// YAML as JSON, as Compose and Kubernetes read it: YAML 1.2's core schema, merge keys (<c>&lt;&lt;</c>), and Compose's tags: what is <c>!reset</c> is null, what is
/// <c>!override</c> is its value. A key that is there twice is an error.
/// </summary>
internal static partial class YamlJson
{
    /// <summary>Every document of a file that is not empty.</summary>
    internal static IReadOnlyList<JsonObject> ParseAll(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(d => Convert(d.RootNode)).OfType<JsonObject>()];
    }

    /// <summary>The one document of a file.</summary>
    internal static JsonObject Parse(string text) => Assert.Single(ParseAll(text));

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        _ when !node.Tag.IsEmpty && node.Tag == new TagName("!reset") => null,
        YamlMappingNode mapping => Mapping(mapping),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => throw new NotSupportedException($"line {node.Start.Line}: {node.NodeType}"),
    };

    private static JsonObject Mapping(YamlMappingNode mapping)
    {
        var result = new JsonObject();
        foreach ((YamlNode key, YamlNode value) in mapping)
        {
            if (key is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain })
                continue;
            result[((YamlScalarNode)key).Value!] = Convert(value);
        }
        // What the mapping says itself is stronger than what it merges.
        foreach ((YamlNode key, YamlNode value) in mapping.Where(p => p.Key is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain }))
        {
            foreach (YamlMappingNode merged in value is YamlSequenceNode several ? several.Cast<YamlMappingNode>() : [(YamlMappingNode)value])
            {
                foreach ((string name, JsonNode? inherited) in Mapping(merged))
                {
                    if (!result.ContainsKey(name))
                        result[name] = inherited?.DeepClone();
                }
            }
        }
        return result;
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(text);
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when Integer.IsMatch(text) => JsonValue.Create(long.Parse(text, CultureInfo.InvariantCulture)),
            // As Kubernetes' and Compose's own readers do; file modes are written so.
            _ when Octal.IsMatch(text) => JsonValue.Create(System.Convert.ToInt64(text, 8)),
            _ when Number.IsMatch(text) => JsonValue.Create(double.Parse(text, CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(text),
        };
    }

    [GeneratedRegex("^([-+]?[1-9][0-9]*|0)$")]
    private static partial Regex Integer { get; }

    [GeneratedRegex("^0o?[0-7]+$")]
    private static partial Regex Octal { get; }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Number { get; }
}
