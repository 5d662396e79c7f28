namespace DataVersion.Hashing;

/// <summary>
/// XXH128 of a file's bytes with a secret seed of the index that holds it: answers "unchanged?" at memory speed. Never an identity:
/// nothing is named, stored, overwritten or deleted on its word (DESIGN "Fingerprint").
/// </summary>
public readonly record struct Fingerprint(UInt128 Value);
