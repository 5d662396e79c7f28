using System.Globalization;
using System.Security.Cryptography;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>How many bytes the program reads, as the kernel counts them: a rule that holds on any machine, unlike a time.</summary>
public class ReadCountTests
{
    private const int Size = 64 << 20;

    // What the runtime, the libraries and our own small files cost.
    private const long Slack = 16 << 20;

    [Fact]
    public async Task New_bytes_are_read_once_and_unchanged_ones_not_at_all()
    {
        Assert.SkipUnless(File.Exists("/proc/self/io"), "this system does not count what is read");
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Directory.CreateDirectory(Path.Combine(repository, "data"));
        for (int i = 0; i < 8; i++)
            await File.WriteAllBytesAsync(Path.Combine(repository, $"data/{i}.bin"), RandomNumberGenerator.GetBytes(Size / 8), TestContext.Current.CancellationToken);

        long add = await BytesReadAsync(sandbox, repository, "add data");
        long status = await BytesReadAsync(sandbox, repository, "status --exit-code");
        long again = await BytesReadAsync(sandbox, repository, "add data");
        long checkout = await BytesReadAsync(sandbox, repository, "checkout");
        long push = await BytesReadAsync(sandbox, repository, "push");
        long pushAgain = await BytesReadAsync(sandbox, repository, "push");

        Assert.InRange(add, 0, Size + Slack);
        Assert.InRange(status, 0, Slack);
        Assert.InRange(again, 0, Slack);
        Assert.InRange(checkout, 0, Slack);
        Assert.InRange(push, 0, Size + Slack);
        Assert.InRange(pushAgain, 0, Slack);
    }

    [Fact]
    public async Task A_pull_reads_each_byte_once_from_the_remote_and_once_from_the_cache()
    {
        Assert.SkipUnless(File.Exists("/proc/self/io"), "this system does not count what is read");
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        await File.WriteAllBytesAsync(Path.Combine(repository, "model.bin"), RandomNumberGenerator.GetBytes(Size), TestContext.Current.CancellationToken);
        await sandbox.DvOkAsync(repository, "add", "model.bin");
        await sandbox.CommitAsync(repository, "v1");
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");
        string linked = await sandbox.CloneAsync(repository, "linked");
        await sandbox.DvOkAsync(linked, "config", "cache.link", "hardlink", "--local");

        long copied = await BytesReadAsync(sandbox, clone, "pull");
        long status = await BytesReadAsync(sandbox, clone, "status --exit-code");
        long hardLinked = await BytesReadAsync(sandbox, linked, "pull");
        long linkedStatus = await BytesReadAsync(sandbox, linked, "status --exit-code");

        Assert.InRange(copied, 0, (2 * Size) + Slack);
        Assert.InRange(status, 0, Slack);
        Assert.InRange(hardLinked, 0, Size + Slack);
        Assert.InRange(linkedStatus, 0, Slack);
    }

    // A shell's own account takes in that of the children that it has waited for.
    private static async Task<long> BytesReadAsync(Sandbox sandbox, string folder, string arguments)
    {
        Ran ran = await sandbox.RunAsync("sh", folder, ["-c", $"\"$0\" {arguments} >&2 || exit; cat /proc/$$/io", DvProgram.FilePath]);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        string line = ran.Output.Split('\n').Single(l => l.StartsWith("rchar: ", StringComparison.Ordinal));
        return long.Parse(line["rchar: ".Length..], CultureInfo.InvariantCulture);
    }
}
