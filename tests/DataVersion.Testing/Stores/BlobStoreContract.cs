using DataVersion.Storage;
using Xunit;

namespace DataVersion.Testing.Stores;

/// <summary>
/// What every <see cref="IBlobStore"/> must do. A new store is tested by one class that derives from this one and makes a store.
/// </summary>
public abstract partial class BlobStoreContract : BlobReadContract
{
    [Fact]
    public async Task What_was_written_is_read_back()
    {
        IBlobStore store = Create();
        byte[] bytes = Pattern(300_000);

        Assert.Equal(WriteOutcome.Written, await store.PutAsync("a/b/c", bytes, cancellationToken: Token));

        Assert.Equal(bytes, await store.GetAsync("a/b/c", cancellationToken: Token));
    }

    [Fact]
    public async Task If_absent_changes_nothing_that_is_there()
    {
        IBlobStore store = Create();
        await store.PutAsync("name", Text("first"), cancellationToken: Token);

        Assert.Equal(WriteOutcome.AlreadyThere, await store.PutAsync("name", Text("second"), cancellationToken: Token));
        Assert.Equal(Text("first"), await store.GetAsync("name", cancellationToken: Token));
    }

    [Fact]
    public async Task Overwrite_replaces_all_of_it()
    {
        IBlobStore store = Create();
        await store.PutAsync("name", Pattern(100_000), cancellationToken: Token);

        Assert.Equal(WriteOutcome.Written, await store.PutAsync("name", Text("short"), WriteMode.Overwrite, Token));
        Assert.Equal(Text("short"), await store.GetAsync("name", cancellationToken: Token));
        Assert.Equal(WriteOutcome.Written, await store.PutAsync("new", Text("also"), WriteMode.Overwrite, Token));
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_deleted()
    {
        IBlobStore store = Create();
        await store.PutAsync("folder/name", Text("x"), cancellationToken: Token);

        foreach (string name in (string[])["nothing", "folder", "folder/name/below", "folder/nam", "other/name"])
            Assert.False(await store.DeleteAsync(name, null, Token));
        Assert.Equal(["folder/name"], await store.NamesAsync("", Token));
    }

    [Fact]
    public async Task A_deleted_blob_is_gone()
    {
        IBlobStore store = Create();
        await store.PutAsync("a/b", Text("x"), cancellationToken: Token);

        Assert.True(await store.DeleteAsync("a/b", null, Token));
        Assert.Null(await store.StatAsync("a/b", Token));
        Assert.False(await store.DeleteAsync("a/b", null, Token));
        Assert.Equal(WriteOutcome.Written, await store.PutAsync("a/b", Text("y"), cancellationToken: Token));
    }

    [Fact]
    public async Task A_version_token_changes_with_the_bytes_and_guards_a_delete()
    {
        IBlobStore store = Create();
        await store.PutAsync("name", Text("one"), cancellationToken: Token);
        string? first = (await store.StatAsync("name", Token))?.VersionToken;
        Assert.SkipWhen(first is null, "this store has no version tokens");
        Assert.Equal(first, (await store.StatAsync("name", Token))?.VersionToken);

        await store.PutAsync("name", Text("two"), WriteMode.Overwrite, Token);
        string? second = (await store.StatAsync("name", Token))?.VersionToken;

        Assert.NotEqual(first, second);
        Assert.False(await store.DeleteAsync("name", first, Token));
        Assert.Equal(Text("two"), await store.GetAsync("name", cancellationToken: Token));
        Assert.True(await store.DeleteAsync("name", second, Token));
    }

    [Fact]
    public async Task A_list_has_what_begins_with_the_prefix_in_ordinal_order()
    {
        IBlobStore store = Create();
        string[] names = ["a/b", "a-b", "a/B", "a0", "a/b/c", "ab/x", "b", "a.b/c", "a/b-c", "a/b0"];
        // A directory cannot hold both a file a/b and a folder a/b; no format of ours needs that.
        names = [.. names.Where(n => n is not "a/b")];
        foreach (string name in names)
            await store.PutAsync(name, Text(name), cancellationToken: Token);

        foreach (string prefix in (string[])["", "a", "a/", "a/b", "a/b/", "a-", "b", "ab", "c", "a/b/c/", "a/x/y"])
        {
            string[] expected = [.. names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
            Assert.Equal(expected, await store.NamesAsync(prefix, Token));
        }
    }

    [Fact]
    public async Task A_list_tells_what_stat_tells()
    {
        IBlobStore store = Create();
        await store.PutAsync("x/one", Pattern(17), cancellationToken: Token);

        await foreach (BlobInfo blob in store.ListAsync("x/", Token))
            Assert.Equal(await store.StatAsync("x/one", Token), blob);
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task A_hostile_name_is_neither_written_nor_deleted(string name)
    {
        IBlobStore store = Create();

        await Assert.ThrowsAsync<UnsafePathException>(() => store.PutAsync(name, Text("x"), cancellationToken: Token));
        await Assert.ThrowsAsync<UnsafePathException>(() => store.DeleteAsync(name, null, Token));
        Assert.Empty(await store.NamesAsync("", Token));
    }
}
