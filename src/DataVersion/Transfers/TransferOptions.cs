using DataVersion.Objects;

namespace DataVersion.Transfers;

/// <summary>How a transfer is run.</summary>
public sealed record TransferOptions
{
    /// <summary>Transfers at once; null for a number that suits the store and the machine.</summary>
    public int? Jobs { get; init; }

    /// <summary>How large objects are cut.</summary>
    public PartOptions Parts { get; init; } = new();

    /// <summary>Now: uploads that nobody went on with for a week are given up. Null to leave them.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>Believe no receipt: ask for every object.</summary>
    public bool Deep { get; init; }

    /// <summary>Believe no name and no size, either: read back every object, and send again what is not what its name says. Implies <see cref="Deep"/>.</summary>
    public bool Verify { get; init; }
}
