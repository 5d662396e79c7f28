using System.Security.Cryptography;
using System.Text;
using DataVersion.Git;

namespace DataVersion.Tracking.Pins;

/// <summary>
/// Finds out which data version a run uses: a revision that was asked for, else the commit that is checked out, else a baked pin. Refuses what
/// could not be told, or repeated, afterwards. One object is for one resolution.
/// </summary>
public sealed class PinResolver(PinRequest request)
{
    private const int ShortestId = 7;

    private readonly PinGate _gate = new(request);
    // Build arguments that nobody gave are "unknown", "dev" and the like.
    private readonly string? _declared = request.DeclaredCommit is { Length: >= ShortestId } id && id.All(char.IsAsciiHexDigitLower) ? id : null;

    /// <summary>Finds the pin.</summary>
    /// <exception cref="PinRefusedException">There is none, or it is one that must be allowed first.</exception>
    /// <exception cref="InvalidFormatException">A baked pin or a pointer is malformed.</exception>
    /// <exception cref="RemoteException">The repository that was named cannot be reached.</exception>
    /// <exception cref="GitException">A revision is unknown, or Git cannot be read.</exception>
    public PinResolution Resolve(CancellationToken cancellationToken)
    {
        RepositoryPin? atHand = RepositoryPin.Find(request);
        Pin? baked = BakedPins.Find(request, atHand?.Git.WorkTree);
        CheckCommits(atHand?.Head, baked);
        Pin? pin = request.Revision is { } revision
            ? Select(revision, atHand, baked, cancellationToken)
            : request.Repository is not null ? throw new UsageException("a repository was named, and no revision of it", "name one: --rev REV")
            : atHand is not null ? ReadAtHand(atHand, baked, null, cancellationToken)
            : baked;
        return pin is null ? _gate.PassUnpinned() : _gate.Pass(pin with { PinFile = pin.PinFile ?? baked?.PinFile, PinSha256 = pin.PinSha256 ?? baked?.PinSha256 });
    }

    // Whatever is known of the code's commit must agree.
    private void CheckCommits(string? head, Pin? baked)
    {
        if (head is not null && baked is not null && head != baked.DataCommit)
        {
            _gate.Mismatch($"Git's HEAD is {Short(head)}, and the pin '{baked.PinFile}' is of {Short(baked.DataCommit)}",
                "write the pin anew (dv pin), delete it, or check its commit out");
        }
        string? known = head ?? baked?.DataCommit;
        if (known is not null && _declared is { } declared && !IsId(declared, known))
        {
            _gate.Mismatch($"the image declares commit {declared}, and {(head is null ? $"the pin '{baked!.PinFile}'" : "Git's HEAD")} is {Short(known)}",
                "build the image from one commit");
        }
    }

    private Pin ReadAtHand(RepositoryPin atHand, Pin? baked, string? dataCommit, CancellationToken cancellationToken)
    {
        Pin pin = atHand.Read(dataCommit, [.. PinFiles(atHand)], cancellationToken);
        if (baked is not null && pin.DataCommit == baked.DataCommit && FindDifference(pin, baked) is { } path)
        {
            _gate.Mismatch($"the pin '{baked.PinFile}' names other data for '{path}' than commit {Short(pin.DataCommit)} does",
                "write the pin anew: dv pin");
        }
        return pin;
    }

    private Pin Select(string revision, RepositoryPin? atHand, Pin? baked, CancellationToken cancellationToken)
    {
        if (request.Repository is { } repository)
            return Fetch(repository, revision, atHand, baked, cancellationToken);
        if (atHand is not null)
        {
            string commit = atHand.Git.TryResolve(revision)
                ?? throw new GitException($"'{revision}' is not a commit of this Git repository", "see: git log --all --oneline; a commit that is not here: --repo URL");
            return ReadAtHand(atHand, baked, commit, cancellationToken);
        }
        // An image that was built from the very commit that is asked for has all there is to know.
        if (baked is not null && (IsId(revision, baked.DataCommit) || baked.CodeTags.Contains(revision)))
            return baked;
        throw new PinRefusedException(PinRefusal.NoPin, $"'{revision}' was asked for, and there is no Git repository here to take it from",
            "name one: --repo URL (or DV_REPO)");
    }

    private Pin Fetch(string repository, string revision, RepositoryPin? atHand, Pin? baked, CancellationToken cancellationToken)
    {
        string url = GitUrl.IsPath(repository) && repository.Length > 0 && repository[0] != '-' ? Path.GetFullPath(repository, request.WorkingDirectory) : repository;
        GitUrl.Check(url);
        string shown = GitUrl.WithoutCredentials(url);
        GitProgram program = request.Git
            ?? throw new GitException($"fetching '{shown}' needs the git program, which was not found", "install git, or use an image with a baked pin: dv pin");
        string folder = Path.Combine(
            request.FetchFolder ?? throw new UsageException("no folder is named that could keep fetched repositories"),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shown)))[..16]);
        string commit = new GitFetcher(program).Fetch(url, revision, folder, cancellationToken);
        var pointers = new CommitPointers(GitRepository.OpenBare(folder, program), commit, cancellationToken);
        string root = pointers.FindRoot(atHand?.Place);
        IReadOnlyList<PinnedItem> items = pointers.Read(root);
        IReadOnlyList<PinnedRemote> remotes = pointers.ReadConfig(root) is { } config ? PinnedRemote.OfCommitted(config, $"{Short(commit)}:.dv/config", items) : [];
        Pin code = atHand?.Read(null, [.. PinFiles(atHand)], cancellationToken) ?? baked ?? Declared(commit);
        return code with
        {
            Source = PinSource.Revision,
            DataCommit = commit,
            DataRepository = shown,
            Items = items,
            Remotes = remotes.Count > 0 ? remotes : PinnedRemote.Of(request.Remotes, request.DefaultRemote, items),
        };
    }

    // Nothing but what the image says of itself.
    private Pin Declared(string dataCommit) => new()
    {
        Source = PinSource.Revision,
        CodeCommit = _declared is { } declared && IsId(declared, dataCommit) ? dataCommit : _declared,
        DataCommit = dataCommit,
        Items = [],
    };

    private IEnumerable<string> PinFiles(RepositoryPin atHand) =>
        BakedPins.Candidates(request, atHand.Git.WorkTree).Concat(request.PinFile is { } named ? [named] : []);

    private static string? FindDifference(Pin pin, Pin baked)
    {
        Dictionary<string, string> known = baked.Items.ToDictionary(item => item.PointerPath, item => item.PointerSha256);
        return pin.Items.FirstOrDefault(item => !known.Remove(item.PointerPath, out string? hash) || hash != item.PointerSha256)?.Path ?? known.Keys.FirstOrDefault();
    }

    private static bool IsId(string text, string commit) => text.Length >= ShortestId && commit.StartsWith(text, StringComparison.OrdinalIgnoreCase);

    private static string Short(string commit) => commit[..Math.Min(12, commit.Length)];
}
