namespace DataVersion.Testing;

/// <summary>A folder of its own for one test, deleted afterwards, read-only content included.</summary>
public sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dv-test-").FullName;

    public string At(string relative) => System.IO.Path.Join(Path, relative);

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
        {
            foreach (DirectoryInfo folder in new DirectoryInfo(Path).EnumerateDirectories("*", SearchOption.AllDirectories))
            {
                if (folder.LinkTarget is null)
                    folder.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            }
        }
        Directory.Delete(Path, recursive: true);
    }
}
