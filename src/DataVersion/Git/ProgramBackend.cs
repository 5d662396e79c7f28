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
