using DataVersion.Caching;
using DataVersion.Testing;
using DataVersion.Testing.Platform;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace DataVersion.Tests.Caching;

public sealed class FileCopyTests : IDisposable
{
    private const int MiB = 1024 * 1024;
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(8 * MiB, true)]
    [InlineData(8 * MiB + 1, false)]
    [InlineData(37 * MiB + 12_345, false)]
    [InlineData(37 * MiB + 12_345, true)]
    public async Task Copies_a_file_byte_for_byte(int length, bool forget)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        await File.WriteAllBytesAsync(_folder.At("source"), data, Token);

        await CopyAsync(Token, forget);

        byte[] copy = await File.ReadAllBytesAsync(_folder.At("copy"), Token);
        Assert.True(copy.AsSpan().SequenceEqual(data));
        Assert.True((await File.ReadAllBytesAsync(_folder.At("source"), Token)).AsSpan().SequenceEqual(data));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_is_forgotten_takes_no_memory(bool forget)
    {
        await File.WriteAllBytesAsync(_folder.At("source"), Enumerable.Repeat((byte)7, 40 * MiB).ToArray(), Token);
        using (SafeFileHandle written = File.OpenHandle(_folder.At("source"), FileMode.Open, FileAccess.Write))
            RandomAccess.FlushToDisk(written);

        await CopyAsync(Token, forget);

        Assert.Equal(forget, MemoryUsage.Of(_folder.At("source")) < 20 * MiB);
    }

    [Fact]
    public async Task Holes_stay_holes_also_at_the_end()
    {
        using (SafeFileHandle sparse = File.OpenHandle(_folder.At("source"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(sparse, 40 * MiB + 5);
            RandomAccess.Write(sparse, [1, 2, 3], 10 * MiB + 100);
        }

        await CopyAsync(Token);

        Assert.Equal(await File.ReadAllBytesAsync(_folder.At("source"), Token), await File.ReadAllBytesAsync(_folder.At("copy"), Token));
        Assert.InRange(DiskUsage.Of(_folder.At("copy")), 1, MiB);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20 * MiB)]
    public async Task Stops_when_it_is_cancelled(int length)
    {
        await File.WriteAllBytesAsync(_folder.At("source"), new byte[length], Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CopyAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task An_error_of_the_file_system_comes_out_as_it_is()
    {
        await File.WriteAllBytesAsync(_folder.At("source"), Enumerable.Repeat((byte)7, 20 * MiB).ToArray(), Token);
        await File.WriteAllBytesAsync(_folder.At("copy"), [], Token);
        using SafeFileHandle source = File.OpenHandle(_folder.At("source"));
        using SafeFileHandle readOnly = File.OpenHandle(_folder.At("copy"));

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => FileCopy.RunAsync(source, readOnly, forget: false, Token));
    }

    private async Task CopyAsync(CancellationToken cancellationToken, bool forget = false)
    {
        using SafeFileHandle source = File.OpenHandle(_folder.At("source"));
        using SafeFileHandle target = File.OpenHandle(_folder.At("copy"), FileMode.CreateNew, FileAccess.ReadWrite);
        await FileCopy.RunAsync(source, target, forget, cancellationToken);
    }
}
