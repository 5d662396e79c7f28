using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>One command about to run, what it starts from, and what must be there when it has been completed.</summary>
internal sealed class KillScene(Sandbox sandbox, string repository, string[] command, string before, string after, string gitStatus)
{
    private const int Killed = 128 + 9;

    /// <summary>The repository in which the command runs.</summary>
    public string Repository => repository;

    /// <summary>Makes the scene for a command: init, add, push, pull, checkout or unprotect; push or pull with a remote that is packed and compressed.</summary>
    public static Task<KillScene> CreateAsync(Sandbox sandbox, string command) => command switch
    {
        "init" => InitAsync(sandbox),
        "add" => AddAsync(sandbox),
        "push" => PushAsync(sandbox),
        "pull" => PullAsync(sandbox),
        "push to a packed remote" => PushAsync(sandbox, packed: true),
        "pull from a packed remote" => PullAsync(sandbox, packed: true),
        "checkout" => CheckoutAsync(sandbox),
        "unprotect" => UnprotectAsync(sandbox),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>The same scene, where its files have been copied to.</summary>
    public KillScene CopiedTo(Sandbox other, string place) => new(other, place, command, before, after, gitStatus);

    /// <summary>Runs the command, which must come to the fail point and die there.</summary>
    public async Task KillAtAsync(string point)
    {
        Ran killed = await sandbox.DvWithAsync(repository, "DV_FAILPOINT", point, command);
        Assert.True(killed.ExitCode == Killed, $"dv {string.Join(' ', command)} did not come to {point}: {killed}");
    }

    /// <summary>Runs the command with a variable set; true if it ended by itself, false if it was killed.</summary>
    public async Task<bool> TryCompleteAsync(string point)
    {
        Ran ran = await sandbox.DvWithAsync(repository, "DV_FAILPOINT", point, command);
        Assert.True(ran.ExitCode is 0 or Killed, ran.ToString());
        return ran.ExitCode == 0;
    }

    /// <summary>Kills the command after a while, unless it has ended by then.</summary>
    public async Task KillAfterAsync(TimeSpan delay)
    {
        using System.Diagnostics.Process process = sandbox.Start(DvProgram.FilePath, repository, command);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timer.CancelAfter(delay);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What holds at every moment, whatever was killed.</summary>
    public async Task AssertNothingHalfVisibleAsync()
    {
        StoredObjects.AssertWhole(StoredObjects.CacheOf(repository));
        StoredObjects.AssertWhole(sandbox.At("storage", "dvstore", "v1"));
        string[] whole = [.. before.Split('\n'), .. after.Split('\n')];
        foreach (string line in Workspace(repository).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains(line, whole);
        string git = await sandbox.GitAsync(repository, "status", "--porcelain");
        foreach (string path in (string[])["data", "model.bin"])
        {
            if (File.Exists(Path.Combine(repository, path + ".dv")))
                Assert.DoesNotContain(git.Split('\n'), l => l.StartsWith("??", StringComparison.Ordinal) && (l == $"?? {path}" || l == $"?? {path}/"));
        }
        await sandbox.DvOkAsync(repository, "status");
    }

    /// <summary>What a pointer names that add has written must be in the cache.</summary>
    public async Task AssertPointersHaveTheirObjectsAsync()
    {
        if (command[0] == "add")
            await sandbox.DvOkAsync(repository, "verify");
        else if (command[0] == "push" && Directory.Exists(sandbox.At("storage", "dvstore", "v1", "receipts")))
            await AssertReceiptsAreTrueAsync();
    }

    /// <summary>The same command again, and everything is as if nothing had happened.</summary>
    public async Task CompleteAsync()
    {
        await sandbox.DvOkAsync(repository, command);
        await sandbox.DvOkAsync(repository, "verify");
        await sandbox.DvOkAsync(repository, "status", "--exit-code");
        Assert.Equal(after, Workspace(repository));
        Assert.Equal(gitStatus, await sandbox.GitAsync(repository, "status", "--porcelain"));
        if (command[0] == "push")
        {
            await AssertReceiptsAreTrueAsync();
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(StoredObjects.CacheOf(repository), "tmp"), "*.zst", new EnumerationOptions { AttributesToSkip = 0 }));
        }
        if (command[0] == "unprotect")
            AssertFilesAreTheUsersOwn();
        StoredObjects.AssertWhole(StoredObjects.CacheOf(repository));
        StoredObjects.AssertWhole(sandbox.At("storage", "dvstore", "v1"));
        Assert.DoesNotContain(Directory.EnumerateFiles(repository, ".dv-tmp*", SearchOption.AllDirectories), f => !f.Contains("/.git/", StringComparison.Ordinal));
    }

    // Whoever sees a receipt may count on all of it: another clone, which has nothing, can pull what the receipts name.
    private async Task AssertReceiptsAreTrueAsync()
    {
        string clone = await sandbox.CloneAsync(repository, $"reader-{Guid.NewGuid():N}");
        foreach (string receipt in Directory.EnumerateFiles(sandbox.At("storage", "dvstore", "v1", "receipts"), "*", SearchOption.AllDirectories))
        {
            string text = await File.ReadAllTextAsync(receipt, TestContext.Current.CancellationToken);
            string path = text.Contains(await PointerHashAsync("data"), StringComparison.Ordinal) ? "data" : "model.bin";
            await sandbox.DvOkAsync(clone, "pull", path);
        }
        await sandbox.DvOkAsync(clone, "verify");
    }

    private async Task<string> PointerHashAsync(string path)
    {
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(repository, path + ".dv"), TestContext.Current.CancellationToken);
        return lines.Single(l => l.StartsWith("hash: ", StringComparison.Ordinal))["hash: ".Length..];
    }

    // Writable, and writing to them changes no object.
    private void AssertFilesAreTheUsersOwn()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(repository, "data"), "*.txt").Append(Path.Combine(repository, "model.bin")))
        {
            Assert.Null(new FileInfo(file).LinkTarget);
            Assert.True((File.GetUnixFileMode(file) & UnixFileMode.UserWrite) != 0, $"{file} is read-only");
            File.AppendAllText(file, "an edit");
        }
    }

    private static async Task<KillScene> InitAsync(Sandbox sandbox)
    {
        string repository = Directory.CreateDirectory(sandbox.At("repo")).FullName;
        await sandbox.GitAsync(repository, "init", "-q");
        File.WriteAllText(Path.Combine(repository, ".gitattributes"), "*.csv text\n");
        await sandbox.CommitAsync(repository, "before dv");
        return new KillScene(sandbox, repository, ["init"], "", "", "A  .dv/.gitignore\nA  .dv/config\nA  .dvignore\nM  .gitattributes\n");
    }

    private static async Task<KillScene> UnprotectAsync(Sandbox sandbox)
    {
        string repository = await AddedAsync(sandbox);
        string files = Workspace(repository);
        return new KillScene(sandbox, repository, ["unprotect", "data", "model.bin"], files, files, "");
    }

    private static async Task<KillScene> AddAsync(Sandbox sandbox)
    {
        string repository = await sandbox.CreateRepositoryAsync();
        WriteVersion(repository, 1);
        string files = Workspace(repository);
        return new KillScene(sandbox, repository, ["add", "data", "model.bin"], files, files, "A  .gitignore\nA  data.dv\nA  model.bin.dv\n");
    }

    private static async Task<KillScene> PushAsync(Sandbox sandbox, bool packed = false)
    {
        string repository = await AddedAsync(sandbox, packed);
        string files = Workspace(repository);
        return new KillScene(sandbox, repository, ["push"], files, files, "");
    }

    private static async Task<KillScene> PullAsync(Sandbox sandbox, bool packed = false)
    {
        string source = await AddedAsync(sandbox, packed);
        await sandbox.DvOkAsync(source, "push");
        string clone = await sandbox.CloneAsync(source, "clone");
        return new KillScene(sandbox, clone, ["pull"], "", Workspace(source), "");
    }

    private static async Task<KillScene> CheckoutAsync(Sandbox sandbox)
    {
        string repository = await AddedAsync(sandbox);
        string one = Workspace(repository);
        WriteVersion(repository, 2);
        File.Delete(Path.Combine(repository, "data/3.txt"));
        Sandbox.Write(repository, "data/new/file.txt", "of version 2 only");
        await sandbox.DvOkAsync(repository, "add", "data", "model.bin");
        await sandbox.CommitAsync(repository, "v2");
        string two = Workspace(repository);
        await sandbox.GitAsync(repository, "checkout", "-q", "HEAD~1");
        return new KillScene(sandbox, repository, ["checkout"], two, one, "");
    }

    private static async Task<string> AddedAsync(Sandbox sandbox, bool packed = false)
    {
        string repository = await sandbox.CreateRepositoryAsync();
        WriteVersion(repository, 1);
        if (packed)
        {
            await sandbox.DvOkAsync(repository, "remote", "modify", "storage", "layout", "packed");
            await sandbox.DvOkAsync(repository, "remote", "modify", "storage", "compress", "zstd");
            // Large, and worth compressing; the model is not.
            Sandbox.Write(repository, "data/table.csv", string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i},{i * 7919L % 1000}\n")));
        }
        await sandbox.DvOkAsync(repository, "add", "data", "model.bin");
        await sandbox.CommitAsync(repository, "v1");
        return repository;
    }

    private static void WriteVersion(string repository, int version)
    {
        // New files, as an editor writes them: what is there may be a link into the cache.
        if (version > 1)
            Directory.Delete(Path.Combine(repository, "data"), recursive: true);
        File.Delete(Path.Combine(repository, "model.bin"));
        for (int i = 0; i < 6; i++)
            Sandbox.Write(repository, $"data/{i}.txt", $"file {i} of version {(i % 2 == 0 ? version : 1)}");
        Sandbox.Write(repository, "data/sub/run.sh", $"#!/bin/sh\necho {version}\n");
        File.SetUnixFileMode(Path.Combine(repository, "data/sub/run.sh"), (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(repository, "data/first"), "0.txt");
        byte[] large = new byte[3_000_000];
        new Random(version).NextBytes(large);
        File.WriteAllBytes(Path.Combine(repository, "model.bin"), large);
    }

    private static string Workspace(string repository) =>
        string.Join('\n', Sandbox.Snapshot(repository).Split('\n')
            .Where(l => l.StartsWith("data/", StringComparison.Ordinal) || l.StartsWith("model.bin ", StringComparison.Ordinal)).Select(ThroughCacheLinks));

    // A link into the cache stands for the bytes that are there: path -> …/objects/sha256/2hex/rest.
    private static string ThroughCacheLinks(string line)
    {
        int arrow = line.IndexOf(" -> /", StringComparison.Ordinal);
        return arrow < 0 ? line : $"{line[..arrow]} f {StoredObjects.HashOf(line[(arrow + 4)..])}";
    }
}
