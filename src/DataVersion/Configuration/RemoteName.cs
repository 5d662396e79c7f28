using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>The names that remotes may have: safe in messages, in files and on command lines.</summary>
public static class RemoteName
{
    internal const string Rule = "letters, digits, '.', '_' and '-', beginning with a letter or digit";

    /// <summary>True for <c>[A-Za-z0-9][A-Za-z0-9._-]*</c>.</summary>
    public static bool IsValid(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>Refuses what cannot be a remote's name.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static void Check(string name)
    {
        if (!IsValid(name))
            throw new UsageException($"'{PathRules.Printable(name)}' cannot be the name of a remote", Rule);
    }
}
