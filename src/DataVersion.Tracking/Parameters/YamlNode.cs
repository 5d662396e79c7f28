namespace DataVersion.Tracking.Parameters;

/// <summary>A node of a YAML document, with its line counted from 1.</summary>
internal abstract record YamlNode(int Line);

/// <param name="Text">The text, without quotes and escapes.</param>
/// <param name="IsPlain">False where it stood in quotes or in a block: then it is text, whatever it looks like.</param>
/// <param name="Line">Where it stands.</param>
internal sealed record YamlScalar(string Text, bool IsPlain, int Line) : YamlNode(Line);

internal sealed record YamlList(List<YamlNode> Items, int Line) : YamlNode(Line);

internal sealed record YamlMapping(List<(string Key, int Line, YamlNode Value)> Entries, int Line) : YamlNode(Line);
