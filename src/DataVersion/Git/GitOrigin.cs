using DataVersion.Platform;

namespace DataVersion.Git;

/// <summary>
/// Reads where a clone came from, out of its own configuration: git writes <c>[remote "origin"]</c> itself, one setting a line. The user's
/// rewriting of URLs (<c>insteadOf</c>), which often adds tokens, is not applied.
/// </summary>
internal static class GitOrigin
{
    internal static string? ReadUrl(string commonDirectory)
    {
        string file = Path.Combine(commonDirectory, "config");
        try
        {
            return File.Exists(file) ? FindUrl(File.ReadLines(file)) : null;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(file, e);
        }
    }

    private static string? FindUrl(IEnumerable<string> lines)
    {
        bool inside = false;
        foreach (string line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
                inside = line.StartsWith("[remote \"origin\"]", StringComparison.OrdinalIgnoreCase);
            else if (inside && line.StartsWith("url", StringComparison.OrdinalIgnoreCase) && line[3..].TrimStart() is ['=', .. var value])
                return Unquote(value.Trim());
        }
        return null;
    }

    private static string Unquote(string value)
    {
        if (value is ['"', .. var inner, '"'])
            return inner.Replace("\\\"", "\"", StringComparison.Ordinal).Replace(@"\\", @"\", StringComparison.Ordinal);
        int number = value.IndexOf(" #", StringComparison.Ordinal), semicolon = value.IndexOf(" ;", StringComparison.Ordinal);
        int end = Math.Min(number < 0 ? value.Length : number, semicolon < 0 ? value.Length : semicolon);
        return value[..end].TrimEnd();
    }
}
