using System.Buffers;
using System.Text;
using DataVersion.Platform;

namespace DataVersion.Git;

/// <summary>
/// Brings one commit of another Git repository, without its history where the server allows that, into a repository without a work tree in a folder
/// of the caller's. Several processes may share the folder; a commit that is there already costs no request.
/// </summary>
public sealed class GitFetcher(GitProgram program)
{
    // As much as Git's own "infinite depth": unlike --unshallow it works whether or not history was cut off before.
    private const string WholeHistory = "--depth=2147483647";
    private const string Kept = "refs/dv/fetched/";
    private static readonly TimeSpan LockWait = TimeSpan.FromMinutes(10);
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" ~^:?*[\\");

    private static readonly string[] Denials =
        ["Authentication failed", "could not read Username", "could not read Password", "Permission denied", "error: 403", "error: 401", "access denied", "Host key verification"];

    private static readonly string[] PassingTroubles =
        ["Could not resolve host", "timed out", "Connection refused", "Connection reset", "early EOF", "unexpected disconnect", "error: 429", "error: 5"];

    /// <summary>Fetches a commit.</summary>
    /// <param name="url">Where from (<see cref="GitUrl.Check"/>); a path must be absolute.</param>
    /// <param name="revision">A branch, a tag, a commit's id, or anything that git understands, such as <c>main~2</c>.</param>
    /// <param name="folder">The repository's folder; it is made where it is missing. Read it with <see cref="GitRepository.OpenBare"/>.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The commit's full id.</returns>
    /// <exception cref="UsageException">The URL may not be fetched from.</exception>
    /// <exception cref="RemoteException">The repository cannot be reached, or denies access.</exception>
    /// <exception cref="GitException">It has no such commit.</exception>
    /// <exception cref="LockedException">Another process was fetching into the folder for ten minutes.</exception>
    public string Fetch(string url, string revision, string folder, CancellationToken cancellation)
    {
        GitUrl.Check(url);
        if (GitUrl.IsPath(url) && !Path.IsPathFullyQualified(url))
            throw new UsageException($"the Git repository '{url}' is not an absolute path");
        if (revision.Length == 0 || revision[0] is '-' or '+' || revision.Any(char.IsControl))
            throw Unknown(url, revision);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(folder, e);
        }
        using FileLock held = FileLock.AcquireExclusive(Path.Combine(folder, "dv.lock"), LockWait, cancellation);
        return new Fetching(program.ForFetching(url).With("GIT_DIR", folder), url, revision, folder, cancellation).Run();
    }

    private static GitException Unknown(string url, string revision) =>
        new($"'{revision}' is not a commit of the Git repository '{GitUrl.WithoutCredentials(url)}'", $"see: git ls-remote {GitUrl.WithoutCredentials(url)}");

    /// <summary>One fetch; used once.</summary>
    private sealed class Fetching(GitProgram program, string url, string revision, string folder, CancellationToken cancellation)
    {
        private int _idLength = 40;

        internal string Run()
        {
            bool isId = GitReferences.IsObjectId(revision);
            if (isId && File.Exists(Path.Combine(folder, "HEAD")) && TryResolve(revision) is { } known)
                return known;
            string? reference = isId ? null : FindReference();
            Initialize(isId ? revision.Length : _idLength);
            string? commit = reference is not null || isId ? FetchOne(reference ?? revision) : null;
            return Keep(commit ?? FetchAll());
        }

        // The reference that git itself would take for the name; null where it is another way to write a commit.
        private string? FindReference()
        {
            string[] candidates = [revision, $"refs/{revision}", $"refs/tags/{revision}", $"refs/heads/{revision}"];
            bool isName = !revision.AsSpan().ContainsAny(NotInNames) && !revision.Contains("..", StringComparison.Ordinal) && !revision.Contains("@{", StringComparison.Ordinal);
            GitResult result = Git(["ls-remote", "-q", "--", url, "HEAD", .. isName ? [revision] : Array.Empty<string>()], hasRepository: false);
            if (result.ExitCode != 0)
                throw Unreachable(result);
            var found = new HashSet<string>(StringComparer.Ordinal);
            foreach (string line in Encoding.UTF8.GetString(result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                int tab = line.IndexOf('\t', StringComparison.Ordinal);
                if (tab is not (40 or 64))
                    continue;
                _idLength = tab;
                found.Add(line[(tab + 1)..]);
            }
            return isName ? candidates.FirstOrDefault(name => (name == "HEAD" || name.StartsWith("refs/", StringComparison.Ordinal)) && found.Contains(name)) : null;
        }

        private void Initialize(int idLength)
        {
            if (File.Exists(Path.Combine(folder, "HEAD")))
                return;
            string format = idLength == 64 ? "sha256" : "sha1";
            GitResult result = Git(["init", "-q", "--bare", "--template=", $"--object-format={format}", folder]);
            if (result.ExitCode != 0)
                throw new GitException($"git init failed in '{folder}': {result.Reason}");
        }

        // Null where the server gives no single commits out, or has none of that name.
        private string? FetchOne(string what)
        {
            GitResult result = Fetch(["--depth=1", "--no-tags", url, $"+{what}:{Kept}last"]);
            if (result.ExitCode == 0)
                return TryResolve($"{Kept}last") ?? throw Unknown(url, revision);
            bool isAnswer = result.Error.Contains("not our ref", StringComparison.Ordinal) || result.Error.Contains("unadvertised object", StringComparison.Ordinal)
                || result.Error.Contains("couldn't find remote ref", StringComparison.Ordinal) || result.Error.Contains("shallow", StringComparison.Ordinal);
            return isAnswer ? null : throw Unreachable(result);
        }

        private string FetchAll()
        {
            GitResult result = Fetch([WholeHistory, "--prune", url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]);
            if (result.ExitCode != 0)
                throw Unreachable(result);
            return TryResolve(revision) ?? throw Unknown(url, revision);
        }

        private GitResult Fetch(IEnumerable<string> arguments) => Git(
        [
            "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "protocol.ext.allow=never",
            "fetch", "-q", "--no-recurse-submodules", "--no-write-fetch-head", .. arguments,
        ]);

        private string? TryResolve(string name)
        {
            // In two steps, because ':/text^{commit}' would look for that text.
            string? id = RevParse(name);
            return id is null ? null : RevParse(id + "^{commit}");
        }

        private string? RevParse(string name)
        {
            GitResult result = Git(["rev-parse", "--verify", "--quiet", name]);
            // An id is taken for good without a look whether its object is there.
            return result.ExitCode == 0 && ProgramBackend.Line(result.Output) is { Length: > 0 } id ? id : null;
        }

        // A reference of its own keeps the commit when others come and Git tidies up.
        private string Keep(string commit)
        {
            GitResult result = Git(["update-ref", Kept + commit, commit]);
            return result.ExitCode == 0 ? commit : throw new GitException($"git update-ref failed in '{folder}': {result.Reason}");
        }

        private GitResult Git(IEnumerable<string> arguments, bool hasRepository = true) =>
            (hasRepository ? program : program.With("GIT_DIR", Path.Combine(folder, "none"))).Run(folder, arguments, default, cancellation);

        private RemoteException Unreachable(GitResult result)
        {
            string reason = GitUrl.Scrub(result.Reason, url);
            bool isDenied = Denials.Any(text => result.Error.Contains(text, StringComparison.OrdinalIgnoreCase));
            return new RemoteException(GitUrl.WithoutCredentials(url), $"git cannot fetch from it: {reason}",
                isDenied ? "give git credentials for it (DV_GIT_TOKEN_FILE, a credential helper, or an ssh key)" : "see: git ls-remote URL")
            {
                IsDenied = isDenied,
                IsTransient = !isDenied && PassingTroubles.Any(text => result.Error.Contains(text, StringComparison.OrdinalIgnoreCase)),
                IsPlaceMissing = result.Error.Contains("does not appear to be a git repository", StringComparison.Ordinal)
                    || result.Error.Contains("epository not found", StringComparison.Ordinal) || result.Error.Contains("does not exist", StringComparison.Ordinal),
            };
        }
    }
}
