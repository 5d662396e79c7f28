using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>Something found in a dataset: a file, a link (never followed) or an empty directory.</summary>
/// <param name="Path">Relative to the dataset, '/' between names; empty where the dataset is itself a file or link.</param>
/// <param name="Stat">What the file system said during the walk.</param>
public sealed record WalkedEntry(string Path, FileStat Stat);

/// <summary>Everything in a dataset that is not ignored.</summary>
/// <param name="Root">The dataset itself: a directory, a file or a link.</param>
/// <param name="Entries">
/// Names of a directory are ordered by their UTF-8 bytes, and a directory's entries stand where its name does, so that they are contiguous.
/// </param>
/// <param name="Temporary">Absolute paths of temporary files, links and folders of dv's, which are no part of it: somebody's work, or a killed process's.</param>
public sealed record DatasetListing(FileStat Root, IReadOnlyList<WalkedEntry> Entries, IReadOnlyList<string> Temporary);
