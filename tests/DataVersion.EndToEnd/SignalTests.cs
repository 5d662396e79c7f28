using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Ctrl-C and SIGTERM, and files that do not keep still.</summary>
public class SignalTests(ITestOutputHelper log)
{
    private const long Large = 1_500_000_000;

    // Enough to be met half-way, of bytes that have to be written.
    private const int Moderate = 300_000_000;

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

        string[] command = ["add", "large.bin"];
        Ran stopped = await InterruptAsync(sandbox, repository, command, Path.Combine(StoredObjects.CacheOf(repository), "tmp"), signal, times);

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

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_during_a_push_leaves_nothing_half_sent_and_the_same_command_completes(string signal, int exitCode)
    {
        using var sandbox = new Sandbox();
        string repository = await AddedRepositoryAsync(sandbox);
        string store = sandbox.At("storage", "dvstore", "v1");

        Ran stopped = await InterruptAsync(sandbox, repository, ["push"], sandbox.At("storage", ".tmp-dv"), signal, 1);

        AssertStopped(stopped, exitCode);
        StoredObjects.AssertWhole(store);
        Assert.False(Directory.Exists(Path.Combine(store, "receipts")), "a receipt speaks for what is not there");
        Assert.Empty(Directory.EnumerateFiles(sandbox.At("storage", ".tmp-dv")));
        await sandbox.DvOkAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "push");
        await sandbox.DvOkAsync(repository, "status", "--remote", "--exit-code");
        StoredObjects.AssertWhole(store);
    }

    [Theory]
    [InlineData("INT", 130, false)]
    [InlineData("TERM", 143, false)]
    [InlineData("INT", 130, true)]
    public async Task A_signal_during_a_pull_places_nothing_half_and_the_same_command_completes(string signal, int exitCode, bool fetched)
    {
        using var sandbox = new Sandbox();
        string repository = await AddedRepositoryAsync(sandbox);
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");
        string large = Path.Combine(clone, "large.bin");
        // A signal while objects come, or while they are placed.
        if (fetched)
            await sandbox.DvOkAsync(clone, "fetch");
        string temporary = fetched ? Path.Combine(clone, ".git/dv/tmp") : Path.Combine(StoredObjects.CacheOf(clone), "tmp");

        Ran stopped = await InterruptAsync(sandbox, clone, ["pull"], temporary, signal, 1);

        AssertStopped(stopped, exitCode);
        // Not there, unless the signal came just after it was placed: then all of it.
        Assert.True(!File.Exists(large) || (fetched && new FileInfo(large).Length == Moderate), "half of it was placed");
        StoredObjects.AssertWhole(StoredObjects.CacheOf(clone));
        Assert.Empty(Directory.EnumerateFiles(temporary, ".dv-tmp*"));
        Assert.Equal("", await sandbox.GitAsync(clone, "status", "--porcelain"));
        await sandbox.DvOkAsync(clone, "pull");
        Assert.Equal(Moderate, new FileInfo(large).Length);
        await sandbox.DvOkAsync(clone, "verify");
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
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

    private static async Task<string> AddedRepositoryAsync(Sandbox sandbox)
    {
        string repository = await sandbox.CreateRepositoryAsync();
        byte[] bytes = new byte[Moderate];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(repository, "large.bin"), bytes, Cancel);
        await sandbox.DvOkAsync(repository, "add", "large.bin");
        await sandbox.CommitAsync(repository, "v1");
        return repository;
    }

    private static void AssertStopped(Ran stopped, int exitCode)
    {
        Assert.True(stopped.ExitCode == exitCode, stopped.ToString());
        Assert.Contains("what was finished is kept", stopped.Errors, StringComparison.Ordinal);
    }

    // Signals it as soon as it has begun to write: when its temporary file is there.
    private async Task<Ran> InterruptAsync(Sandbox sandbox, string repository, string[] command, string temporary, string signal, int times)
    {
        // A suite that a shell started in the background has SIGINT ignored, and every child inherits that (POSIX, "Asynchronous Lists").
        using Process process = sandbox.Start("env", repository, ["--default-signal=INT,TERM", DvProgram.FilePath, .. command]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancel);
        while (!process.HasExited && !HasFile(temporary))
            await Task.Delay(2, Cancel);
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < times; i++)
            await sandbox.RunAsync("kill", repository, [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(Cancel);
        log.WriteLine($"dv {command[0]} ended {watch.ElapsedMilliseconds} ms after SIG{signal}");
        return new Ran(process.ExitCode, await output, await errors);
    }

    private static bool HasFile(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*", new EnumerationOptions { AttributesToSkip = 0 }).Any();
}
