using System.Globalization;
using System.Text;

namespace DataVersion.Git;

/// <summary>A commit's author.</summary>
/// <param name="Name">As the commit says.</param>
/// <param name="Date">When it was written.</param>
public sealed record GitAuthor(string Name, DateTimeOffset Date);

/// <summary>Reads authors from history.</summary>
internal static class GitAuthors
{
    public static GitAuthor? TryFind(ProgramBackend git, string commit, string? path)
    {
        if (commit.Length == 0 || !commit.All(char.IsAsciiHexDigitLower))
            return null;
        string[] ask = ["log", "-1", "--format=%an%x00%aI", commit];
        GitResult result = git.Run(path is null ? ask : [.. ask, "--", $":(top,literal){path}"], default, CancellationToken.None);
        string[] fields = Encoding.UTF8.GetString(result.Output).TrimEnd('\n').Split('\0');
        return result.ExitCode == 0 && fields.Length == 2 && DateTimeOffset.TryParse(fields[1], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTimeOffset date)
            ? new GitAuthor(fields[0], date)
            : null;
    }
}
