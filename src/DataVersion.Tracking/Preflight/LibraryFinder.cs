using System.Runtime.InteropServices;

namespace DataVersion.Tracking.Preflight;

/// <summary>Finds shared libraries where a trainer would: the given folders, <c>LD_LIBRARY_PATH</c>, the program's folder, the loader's own.</summary>
internal sealed class LibraryFinder
{
    private static readonly string[] StandardDirectories = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"];

    private readonly string[] _directories;
    private readonly bool _usesLoader;

    internal LibraryFinder(MachinePaths paths, IReadOnlyDictionary<string, string> environment)
    {
        _usesLoader = paths.UsesLoader;
        string native = $"{(OperatingSystem.IsWindows() ? "win" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        IEnumerable<string> directories =
        [
            .. paths.LibraryDirectories,
            // An empty part stands for the working directory, which is nobody's choice.
            .. environment.GetValueOrDefault("LD_LIBRARY_PATH", "").Split(':', ';').Where(Path.IsPathFullyQualified),
            paths.ProgramDirectory,
            Path.Combine(paths.ProgramDirectory, "runtimes", native, "native"),
            .. paths.UsesLoader && OperatingSystem.IsLinux() ? LoaderDirectories(paths.EtcDirectory) : [],
        ];
        _directories = [.. directories.Distinct()];
    }

    /// <summary>The first file that has one of the names; null where there is none.</summary>
    internal string? Find(params ReadOnlySpan<string> names)
    {
        foreach (string directory in _directories)
        {
            foreach (string name in names)
            {
                string path = Path.Combine(directory, name);
                if (File.Exists(path))
                    return path;
            }
        }
        return null;
    }

    /// <summary>Loads the first library that has one of the names and lets itself be loaded.</summary>
    /// <returns>The library, or null; and the file that was found, which may be there without the other.</returns>
    internal (NativeModule? Module, string? Path) Load(params ReadOnlySpan<string> names)
    {
        string? path = Find(names);
        if (path is not null)
            return (NativeModule.TryLoad(path), path);
        if (_usesLoader)
        {
            foreach (string name in names)
            {
                if (NativeModule.TryLoad(name) is { } module)
                    return (module, null);
            }
        }
        return (null, null);
    }

    // The loader reads a cache that ldconfig makes of these.
    private static IEnumerable<string> LoaderDirectories(string etc)
    {
        IEnumerable<string> configured = SmallFile.TryList(Path.Combine(etc, "ld.so.conf.d"), "*.conf").Prepend(Path.Combine(etc, "ld.so.conf"))
            .SelectMany(file => (SmallFile.TryRead(file) ?? "").Split('\n', StringSplitOptions.TrimEntries))
            .Where(line => line.StartsWith('/'));
        return configured.Concat(StandardDirectories);
    }
}
