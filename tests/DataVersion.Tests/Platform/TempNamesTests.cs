using System.Diagnostics;
using System.Globalization;
using DataVersion.Platform;
using Xunit;

namespace DataVersion.Tests.Platform;

public sealed class TempNamesTests : IDisposable
{
    private static readonly string Own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-temp-").FullName;

    private static long NowNs => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;

    [Fact]
    public async Task Removes_files_links_and_folders_of_dead_processes_and_nothing_behind_a_link()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whether a process lives");
        string dead = (await DeadProcessAsync()).ToString(CultureInfo.InvariantCulture);
        string outside = Directory.CreateDirectory(Path.Combine(_directory, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "kept"), "");
        File.WriteAllText(PathOf(dead, "file"), "");
        File.CreateSymbolicLink(PathOf(dead, "link"), outside);
        Directory.CreateDirectory(Path.Combine(PathOf(dead, "folder"), "below"));
        File.CreateSymbolicLink(Path.Combine(PathOf(dead, "folder"), "below", "out"), outside);

        TempNames.RemoveStale(_directory, NowNs);

        Assert.Equal(["outside"], Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Combine(outside, "kept")));
    }

    [Fact]
    public void Keeps_what_a_living_process_writes_and_what_was_touched_today()
    {
        File.WriteAllText(PathOf(Own, "own"), "");
        Directory.CreateDirectory(PathOf(Own, "folder"));
        // Of another machine, boot or container: nobody knows whether it lives.
        string foreign = TempNames.Create("foreign");
        File.WriteAllText(Path.Combine(_directory, TempNames.Prefix + "00000000" + foreign[(TempNames.Prefix.Length + 8)..]), "");

        TempNames.RemoveStale(_directory, NowNs);

        Assert.Equal(3, Directory.GetFileSystemEntries(_directory).Length);
    }

    [Fact]
    public void Removes_after_a_day_what_nobody_has_touched_unless_something_in_it_was()
    {
        DateTime old = DateTime.UtcNow.AddHours(-25);
        File.WriteAllText(PathOf(Own, "file"), "");
        File.SetLastWriteTimeUtc(PathOf(Own, "file"), old);
        foreach (string name in (string[])["idle", "busy"])
        {
            string folder = Directory.CreateDirectory(PathOf(Own, name)).FullName;
            File.WriteAllText(Path.Combine(folder, "f"), "");
            if (name == "idle")
                File.SetLastWriteTimeUtc(Path.Combine(folder, "f"), old);
            Directory.SetLastWriteTimeUtc(folder, old);
        }

        TempNames.RemoveStale(_directory, NowNs);

        Assert.Equal([PathOf(Own, "busy")], Directory.GetFileSystemEntries(_directory));
    }

    [Theory]
    [InlineData(".dv-tmp.")]
    [InlineData(".dv-tmp.mine")]
    [InlineData(".dv-tmp.0123abcd-12.0123456789abcdef")]
    [InlineData(".dv-tmp.0123abcd-x.0123456789abcdef.x")]
    [InlineData(".dv-tmp.0123abcd-12.0123456789ABCDEF.x")]
    [InlineData("dv-tmp.0123abcd-12.0123456789abcdef.x")]
    public void Keeps_for_ever_what_it_has_not_named(string name)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path, "");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddYears(-1));

        TempNames.RemoveStale(_directory, NowNs);

        Assert.True(File.Exists(path));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string PathOf(string process, string label) => Path.Combine(_directory,
        Directory.EnumerateFileSystemEntries(_directory, $"{TempNames.Prefix}*-{process}.*.{label}").Select(Path.GetFileName).FirstOrDefault()
        ?? TempNames.Create(label).Replace($"-{Own}.", $"-{process}.", StringComparison.Ordinal));

    private static async Task<int> DeadProcessAsync()
    {
        using Process process = Process.Start("true");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.Id;
    }
}
