using DataVersion.Platform;

namespace DataVersion.Workspaces;

/// <summary>A file system that data lie on and that is not known to keep inode numbers and change times, with what was found by trying.</summary>
/// <param name="Name">Its type and source, as the kernel lists them.</param>
/// <param name="Keeps">What it keeps. The rest is left out when files are compared with the index.</param>
public sealed record ProbedFileSystem(string Name, SteadyStat Keeps);
