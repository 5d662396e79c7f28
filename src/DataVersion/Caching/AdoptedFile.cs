using DataVersion.Hashing;
using DataVersion.Platform;

namespace DataVersion.Caching;

/// <summary>A workspace file whose content the cache has, once the batch is committed.</summary>
public sealed class AdoptedFile
{
    internal AdoptedFile(string path, HashedContent content, FileStat stat, LinkKind link, bool isSettled)
    {
        Path = path;
        Content = content;
        Stat = stat;
        Link = link;
        IsSettled = isSettled;
    }

    /// <summary>The workspace file.</summary>
    public string Path { get; }

    /// <summary>What the one pass over its bytes yielded.</summary>
    public HashedContent Content { get; }

    /// <summary>
    /// The workspace file as it was when these were its bytes. Read it after the commit: where the file was hard-linked, publishing
    /// the object has moved its change time.
    /// </summary>
    public FileStat Stat { get; internal set; }

    /// <summary>
    /// How the workspace file now relates to the object: <see cref="LinkKind.Hardlink"/> only if the two are one file. Where another kind is
    /// wanted than what this says, <c>Linker</c> replaces the workspace name after the commit.
    /// </summary>
    public LinkKind Link { get; internal set; }

    /// <summary>True if every later write to the file gives it another stat; goes into the index.</summary>
    public bool IsSettled { get; internal set; }

    /// <summary>Looks again after links came or went; an edit in between leaves the old stat, which then no longer fits the file.</summary>
    internal void Refresh(Func<FileStat, bool> isSettled)
    {
        if (FileStat.TryGet(Path) is not { } now || !IsSameBut(now))
            return;
        Stat = now;
        IsSettled = isSettled(now);
    }

    /// <summary>True for a stat that differs in what links and modes alone move.</summary>
    internal bool IsSameBut(in FileStat now) => now.Stamp with { ChangedNs = 0 } == Stat.Stamp with { ChangedNs = 0 } && now.Device == Stat.Device;
}
