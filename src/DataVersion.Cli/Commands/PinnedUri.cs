using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Runs;

namespace DataVersion.Cli.Commands;

/// <summary>A tracked path at a revision: <c>PATH@REV</c>, or the address <c>dv://PATH[@REV]</c>.</summary>
/// <param name="Path">The tracked path; of an address, from the workspace's root.</param>
/// <param name="Revision">The commit, tag or branch; null for what is checked out, or a baked pin.</param>
/// <param name="IsAddress">True for <c>dv://</c>, which may mean another repository (<c>DV_REPO</c>).</param>
internal sealed record PinnedUri(string Path, string? Revision, bool IsAddress)
{
    private const string Scheme = "dv://";
    private const string RepositoryVariable = "DV_REPO";

    private static readonly PinAllowances Any = new(true, true, true, true, true);

    /// <summary>An address; null where the text is none.</summary>
    /// <exception cref="UsageException">It names nothing.</exception>
    internal static PinnedUri? Parse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
            return null;
        string rest = text[Scheme.Length..].TrimEnd('/');
        PinnedUri? named = ParsePath(rest) is { } split ? split with { IsAddress = true } : rest.Length > 0 && !rest.EndsWith('@') ? new PinnedUri(rest, null, true) : null;
        return named ?? throw new UsageException($"'{text}' names nothing", "it looks like dv://models/fraud@v1.2");
    }

    /// <summary>A path with a revision; null where there is none. The last '@' counts, except in Git's own HEAD@{1}.</summary>
    internal static PinnedUri? ParsePath(string text)
    {
        for (int at = text.Length - 2; at > 0; at--)
        {
            if (text[at] == '@' && text[at + 1] != '{')
                return new PinnedUri(text[..at], text[(at + 1)..], false);
        }
        return null;
    }

    /// <summary>What a run would be asked for to use the same version.</summary>
    internal RunRequest ToRequest(string workingDirectory, IReadOnlyDictionary<string, string> variables) => new()
    {
        Command = [],
        WorkingDirectory = workingDirectory,
        Revision = Revision,
        Repository = IsAddress && variables.TryGetValue(RepositoryVariable, out string? url) && url.Length > 0 ? url : null,
        Allowed = Any,
    };
}
