using System.Globalization;
using System.Text;
using DataVersion.Caching;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Testing;
using DataVersion.Testing.Caching;
using Xunit;

namespace DataVersion.Tests.Caching;

/// <summary>Caches that are only read.</summary>
public sealed class AlternatesTests : IDisposable
{
    private static readonly byte[] Bytes = "of the other cache"u8.ToArray();

    private readonly CacheSandbox _other = new();
    private readonly CacheSandbox _own = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _other.Dispose();
        _own.Dispose();
    }

    [Theory]
    [InlineData(LinkKind.Copy)]
    [InlineData(LinkKind.Hardlink)]
    [InlineData(LinkKind.Symlink)]
    public async Task What_is_missing_here_is_read_and_placed_from_there_and_nothing_is_written_there(LinkKind kind)
    {
        ObjectKey key = await _other.PutAsync(Bytes, Cancel);
        string before = Describe(_other.Cache.Root);
        LocalCache cache = Open(kind);

        using (cache.Hold(Cancel))
        {
            Assert.True(cache.Contains(key));
            Assert.Equal(Bytes, await cache.ReadSmallAsync(key, 100, Cancel));
            PlacedFile placed = await _own.PlaceAsync(cache, key, "placed", Cancel);
            Assert.Equal(kind, placed.Link);
            await using CacheBatch batch = cache.BeginBatch(Cancel);
            await batch.CommitAsync(Cancel);
        }

        Assert.Equal(Bytes, await File.ReadAllBytesAsync(Path.Combine(_own.Workspace, "placed"), Cancel));
        Assert.Equal(before, Describe(_other.Cache.Root));
        Assert.True(cache.TryParsePath(_other.Cache.PathOf(key), out ObjectKey parsed) && parsed == key);
        // What was checked there once is known from then on.
        cache.SaveVerified();
        Assert.True(Open(kind).IsTrusted(key));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5000)]
    public async Task What_is_missing_in_both_is_missing(int others)
    {
        ObjectKey there = await _other.PutAsync(Bytes, Cancel);
        ObjectKey here = await _own.PutAsync([1], Cancel);
        ObjectKey[] absent = [.. Enumerable.Range(0, others).Select(i => CacheSandbox.KeyOf(Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture))))];

        Assert.Equal(absent, Open().FindMissing([there, .. absent, here]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5000)]
    public async Task A_corrupt_object_there_is_not_handed_out_and_counts_as_missing_until_it_is_replaced(int others)
    {
        ObjectKey key = await _other.PutAsync(Bytes, Cancel);
        _other.Damage(key);
        LocalCache cache = Open();

        ObjectCorruptException error = await Assert.ThrowsAsync<ObjectCorruptException>(() => _own.PlaceAsync(cache, key, "placed", Cancel));

        Assert.Contains(_other.Cache.Root, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_own.Workspace, "placed")));
        Assert.True(File.Exists(_other.Cache.PathOf(key)));
        cache.SaveVerified();
        foreach (LocalCache later in (LocalCache[])[cache, Open()])
        {
            Assert.False(later.Contains(key));
            ObjectKey[] absent = [.. Enumerable.Range(0, others).Select(i => CacheSandbox.KeyOf(Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture))))];
            Assert.Equal([key, .. absent], later.FindMissing([key, .. absent]));
            await Assert.ThrowsAsync<ObjectMissingException>(() => later.ReadSmallAsync(key, 100, Cancel));
        }
        File.Delete(_other.Cache.PathOf(key));
        await _other.PutAsync(Bytes, Cancel);
        Assert.True(Open().Contains(key));
    }

    [Fact]
    public async Task What_is_stored_here_is_stored_here_whatever_lies_there()
    {
        ObjectKey key = await _other.PutAsync(Bytes, Cancel);
        LocalCache cache = Open();
        await using (CacheBatch batch = cache.BeginBatch(Cancel))
        {
            await batch.PutAsync(key, Bytes, Cancel);
            await batch.CommitAsync(Cancel);
        }

        Assert.True(_own.OpenAgain().Contains(key));
        Assert.Equal(_own.Cache.PathOf(key), cache.PathOf(key));
        Assert.Equal([key], cache.List());
    }

    [Fact]
    public async Task All_objects_are_listed_and_verified_once()
    {
        ObjectKey both = await _other.PutAsync(Bytes, Cancel);
        ObjectKey there = await _other.PutAsync([7], Cancel);
        await _own.PutAsync(Bytes, Cancel);
        _other.Damage(there);
        LocalCache cache = Open();

        Assert.Equal(new[] { both, there }.Order(ById), cache.List().Order(ById));
        Assert.True(await cache.VerifyAsync(both, Cancel));
        Assert.False(await cache.VerifyAsync(there, Cancel));
    }

    [Fact]
    public async Task What_is_known_of_an_object_in_one_place_says_nothing_of_another()
    {
        ObjectKey key = await _own.PutAsync(Bytes, Cancel);
        FileStat stat = _own.Cache.TryStat(key)!.Value;
        VerifiedObjects memory = VerifiedObjects.Load(Path.Combine(_own.Temp, "memory"));
        memory.At("/one").Remember(key, stat);
        memory.Save();

        VerifiedObjects again = VerifiedObjects.Load(Path.Combine(_own.Temp, "memory"));

        Assert.True(again.At("/one").IsTrusted(key, stat));
        Assert.False(again.At("/two").IsTrusted(key, stat));
        Assert.False(again.IsTrusted(key, stat));
    }

    [Fact]
    public void A_place_that_is_not_there_is_said_and_passed_over()
    {
        List<string> warnings = [];
        var asked = new CacheOptions { Directory = _own.Cache.Root, Alternates = ["/not/there", _other.Workspace, _other.Workspace, _own.Cache.Root] };

        CacheOptions chosen = CachePlaces.Choose(asked, _own.Temp, warnings.Add);

        Assert.Equal([_other.Workspace], chosen.Alternates);
        Assert.Equal(_own.Cache.Root, chosen.Directory);
        Assert.Contains("/not/there", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_of_a_shared_cache_can_be_written_to_by_the_group_also_those_that_were_there_before()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        using var folder = new TempFolder();
        string old = Directory.CreateDirectory(folder.At("cache/objects")).FullName;
        CacheSandbox.SetMode(old, (UnixFileMode)0x1ED);
        var layout = new CacheLayout(folder.At("cache"), shared: true);

        Assert.True(layout.EnsureDirectory(folder.At("cache/objects/sha256")));
        Assert.False(layout.EnsureDirectory(old));

        foreach (string path in (string[])[old, folder.At("cache/objects/sha256")])
            Assert.Equal(UnixFileMode.SetGroup | (UnixFileMode)0x1FD, new DirectoryInfo(path).UnixFileMode);
    }

    private static Comparer<ObjectKey> ById => Comparer<ObjectKey>.Create((a, b) => a.Id.CompareTo(b.Id));

    private LocalCache Open(params LinkKind[] links) =>
        new(_own.Options with { Alternates = [_other.Cache.Root], Links = links.Length == 0 ? _own.Options.Links : links }, VerifiedObjects.Load(_own.VerifiedFile));

    // Times of folders show what was made and removed in them. A hard link moves no time of what it links.
    private static string Describe(string folder) => string.Join('\n', Directory
        .EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Append(folder).Order(StringComparer.Ordinal).Select(p => $"{p} {FileStat.TryGet(p)!.Value.ModifiedNs}"));
}
