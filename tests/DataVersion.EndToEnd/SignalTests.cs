using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Ctrl-C and SIGTERM, and files that do not keep still.</summary>
public class SignalTests
{
    private const long Large = 1_500_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("INT", 1, 130)]
    [InlineData("INT", 2, 130)]
    [InlineData("TERM", 1, 143)]
    public async Task A_signal_during_an_add_ends_it_and_the_same_command_completes(string signal, int times, int exitCode)
    {
        using var sandbox = new Sandbox();
        string repository = await LargeRepositoryAsync(sandbox);
        string gitBefore = await sandbox.GitAsync(repository, "status", "--porcelain");

        Ran stopped = await InterruptAsync(sandbox, repository, signal, times);

        Assert.True(stopped.ExitCode == exitCode, stopped.ToString());
        if (times == 1)
            Assert.Contains("what was finished is kept", stopped.Errors, StringComparison.Ordinal);
        Assert.Equal(gitBefore, await sandbox.GitAsync(repository, "status", "--porcelain"));
        Assert.Equal([".dv", ".dvignore", ".git", ".gitattributes", "large.bin"], Directory.GetFileSystemEntries(repository).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        StoredObjects.AssertWhole(StoredObjects.CacheOf(repository));
        await sandbox.DvOkAsync(repository, "status");
        // The rest of what was begun is quicker with less of it.
        using (FileStream file = File.OpenWrite(Path.Combine(repository, "large.bin")))
            file.SetLength(1_000_000);
        await sandbox.DvOkAsync(repository, "add", "large.bin");
        await sandbox.DvOkAsync(repository, "verify");
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(StoredObjects.CacheOf(repository), "tmp"), ".dv-tmp*"));
    }

    [Fact]
    public async Task A_file_that_grows_while_it_is_read_is_named_or_taken_as_it_was_at_one_moment()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        string path = Path.Combine(repository, "log.bin");
        await File.WriteAllBytesAsync(path, new byte[30_000_000], Cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        // Faster than anything can hash.
        Task writer = Task.Run(() => AppendUntil(path, stop.Token), Cancel);

        Ran ran = await sandbox.DvAsync(repository, "add", "log.bin");
        await stop.CancelAsync();
        await writer;

        StoredObjects.AssertWhole(StoredObjects.CacheOf(repository));
        if (ran.ExitCode != 0)
        {
            Assert.Equal(3, ran.ExitCode);
            Assert.Contains("log.bin' changed while it was read", ran.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(path + ".dv"));
        }
        await sandbox.DvOkAsync(repository, "add", "log.bin");
        await sandbox.DvOkAsync(repository, "verify");
    }

    private static void AppendUntil(string path, CancellationToken stop)
    {
        byte[] piece = new byte[1 << 20];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        file.Seek(0, SeekOrigin.End);
        while (!stop.IsCancellationRequested)
        {
            piece[0]++;
            file.Write(piece);
            // Not more than the disk of a test machine bears: what is there is written over again.
            if (file.Length > 120_000_000)
                file.Position = 0;
        }
    }

    private static async Task<string> LargeRepositoryAsync(Sandbox sandbox)
    {
        string repository = await sandbox.CreateRepositoryAsync();
        using FileStream file = File.Create(Path.Combine(repository, "large.bin"));
        file.SetLength(Large);
        return repository;
    }

    // Signals it as soon as it has begun to read: when its temporary file is there.
    private static async Task<Ran> InterruptAsync(Sandbox sandbox, string repository, string signal, int times)
    {
        // A suite that a shell started in the background has SIGINT ignored, and every child inherits that (POSIX, "Asynchronous Lists").
        using Process process = sandbox.Start("env", repository, ["--default-signal=INT,TERM", DvProgram.FilePath, "add", "large.bin"]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        string temporary = Path.Combine(StoredObjects.CacheOf(repository), "tmp");
        while (!process.HasExited && !(Directory.Exists(temporary) && Directory.EnumerateFiles(temporary).Any()))
            await Task.Delay(5, Cancel);
        for (int i = 0; i < times; i++)
            await sandbox.RunAsync("kill", repository, [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(Cancel);
        return new Ran(process.ExitCode, await output, await errors);
    }
}
