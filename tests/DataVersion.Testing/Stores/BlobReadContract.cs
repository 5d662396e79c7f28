using System.Text;
using DataVersion.Storage;
using Xunit;

namespace DataVersion.Testing.Stores;

/// <summary>What every <see cref="IBlobStore"/> must do for those who only read, be it one that nobody can write to through it.</summary>
public abstract class BlobReadContract
{
    /// <summary>What no store takes for a name.</summary>
    public static TheoryData<string> HostileNames { get; } =
        ["", "/absolute", "a//b", "a/", "..", "a/../b", "./a", "a\\b", "a\nb", "a\0b", "c:/windows", "ä"];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A new, empty store.</summary>
    protected abstract IBlobStore Create();

    /// <summary>Puts a blob into a store that <see cref="Create"/> made.</summary>
    protected virtual Task SeedAsync(IBlobStore store, string name, byte[] bytes) => store.PutAsync(name, bytes, cancellationToken: Token);

    protected static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    protected static byte[] Pattern(int length, byte seed = 1) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) + (i >> 8) + seed))];

    [Fact]
    public async Task A_blob_is_read_whole()
    {
        IBlobStore store = Create();
        byte[] bytes = Pattern(300_000);
        await SeedAsync(store, "a/b/c", bytes);

        Assert.Equal(bytes, await store.GetAsync("a/b/c", cancellationToken: Token));
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("a+b&c=d?e#f%41")]
    [InlineData("~!@$^*()-_,.;'[]{}|<>\"`")]
    public async Task Any_printable_name_is_a_name(string name)
    {
        IBlobStore store = Create();
        await SeedAsync(store, $"odd/{name}", Text(name));

        Assert.Equal(Text(name), await store.GetAsync($"odd/{name}", cancellationToken: Token));
        Assert.Equal(name.Length, (await store.StatAsync($"odd/{name}", Token))?.Size);
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        IBlobStore store = Create();
        await SeedAsync(store, "empty", []);

        Assert.Empty(await store.GetAsync("empty", cancellationToken: Token));
        Assert.Equal(0, (await store.StatAsync("empty", Token))?.Size);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(5, 5)]
    [InlineData(9, 1)]
    [InlineData(3, 0)]
    public async Task A_range_is_read_alone(int offset, int length)
    {
        IBlobStore store = Create();
        byte[] bytes = Text("0123456789");
        await SeedAsync(store, "digits", bytes);

        Assert.Equal(bytes[offset..(offset + length)], await store.GetAsync("digits", new ByteRange(offset, length), Token));
    }

    [Theory]
    [InlineData(8, 100, "89")]
    [InlineData(8, long.MaxValue - 8, "89")]
    [InlineData(10, 1, "")]
    [InlineData(1000, long.MaxValue - 1000, "")]
    public async Task A_range_is_cut_at_the_end(long offset, long length, string expected)
    {
        IBlobStore store = Create();
        await SeedAsync(store, "digits", Text("0123456789"));

        Assert.Equal(Text(expected), await store.GetAsync("digits", new ByteRange(offset, length), Token));
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_missing()
    {
        IBlobStore store = Create();
        await SeedAsync(store, "folder/name", Text("x"));

        foreach (string name in (string[])["nothing", "folder", "folder/name/below", "folder/nam", "other/name"])
        {
            Assert.Null(await store.StatAsync(name, Token));
            var error = await Assert.ThrowsAsync<BlobNotFoundException>(() => store.OpenReadAsync(name, null, Token));
            Assert.Equal(name, error.Name);
        }
    }

    [Fact]
    public async Task Stat_tells_name_size_and_time()
    {
        IBlobStore store = Create();
        await SeedAsync(store, "a/b", Pattern(1234));

        BlobInfo? info = await store.StatAsync("a/b", Token);

        Assert.Equal("a/b", info?.Name);
        Assert.Equal(1234, info?.Size);
        Assert.InRange(info!.LastModified, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    [Fact]
    public async Task A_read_may_end_early()
    {
        IBlobStore store = Create();
        await SeedAsync(store, "name", Pattern(2_000_000));

        await using (Stream stream = await store.OpenReadAsync("name", null, Token))
        {
            var some = new byte[1000];
            await stream.ReadExactlyAsync(some, Token);
            Assert.Equal(Pattern(1000), some);
        }
        Assert.Equal(2_000_000, (await store.StatAsync("name", Token))?.Size);
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task A_hostile_name_is_refused(string name)
    {
        IBlobStore store = Create();

        await Assert.ThrowsAsync<UnsafePathException>(() => store.StatAsync(name, Token));
        await Assert.ThrowsAsync<UnsafePathException>(() => store.OpenReadAsync(name, null, Token));
    }
}
