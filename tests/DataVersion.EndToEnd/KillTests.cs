using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>SIGKILL at any point: nothing half-written is visible, and the same command again completes.</summary>
public partial class KillTests(KillScenes scenes, ITestOutputHelper log) : IClassFixture<KillScenes>
{
    // Every point that the command comes to; a test below sees to it that no point of the source is forgotten.
    private static readonly Dictionary<string, string[]> PointsOf = new()
    {
        ["add"] =
        [
            "cache.temp-written", "cache.temp-written@5", "add.before-commit", "cache.flushed", "cache.object-linked", "cache.object-linked@4", "cache.published",
            "cache.committed", "add.after-commit", "publish.before-pointer", "file.temp-written", "file.temp-written@3", "publish.before-pointer@2", "publish.before-base", "publish.before-stage",
            "git.index-locked", "git.index-written", "git.index-replaced",
        ],
        ["push"] = ["push.before-contents", "store.before-publish", "store.before-publish@3", "push.before-trees", "push.before-receipt", "push.after-receipt"],
        ["pull"] =
        [
            "fetch.trees-read", "cache.temp-written", "cache.temp-written@6", "fetch.received", "cache.flushed", "cache.object-linked@3", "cache.committed",
            "place.temp-written", "place.moved", "place.moved@3", "checkout.placed", "checkout.placed@4", "checkout.before-base",
        ],
        // Document, packs and large objects; packs of trees; two indexes; a catalog and a receipt for each of two roots.
        ["push to a packed remote"] =
        [
            "push.before-contents", "compress.written", "store.before-publish", "store.before-publish@2", "store.before-publish@4", "push.before-trees",
            "store.before-publish@5", "push.before-indexes", "store.before-publish@6", "push.before-receipt", "store.before-publish@8", "store.before-publish@9", "push.after-receipt",
        ],
        ["pull from a packed remote"] = ["fetch.trees-read", "cache.temp-written@4", "fetch.received", "cache.flushed", "checkout.placed@4"],
        ["init"] = ["init.begun", "file.temp-written", "file.temp-written@2", "file.temp-written@4", "init.written", "git.index-locked", "git.index-replaced"],
        ["checkout"] = ["checkout.after-delete", "place.temp-written", "place.moved", "checkout.placed@2", "checkout.before-base", "checkout.before-base@2"],
    };

    // Points of commands that have kill tests of their own (Configuration, LeftoverTests), or come to them with links only (below).
    private static readonly string[] Elsewhere = ["cache.partial-complete", "config.rename", "dereference.copied", "unprotect.copied", "unprotect.replaced"];

    public static TheoryData<string, string, string> Points
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach ((string command, string[] points) in PointsOf)
            {
                foreach (string point in points)
                    data.Add(command, point, "");
            }
            foreach (string point in (string[])["cache.temp-written@2", "cache.object-linked@2", "cache.published", "publish.before-base"])
                data.Add("add", point, "hardlink");
            foreach (string kind in (string[])["hardlink", "symlink"])
            {
                data.Add("pull", "place.moved", kind);
                data.Add("checkout", "place.moved@2", kind);
                foreach (string point in (string[])["unprotect.copied", "unprotect.copied@3", "unprotect.replaced@2"])
                    data.Add("unprotect", point, kind);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_command_that_was_killed_is_completed_by_running_it_again(string command, string point, string links)
    {
        using var sandbox = new Sandbox();
        KillScene scene = await scenes.CopyAsync(sandbox, command, links);

        await scene.KillAtAsync(point);

        await scene.AssertNothingHalfVisibleAsync();
        await scene.AssertPointersHaveTheirObjectsAsync();
        await scene.CompleteAsync();
    }

    [Fact]
    public void Every_fail_point_of_the_source_has_a_kill_test()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "DataVersion.sln")))
            root = Path.GetDirectoryName(root);
        Assert.SkipWhen(root is null, "the source is not beside the tests");
        IEnumerable<string> named = Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => Hits().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value);

        IEnumerable<string> covered = PointsOf.Values.SelectMany(p => p).Select(p => p.Split('@')[0]).Concat(Elsewhere);

        Assert.Empty(named.Except(covered));
    }

    [Theory]
    [InlineData("push", "store.before-publish@2")]
    [InlineData("pull", "checkout.placed@2")]
    [InlineData("push to a packed remote", "store.before-publish@4")] // Catalogs are written over: two of them come before a receipt.
    [InlineData("add", "cache.object-linked@3")]
    public async Task A_command_that_is_killed_again_and_again_gets_there_step_by_step(string command, string point)
    {
        using var sandbox = new Sandbox();
        KillScene scene = await scenes.CopyAsync(sandbox, command);

        int runs = 1;
        while (!await scene.TryCompleteAsync(point))
        {
            StoredObjects.AssertWhole(StoredObjects.CacheOf(scene.Repository));
            StoredObjects.AssertWhole(sandbox.At("storage", "dvstore", "v1"));
            Assert.True(++runs < 40, "each run must leave less to do");
        }

        await scene.CompleteAsync();
    }

    [Theory]
    [InlineData("add")]
    [InlineData("pull")]
    public async Task A_command_that_is_killed_at_any_moment_is_completed_by_running_it_again(string command)
    {
        int seed = Environment.TickCount;
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var sandbox = new Sandbox();
        using var rehearsal = new Sandbox();
        KillScene rehearsed = await scenes.CopyAsync(rehearsal, command);
        var watch = Stopwatch.StartNew();
        await rehearsed.KillAfterAsync(TimeSpan.FromMinutes(1));
        TimeSpan longest = watch.Elapsed;
        KillScene scene = await scenes.CopyAsync(sandbox, command);
        for (int i = 0; i < 12; i++)
        {
            TimeSpan delay = random.NextDouble() * longest;
            log.WriteLine($"{i}: {delay.TotalMilliseconds:F0} ms");

            await scene.KillAfterAsync(delay);

            StoredObjects.AssertWhole(StoredObjects.CacheOf(scene.Repository));
            if (i % 4 == 3)
                await scene.AssertNothingHalfVisibleAsync();
        }
        await scene.AssertPointersHaveTheirObjectsAsync();
        await scene.CompleteAsync();
    }

    [GeneratedRegex("FailPoint\\.Hit\\(\"([^\"]+)\"\\)")]
    private static partial Regex Hits();
}
