using System.Security.Cryptography;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>How many bytes the program reads, as the kernel counts them: a rule that holds on any machine, unlike a time.</summary>
public class ReadCountTests
{
    private const int Size = 64 << 20;

    [Fact]
    public async Task New_bytes_are_read_once_and_unchanged_ones_not_at_all()
    {
        ReadMeter.Require();
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Directory.CreateDirectory(Path.Combine(repository, "data"));
        for (int i = 0; i < 8; i++)
            await File.WriteAllBytesAsync(Path.Combine(repository, $"data/{i}.bin"), RandomNumberGenerator.GetBytes(Size / 8), TestContext.Current.CancellationToken);

        long add = await ReadMeter.BytesReadAsync(sandbox, repository, "add data");
        long status = await ReadMeter.BytesReadAsync(sandbox, repository, "status --exit-code");
        long again = await ReadMeter.BytesReadAsync(sandbox, repository, "add data");
        long checkout = await ReadMeter.BytesReadAsync(sandbox, repository, "checkout");
        long push = await ReadMeter.BytesReadAsync(sandbox, repository, "push");
        long pushAgain = await ReadMeter.BytesReadAsync(sandbox, repository, "push");

        Assert.InRange(add, 0, Size + ReadMeter.Slack);
        Assert.InRange(status, 0, ReadMeter.Slack);
        Assert.InRange(again, 0, ReadMeter.Slack);
        Assert.InRange(checkout, 0, ReadMeter.Slack);
        Assert.InRange(push, 0, Size + ReadMeter.Slack);
        Assert.InRange(pushAgain, 0, ReadMeter.Slack);
    }

    [Fact]
    public async Task A_pull_reads_each_byte_once_from_the_remote_and_once_from_the_cache()
    {
        ReadMeter.Require();
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        await File.WriteAllBytesAsync(Path.Combine(repository, "model.bin"), RandomNumberGenerator.GetBytes(Size), TestContext.Current.CancellationToken);
        await sandbox.DvOkAsync(repository, "add", "model.bin");
        await sandbox.CommitAsync(repository, "v1");
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");
        string linked = await sandbox.CloneAsync(repository, "linked");
        await sandbox.DvOkAsync(linked, "config", "cache.link", "hardlink", "--local");

        long copied = await ReadMeter.BytesReadAsync(sandbox, clone, "pull");
        long status = await ReadMeter.BytesReadAsync(sandbox, clone, "status --exit-code");
        long hardLinked = await ReadMeter.BytesReadAsync(sandbox, linked, "pull");
        long linkedStatus = await ReadMeter.BytesReadAsync(sandbox, linked, "status --exit-code");

        Assert.InRange(copied, 0, (2 * Size) + ReadMeter.Slack);
        Assert.InRange(status, 0, ReadMeter.Slack);
        Assert.InRange(hardLinked, 0, Size + ReadMeter.Slack);
        Assert.InRange(linkedStatus, 0, ReadMeter.Slack);
    }
}
