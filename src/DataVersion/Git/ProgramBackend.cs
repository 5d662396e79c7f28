using System.Text;

namespace DataVersion.Git;

/// <summary>Git through its program.</summary>
internal sealed class ProgramBackend(GitProgram program, GitLayout layout, GitFormat format, TimeProvider time, TimeSpan lockWait) : IGitBackend
{
    private const int FatalExit = 128;
    private static readonly string[] Refusals = ["dubious ownership", "not a git repository", "repository extension", "git repo version"];

    public string? Resolve(string revision)
    {
        // A revision that looks like an option cannot be meant: references may not begin with '-'.
        if (revision.StartsWith('-'))
            return null;
        // In two steps, because ':/text^{commit}' would look for that text.
        string? id = RevParse(revision);
        return id is null ? null : RevParse(id + "^{commit}");
    }

    /// <summary>The branch that HEAD names; null where it is detached.</summary>
    internal string? ReadBranch()
    {
        GitResult result = Run(["symbolic-ref", "-q", "--short", "HEAD"], default, CancellationToken.None);
        return result.ExitCode == 0 ? Line(result.Output) : result.ExitCode == 1 ? null : throw Failure("symbolic-ref", result);
    }

    /// <summary>Every path in the index.</summary>
    internal IReadOnlyList<string> ListIndex()
    {
        GitResult result = Run(["ls-files", "-z", "--full-name"], default, CancellationToken.None);
        return result.ExitCode == 0 ? SplitZero(result.Output) : throw Failure("ls-files", result);
    }

    public IReadOnlyList<string> FindIgnored(IReadOnlyCollection<string> paths)
    {
        if (paths.Count == 0)
            return [];
        // './' keeps a path that begins with ':' from being read as a pattern.
        byte[] input = JoinZero(paths.Select(path => "./" + path));
        GitResult result = Run(["check-ignore", "-z", "--no-index", "--stdin"], input, CancellationToken.None);
        if (result.ExitCode > 1)
            throw Failure("check-ignore", result);
        HashSet<string> ignored = [.. SplitZero(result.Output).Select(path => path[2..])];
        return [.. paths.Where(ignored.Contains)];
    }

    /// <summary>
    /// Through update-index, which takes paths literally and from its input, knows no ignore rules, adds what exists and removes what does not.
    /// It fails at once while another holds the lock, hence the retries. A running one is not killed: it would leave its lock behind.
    /// </summary>
    public Task StageAsync(IReadOnlyCollection<string> paths, CancellationToken cancellation)
    {
        byte[] input = JoinZero(paths);
        return IndexLock.RetryAsync(layout.GitDirectory, lockWait, time, () => Task.Run(() => TryStage(input), CancellationToken.None), cancellation);
    }

    public IReadOnlyList<GitChange> FindChanges(CancellationToken cancellation)
    {
        // Inside a submodule git would go by that repository's own configuration, which a foreign one must not bring along.
        string submodules = program.ReadsForeign ? "--ignore-submodules=dirty" : "--ignore-submodules=none";
        GitResult result = Run(["status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all", submodules], default, cancellation);
        return result.ExitCode == 0 ? GitStatusText.Parse(result.Output) : throw Failure("status", result);
    }

    public IReadOnlyList<string> FindTags(string commit)
    {
        GitResult result = Run(["for-each-ref", $"--points-at={commit}", "--format=%(refname)", "refs/tags/"], default, CancellationToken.None);
        if (result.ExitCode != 0)
            throw Failure("for-each-ref", result);
        return [.. Encoding.UTF8.GetString(result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(name => name["refs/tags/".Length..]).Order(StringComparer.Ordinal)];
    }

    /// <summary>The unified diff of the work tree against HEAD, at most so many bytes of it. What is binary is only named.</summary>
    internal GitDiff DiffHead(IReadOnlyCollection<string> excluded, int maxBytes, CancellationToken cancellation)
    {
        // Every choice that the user's configuration could make, so that the same change has the same text.
        string[] arguments =
        [
            "-c", "core.quotePath=true", "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--unified=3", "--diff-algorithm=myers",
            "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", program.ReadsForeign ? "--ignore-submodules=dirty" : "--ignore-submodules=untracked",
            "HEAD", "--", ":(top)", .. excluded.Select(path => $":(top,exclude,literal){path}"),
        ];
        GitResult result = program.Run(layout.WorkTree, arguments, default, maxBytes, cancellation);
        return result.ExitCode == 0 || result.IsCut ? new GitDiff(result.Output, !result.IsCut) : throw Failure("diff", result);
    }

    public IGitObjects OpenObjects(CancellationToken cancellation) => new ProgramObjects(program, layout, format, this, cancellation);

    internal GitResult Run(IEnumerable<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation) =>
        program.Run(layout.WorkTree, arguments, input, cancellation);

    internal GitException Failure(string command, GitResult result)
    {
        string? hint = result.Error.Contains("safe.directory", StringComparison.Ordinal)
            ? $"if you trust it: git config --global --add safe.directory '{layout.WorkTree}'"
            : null;
        return new GitException($"git {command} failed in '{layout.WorkTree}': {result.Reason}", hint);
    }

    private bool TryStage(byte[] input)
    {
        GitResult result = Run(["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], input, CancellationToken.None);
        if (result.ExitCode == 0)
            return true;
        bool locked = result.ExitCode == FatalExit && result.Error.Contains("index.lock': File exists", StringComparison.Ordinal);
        return locked ? false : throw Failure("update-index", result);
    }

    private string? RevParse(string revision)
    {
        GitResult result = Run(["rev-parse", "--verify", "--quiet", revision], default, CancellationToken.None);
        if (result.ExitCode == 0)
            return Line(result.Output);
        // A revision that is unknown or malformed is the answer null; that git refuses the repository is not.
        return Array.Exists(Refusals, text => result.Error.Contains(text, StringComparison.Ordinal)) ? throw Failure("rev-parse", result) : null;
    }

    internal static string Line(byte[] output) => Encoding.UTF8.GetString(output).TrimEnd('\r', '\n');

    internal static string[] SplitZero(byte[] output) =>
        Encoding.UTF8.GetString(output).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static byte[] JoinZero(IEnumerable<string> paths) => Encoding.UTF8.GetBytes(string.Concat(paths.Select(path => path + '\0')));
}
