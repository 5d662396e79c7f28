namespace DataVersion.EndToEnd;

/// <summary>The built <c>dv</c>: <c>DV_TEST_PROGRAM</c>, or the one that was built beside these tests.</summary>
static class DvProgram
{
    public static string FilePath { get; } = Find();

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("DV_TEST_PROGRAM") is { Length: > 0 } given)
        {
            return Path.GetFullPath(given);
        }
        // artifacts/bin/DataVersion.EndToEnd/<configuration>/ → artifacts/bin/DataVersion.Cli/<configuration>/dv
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var name = OperatingSystem.IsWindows() ? "dv.exe" : "dv";
        return Path.Combine(here.Parent!.Parent!.FullName, "DataVersion.Cli", here.Name, name);
    }
}
