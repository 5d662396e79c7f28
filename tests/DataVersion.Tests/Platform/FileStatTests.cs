using System.Diagnostics;
using System.Globalization;
using DataVersion.Platform;
using DataVersion.Testing.Caching;
using Xunit;

namespace DataVersion.Tests.Platform;

public sealed class FileStatTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dv-test-stat-").FullName;

    [Fact]
    public void Says_what_stat_says()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs GNU stat");
        string path = Path.Combine(_directory, "a file");
        File.WriteAllText(path, "12345");
        Assert.Equal(LinkOutcome.Created, HardLinks.TryCreate(path, path + "2"));
        CacheSandbox.SetMode(path, (UnixFileMode)Convert.ToInt32("750", 8));

        FileStat stat = FileStat.TryGet(path)!.Value;

        using Process process = Process.Start(new ProcessStartInfo("stat", ["-c", "%s %i %h %a %.9Y %.9Z", path]) { RedirectStandardOutput = true })!;
        string expected = process.StandardOutput.ReadToEnd().Trim().Replace(".", "", StringComparison.Ordinal);
        string mode = Convert.ToString((int)stat.Mode, 8);
        Assert.Equal(expected, string.Create(CultureInfo.InvariantCulture, $"{stat.Size} {stat.Inode} {stat.Links} {mode} {stat.ModifiedNs} {stat.ChangedNs}"));
        Assert.True(stat.IsExecutable);
        using var handle = File.OpenHandle(path);
        Assert.Equal(stat, FileStat.Get(handle));
    }

    [Fact]
    public void Tells_kinds_apart_and_follows_no_link()
    {
        string file = Path.Combine(_directory, "f");
        File.WriteAllText(file, "x");
        File.CreateSymbolicLink(Path.Combine(_directory, "l"), file);
        File.CreateSymbolicLink(Path.Combine(_directory, "broken"), "nowhere");

        Assert.Equal(FileType.File, FileStat.TryGet(file)?.Type);
        Assert.Equal(FileType.Directory, FileStat.TryGet(_directory)?.Type);
        Assert.Equal(FileType.SymbolicLink, FileStat.TryGet(Path.Combine(_directory, "l"))?.Type);
        Assert.Equal(FileType.SymbolicLink, FileStat.TryGet(Path.Combine(_directory, "broken"))?.Type);
        Assert.Null(FileStat.TryGet(Path.Combine(_directory, "none")));
        Assert.Null(FileStat.TryGet(Path.Combine(file, "below a file")));
        if (OperatingSystem.IsLinux())
            Assert.Equal(FileType.Other, FileStat.TryGet("/dev/null")?.Type);
    }

    [Fact]
    public void Names_the_path_and_the_reason_when_it_cannot_look()
    {
        string path = Path.Combine(_directory, new string('x', 300));

        FileAccessException error = Assert.Throws<FileAccessException>(() => FileStat.TryGet(path));

        Assert.Equal(path, error.Path);
        Assert.Contains("too long", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
