using System.Security.Cryptography;
using DataVersion.Hashing;
using DataVersion.Platform;
using DataVersion.Testing;
using DataVersion.Testing.Platform;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace DataVersion.Tests.Hashing;

public sealed class ContentPumpTests : IDisposable
{
    private const int MiB = 1024 * 1024;
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(MiB - 1)]
    [InlineData(MiB)]
    [InlineData(MiB + 1)]
    [InlineData(5 * MiB + 12_345)]
    public async Task Copies_a_file_byte_for_byte_and_reads_each_byte_once(int length)
    {
        byte[] data = Write("source", length);
        var meter = new ReadMeter();
        ContentPump.Meter.Value = meter;
        long progress = 0;

        HashedContent content = await PumpAsync("source", "copy", bytes => progress += bytes, Token);

        Assert.Equal(IdentityHash.Of(HashKind.Sha256, data), content.Id);
        Assert.Equal(length, content.Size);
        Assert.Equal(data, await File.ReadAllBytesAsync(_folder.At("copy"), Token));
        Assert.Equal(length, meter.Bytes);
        Assert.Equal(length, progress);
    }

    [Fact]
    public async Task Holes_stay_holes()
    {
        using (SafeFileHandle sparse = File.OpenHandle(_folder.At("source"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(sparse, 32 * MiB + 5);
            RandomAccess.Write(sparse, [1, 2, 3], 10 * MiB + 100);
        }

        HashedContent content = await PumpAsync("source", "copy", null, Token);

        byte[] copy = await File.ReadAllBytesAsync(_folder.At("copy"), Token);
        Assert.Equal(await File.ReadAllBytesAsync(_folder.At("source"), Token), copy);
        Assert.Equal(IdentityHash.Of(HashKind.Sha256, copy), content.Id);
        Assert.InRange(DiskUsage.Of(_folder.At("copy")), 1, MiB);
    }

    [Fact]
    public async Task A_file_of_nothing_but_a_hole_has_its_size()
    {
        await File.WriteAllBytesAsync(_folder.At("source"), new byte[2 * MiB + 1], Token);
        await PumpAsync("source", "copy", null, Token);
        Assert.Equal(2 * MiB + 1, new FileInfo(_folder.At("copy")).Length);
        Assert.InRange(DiskUsage.Of(_folder.At("copy")), 0, MiB);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3 * MiB)]
    public async Task A_stream_longer_than_declared_is_left_after_one_byte_more(int declared)
    {
        using var endless = new EndlessStream();
        using var hasher = new ContentHasher(HashKind.Md5, declared, null);
        HashedContent content = await ContentPump.RunAsync(endless, declared, hasher, null, null, null, Token);
        Assert.Equal(declared + 1, content.Size);
        Assert.Equal(declared + 1, endless.Served);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10L)]
    [InlineData(2L * MiB)]
    [InlineData(long.MaxValue)]
    public async Task A_stream_shorter_than_declared_gives_what_it_has(long? declared)
    {
        byte[] data = [1, 2, 3];
        using var hasher = new ContentHasher(HashKind.Sha256, declared, null);
        using var source = new MemoryStream(data);
        HashedContent content = await ContentPump.RunAsync(source, declared, hasher, null, null, null, Token);
        Assert.Equal(IdentityHash.Of(HashKind.Sha256, data), content.Id);
        Assert.Equal(3, content.Size);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(2 * MiB)]
    public async Task A_file_that_grows_while_it_is_read_is_left_after_one_byte_more(int before)
    {
        byte[] data = Write("source", before);

        HashedContent content = await PumpAsync("source", "copy", _ => File.AppendAllText(_folder.At("source"), "more and more"), Token);

        Assert.Equal(before + 1, content.Size);
        Assert.Equal(IdentityHash.Of(HashKind.Sha256, [.. data, (byte)'m']), content.Id);
    }

    [Fact]
    public async Task A_file_whose_size_is_not_told_is_not_taken_for_an_empty_one()
    {
        if (!File.Exists("/proc/self/limits"))
            Assert.Skip("there is no /proc here");
        using SafeFileHandle source = File.OpenHandle("/proc/self/limits");
        using var hasher = new ContentHasher(HashKind.Sha256, 0, null);
        Assert.Equal(1, (await ContentPump.RunAsync(source, hasher, null, null, null, Token)).Size);
    }

    [Fact]
    public async Task Cancellation_ends_it_within_a_piece()
    {
        Write("source", 8 * MiB);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        long read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PumpAsync("source", "copy", bytes =>
        {
            read += bytes;
            cancel.Cancel();
        }, cancel.Token));
        Assert.Equal(MiB, read);
    }

    [Fact]
    public async Task An_error_of_the_copy_is_reported_and_no_read_goes_on_behind_it()
    {
        Write("source", 4 * MiB);
        using SafeFileHandle source = File.OpenHandle(_folder.At("source"));
        using SafeFileHandle readOnly = File.OpenHandle(_folder.At("source"));
        using var hasher = new ContentHasher(HashKind.Sha256, 4 * MiB, null);
        await Assert.ThrowsAnyAsync<Exception>(() => ContentPump.RunAsync(source, hasher, readOnly, null, null, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => PumpAsync("source", "copy", _ => throw new InvalidOperationException(), Token));
    }

    private byte[] Write(string name, int length)
    {
        byte[] data = RandomNumberGenerator.GetBytes(length);
        File.WriteAllBytes(_folder.At(name), data);
        return data;
    }

    private SafeFileHandle Create(string name) => File.OpenHandle(_folder.At(name), FileMode.CreateNew, FileAccess.Write);

    private async Task<HashedContent> PumpAsync(string from, string to, Action<long>? progress, CancellationToken cancellationToken)
    {
        using SafeFileHandle source = File.OpenHandle(_folder.At(from), share: FileShare.ReadWrite);
        using SafeFileHandle copy = Create(to);
        using var hasher = new ContentHasher(HashKind.Sha256, RandomAccess.GetLength(source), 1);
        return await ContentPump.RunAsync(source, hasher, copy, new WriteBehind(copy).Wrote, progress, cancellationToken);
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long Served { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Served += buffer.Length;
            buffer.Span.Fill(7);
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
