namespace DataVersion.Indexing;

/// <summary>A record of fixed size and layout, found by a key that is a seeded hash of its name.</summary>
internal interface ITableRecord
{
    /// <summary>The name's hash. Seeds are secret, so that nobody can make two names meet; what meets by chance has another stat.</summary>
    UInt128 Key { get; }

    /// <summary>True for a record that only says that its key is gone; never stored.</summary>
    bool IsRemoved { get; }
}
