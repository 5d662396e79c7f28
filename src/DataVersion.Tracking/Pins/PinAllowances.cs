namespace DataVersion.Tracking.Pins;

/// <summary>What is refused unless the user allows it by name.</summary>
/// <param name="Unpinned">That nothing says which data version is used.</param>
/// <param name="Mismatch">That two sources disagree: Git's HEAD, a baked pin, the commit that an image declares.</param>
/// <param name="DataRevision">That the data are of another commit than the code.</param>
/// <param name="Dirty">That the code is not what its commit holds, in CI and in containers.</param>
/// <param name="DataDirty">That pointers were changed and not committed.</param>
public sealed record PinAllowances(bool Unpinned, bool Mismatch, bool DataRevision, bool Dirty, bool DataDirty)
{
    /// <summary>Nothing is allowed.</summary>
    public static PinAllowances None { get; } = new(false, false, false, false, false);

    /// <summary>The names of those that are set, as options have them.</summary>
    public IReadOnlyList<string> Names =>
    [
        .. Unpinned ? ["unpinned"] : Array.Empty<string>(),
        .. Mismatch ? ["pin-mismatch"] : Array.Empty<string>(),
        .. DataRevision ? ["data-rev"] : Array.Empty<string>(),
        .. Dirty ? ["dirty"] : Array.Empty<string>(),
        .. DataDirty ? ["data-dirty"] : Array.Empty<string>(),
    ];
}

/// <summary>Why a pin is refused.</summary>
public enum PinRefusal
{
    /// <summary>Nothing says which data version is used.</summary>
    NoPin,

    /// <summary>Two sources name different commits, or different data.</summary>
    SourcesDisagree,

    /// <summary>The data are of another commit than the code.</summary>
    DataRevisionDiffers,

    /// <summary>The code is not what its commit holds.</summary>
    DirtyCode,

    /// <summary>Pointers were changed and not committed.</summary>
    DirtyData,
}

/// <summary>A run cannot say what it would use, or would not be what it says. <c>dv run</c> ends with 78.</summary>
public sealed class PinRefusedException(PinRefusal refusal, string message, string hint)
    : DataVersionException(ErrorKind.Usage, message, hint)
{
    /// <summary>Why.</summary>
    public PinRefusal Refusal { get; } = refusal;
}
