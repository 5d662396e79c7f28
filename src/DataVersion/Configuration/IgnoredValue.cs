namespace DataVersion.Configuration;

/// <summary>A value that was not honoured, because it comes with the repository and could harm (docs/security.md). Not an error.</summary>
/// <param name="Value">The value and its place; the text is the repository's own, so escape it before showing.</param>
/// <param name="Remedy">The command that would honour it, or the way to set it oneself.</param>
public sealed record IgnoredValue(ConfigValue Value, string Remedy)
{
    /// <summary>One line for the user.</summary>
    public string Message => $"{Value.Where} is ignored, because it comes with the repository";
}
