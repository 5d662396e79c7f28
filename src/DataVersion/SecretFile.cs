using DataVersion.Objects;

namespace DataVersion;

/// <summary>Secrets that are mounted as files, which variables named <c>…_FILE</c> point to.</summary>
public static class SecretFile
{
    /// <summary>The variable itself, else what the file says that <c>NAME_FILE</c> names; null without either.</summary>
    /// <param name="variables">The environment, by name.</param>
    /// <param name="name">The variable without <c>_FILE</c>.</param>
    /// <exception cref="UsageException">The file cannot be read, or is empty.</exception>
    public static string? Find(IReadOnlyDictionary<string, string> variables, string name)
    {
        if (variables.GetValueOrDefault(name) is { Length: > 0 } value)
            return value;
        return variables.GetValueOrDefault($"{name}_FILE")?.Trim() is { Length: > 0 } file ? Read($"{name}_FILE", file) : null;
    }

    /// <summary>What a file says, without the line break at its end.</summary>
    /// <param name="variable">The variable that names the file, for errors. They hold the file's name and nothing of what it says.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="UsageException">The file cannot be read, or is empty.</exception>
    public static string Read(string variable, string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{variable}: '{PathRules.Printable(file)}' cannot be read", "check that the secret is mounted and readable for this user", e);
        }
        return string.IsNullOrWhiteSpace(text)
            ? throw new UsageException($"{variable}: '{PathRules.Printable(file)}' is empty", $"put the value into the file, or unset {variable}")
            : text;
    }
}
