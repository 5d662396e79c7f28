using System.Globalization;
using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using DataVersion.Testing.Stores;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects;

public sealed class PresenceCheckTests
{
    private readonly FaultyBlobStore _blobs = new(new MemoryBlobStore());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ObjectKey KeyOf(int number, ObjectKind kind = ObjectKind.Content) =>
        new(kind, IdentityHash.Of(HashKind.Sha256, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))));

    private async Task<HashSet<ObjectKey>> FindMissingAsync(IEnumerable<ObjectRequest> wanted)
    {
        ObjectStore store = await ObjectStore.OpenAsync(_blobs, "origin", true, () => "x", Token);
        _blobs.ForgetCalls();
        IReadOnlyList<ObjectKey> missing = await store.FindMissingAsync([.. wanted], Token);
        Assert.Equal(missing.Count, missing.Distinct().Count());
        return [.. missing];
    }

    private Task<WriteOutcome> PutAsync(ObjectKey key, int size) => _blobs.PutAsync(ObjectLayout.NameOf(key), new byte[size], WriteMode.Overwrite, Token);

    [Fact]
    public void What_is_missing_is_found_however_it_is_looked_for() =>
        Prop.ForAll<byte[], byte>((states, spread) =>
        {
            var blobs = new MemoryBlobStore();
            ObjectStore store = ObjectStore.OpenAsync(blobs, "origin", true, () => "x", Token).Result;
            var expected = new HashSet<ObjectKey>();
            var requests = new List<ObjectRequest>();
            for (int i = 0; i < states.Length; i++)
            {
                // Few first bytes, so that groups are large enough to be listed.
                var digest = new byte[32];
                digest[0] = (byte)(i % (spread % 3 + 1));
                digest[31] = (byte)i;
                var key = new ObjectKey((ObjectKind)(states[i] & 1), new ObjectId(HashKind.Sha256, digest));
                requests.Add(new ObjectRequest(key, (states[i] & 2) == 0 ? 3 : null));
                int there = states[i] % 5;
                if (there > 0)
                    blobs.PutAsync(ObjectLayout.NameOf(key), new byte[there == 1 ? 2 : 3], cancellationToken: Token).Wait(Token);
                if (there == 0 || (there == 1 && requests[i].Size is not null))
                    expected.Add(key);
            }
            return expected.SetEquals(store.FindMissingAsync(requests, Token).Result);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task An_object_of_another_size_does_not_count()
    {
        await PutAsync(KeyOf(1), 10);
        await PutAsync(KeyOf(2), 11);

        Assert.Equal([KeyOf(2)], await FindMissingAsync([new(KeyOf(1), 10), new(KeyOf(2), 10)]));
    }

    [Fact]
    public async Task A_tree_does_not_stand_for_contents_of_the_same_id()
    {
        await PutAsync(KeyOf(1, ObjectKind.Tree), 10);

        Assert.Equal([KeyOf(1)], await FindMissingAsync([new(KeyOf(1), null), new(KeyOf(1, ObjectKind.Tree), null)]));
    }

    [Fact]
    public async Task Few_objects_are_asked_for_one_by_one()
    {
        await FindMissingAsync(Enumerable.Range(0, 50).Select(i => new ObjectRequest(KeyOf(i), 1)));

        Assert.Equal(50, _blobs.Count(Verb.Stat));
        Assert.Equal(0, _blobs.Count(Verb.List));
    }

    [Fact]
    public async Task Many_objects_are_listed()
    {
        for (int i = 0; i < 5000; i++)
            await PutAsync(KeyOf(i), 1);

        HashSet<ObjectKey> missing = await FindMissingAsync(Enumerable.Range(0, 6000).Select(i => new ObjectRequest(KeyOf(i), 1)));

        Assert.Equal(1000, missing.Count);
        // A group or two may be small enough to be asked for one by one.
        Assert.InRange(_blobs.Calls.Count, 256, 300);
    }

    [Fact]
    public async Task A_listing_that_costs_more_than_asking_is_given_up()
    {
        // One group of 20,000 names, of which the last ten are wanted: 20 requests to list, 10 to ask.
        ObjectKey[] group = [.. Enumerable.Range(0, 20_000).Select(i =>
        {
            var digest = new byte[32];
            digest[1] = (byte)(i >> 8);
            digest[2] = (byte)i;
            return ObjectKey.Content(new ObjectId(HashKind.Sha256, digest));
        })];
        foreach (ObjectKey key in group)
            await PutAsync(key, 1);

        Assert.Empty(await FindMissingAsync(group.TakeLast(10).Select(k => new ObjectRequest(k, 1))));

        Assert.Equal(1, _blobs.Count(Verb.List));
        Assert.Equal(10, _blobs.Count(Verb.Stat));
    }
}
