using DataVersion.Objects;
using DataVersion.Testing.Caching;
using DataVersion.Testing.Transfers;
using DataVersion.Transfers;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Transfers;

public sealed class ShardTests : IDisposable
{
    private static readonly Gen<long> Size = Gen.OneOf(Gen.Constant(0L), Gen.Choose(1, 20).Select(n => (long)n), Gen.Choose(1, 1_000_000).Select(n => (long)n), Gen.Elements(7L, 7L, 1L << 40));

    private static readonly Gen<(long[] Sizes, int Count)> Case =
        from sizes in Size.ArrayOf()
        from count in Gen.Choose(1, 12)
        select (sizes, count);

    private readonly TransferSandbox _sandbox = new(TestContext.Current.CancellationToken);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("0/1", 0, 1)]
    [InlineData("3/4", 3, 4)]
    [InlineData("99999/100000", 99_999, 100_000)]
    public void A_shard_is_read(string text, int index, int count)
    {
        Assert.True(Shard.TryParse(text, out Shard shard));
        Assert.Equal(new Shard(index, count), shard);
        Assert.Equal(text, shard.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("4/4")]
    [InlineData("0/0")]
    [InlineData("-1/4")]
    [InlineData("1/-4")]
    [InlineData("1/4/2")]
    [InlineData("a/4")]
    [InlineData("/4")]
    [InlineData(" 1/4")]
    [InlineData("0/100001")]
    [InlineData("$JOB_COMPLETION_INDEX/4")]
    public void What_is_no_shard_is_refused(string text) => Assert.False(Shard.TryParse(text, out _));

    [Fact]
    public void No_shard_has_more_than_its_share_and_the_largest_file() => Prop.ForAll(Case.ToArbitrary(), ((long[] Sizes, int Count) it) =>
    {
        int[] shards = ShardSplit.Assign(it.Sizes, it.Count);

        long[] loads = new long[it.Count];
        for (int i = 0; i < shards.Length; i++)
            loads[shards[i]] += it.Sizes[i];
        double share = (double)it.Sizes.Sum() / it.Count;
        return shards.Length == it.Sizes.Length && shards.All(s => s >= 0 && s < it.Count) && loads.Max() <= share + it.Sizes.DefaultIfEmpty().Max();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Equal_files_are_dealt_out_evenly() => Prop.ForAll(
        Gen.Choose(0, 200).Zip(Gen.Choose(1, 12)).Zip(Gen.Elements(0L, 5L)).ToArbitrary(), (((int Files, int Count) It, long Size) it) =>
        {
            int[] shards = ShardSplit.Assign(Enumerable.Repeat(it.Size, it.It.Files).ToArray(), it.It.Count);

            int[] files = new int[it.It.Count];
            foreach (int shard in shards)
                files[shard]++;
            return files.Max() - files.Min() <= 1;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_split_is_this_one_for_ever() =>
        // Pods of two versions of dv may work on one job.
        Assert.Equal([1, 0, 2, 2, 0, 1, 1], ShardSplit.Assign([50, 100, 40, 10, 0, 0, 7], 3));

    [Fact]
    public async Task Parts_are_disjoint_and_together_everything_whatever_is_asked_for_first()
    {
        var files = Enumerable.Range(0, 60).ToDictionary(i => $"part{i % 5}/sub/{i}.txt", i => new string('x', i * i % 97) + i);
        RootKey folder = await _sandbox.AddAsync("data", files);
        // The same folder under another path: its files are others.
        RootKey same = await _sandbox.AddAsync("copy/data", files);
        RootKey file = await _sandbox.AddFileAsync("model.bin", "a model");
        List<WantedRoot> roots = [new(folder, ""), new(same, "part1"), new(file, ""), new(folder, "part2")];
        List<string> all = [.. files.Keys.Select(k => $"data/{k}"), .. files.Keys.Where(k => k.StartsWith("part1/", StringComparison.Ordinal)).Select(k => $"copy/data/{k}"), "model.bin"];

        ShardPlan[] plans = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => PlanAsync(i % 2 == 0 ? roots : [.. Enumerable.Reverse(roots)], new Shard(i, 4))));

        Assert.All(all, path => Assert.Single(plans, p => p.Contains(path)));
        Assert.Equal(all.Count, plans.Sum(p => p.Files));
        Assert.All(plans, p => Assert.Equal((all.Count, plans.Sum(o => o.Bytes)), (p.AllFiles, p.AllBytes)));
        Assert.All(plans, p => Assert.True(p.Bytes <= (p.AllBytes / 4) + 100, $"{p.Bytes} of {p.AllBytes}"));
    }

    [Fact]
    public async Task Only_the_contents_of_the_part_are_read()
    {
        var files = Enumerable.Range(0, 40).ToDictionary(i => $"part{i % 5}/{i}.txt", i => $"content {i}");
        RootKey root = await _sandbox.AddAsync("data", files);
        await _sandbox.PushAsync([root]);
        _sandbox.Blobs.ForgetCalls();
        ShardPlan plan = await PlanAsync([new(root, "")], new Shard(1, 4));
        var transfer = new ObjectTransfer(_sandbox.There.Cache, await _sandbox.OpenAsync(create: false), new TransferOptions { Jobs = 4 }, SilentMonitor.Instance);

        TransferResult result = await transfer.FetchAsync([new(root, "")], plan.Contains, Token);

        Assert.Equal(10, plan.Files);
        Assert.Equal(10, _sandbox.Blobs.Calls.Count(c => c.Name.Contains("/objects/")));
        // With the root's tree and those of its five folders.
        Assert.Equal(16, result.Objects);
        Assert.All(files, f => Assert.Equal(plan.Contains($"data/{f.Key}"), _sandbox.There.Cache.Contains(CacheSandbox.KeyOf(TransferSandbox.Text(f.Value)))));
    }

    private Task<ShardPlan> PlanAsync(IReadOnlyList<WantedRoot> roots, Shard shard) => ShardPlan.ComputeAsync(
        () => new TreeReader((id, token) => _sandbox.Here.Cache.ReadSmallAsync(ObjectKey.Tree(id), TreeLimits.MaxTreeBytes, token)) { Budget = new TreeBudget() }, roots, shard, Token);
}
