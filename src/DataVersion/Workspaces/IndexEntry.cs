using DataVersion.Hashing;
using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>What is remembered of a file that was hashed.</summary>
/// <param name="Stamp">The file as it was then.</param>
/// <param name="Id">The id of its bytes.</param>
/// <param name="BlocksId">The id of its block list; empty for files of at most 64 MiB.</param>
/// <param name="Fingerprint">Its fingerprint with this index's seed.</param>
/// <param name="Settled">True if its times were then safely in the past, so that any later write gives it others (DESIGN "Racy files").</param>
public readonly record struct IndexEntry(FileStamp Stamp, ObjectId Id, ObjectId BlocksId, Fingerprint Fingerprint, bool Settled);
