using System.Diagnostics;
using System.Text.Json;
using Amazon.S3.Model;
using DataVersion.Testing.Faults;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>Whole pushes and pulls with a packed, compressed remote on a real S3 server, over lines that go wrong; each ends with data that verify clean.</summary>
public sealed class PackedJourneyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Faults => S3JourneyTests.Faults;

    [Fact]
    public async Task Hundreds_of_files_and_two_large_ones_cost_few_requests_each_way_and_come_back_byte_by_byte()
    {
        await using S3Scene scene = await CreateAsync();
        scene.WriteData(small: 600, largeMegabytes: 66);
        scene.WriteHexText("data/table.hex", megabytes: 70);
        await scene.AddAsync();

        long push = Requests(await scene.Sandbox.DvOkAsync(scene.Here, "push", "--json"));
        string there = await scene.CloneAsync();
        long pull = Requests(await scene.Sandbox.DvOkAsync(there, "pull", "--json"));

        // The parts of the two large objects are most of them: about 9 and 5 of 8 MiB.
        Assert.InRange(push, 10, 60);
        Assert.InRange(pull, 10, 60);
        await ExpectSameAsync(scene, there);
        Assert.Equal(0, await scene.UploadsAsync());
        Assert.Equal([".zst", ""], (await scene.ObjectsAsync()).OrderBy(o => o.Size).Select(o => Path.GetExtension(o.Key)));
        Assert.InRange(Requests(await scene.Sandbox.DvOkAsync(scene.Here, "push", "--json")), 1, 4);
        await scene.Sandbox.DvOkAsync(there, "status", "--remote", "--exit-code");
    }

    [Fact]
    public async Task One_edit_costs_as_many_requests_in_a_large_dataset_as_in_a_small_one()
    {
        var requests = new List<(long Push, long Pull)>();
        foreach (int small in (int[])[30, 900])
        {
            await using S3Scene scene = await CreateAsync();
            scene.WriteData(small, largeMegabytes: 0);
            await scene.AddAsync();
            await scene.Sandbox.DvOkAsync(scene.Here, "push");
            string there = await scene.CloneAsync();
            await scene.Sandbox.DvOkAsync(there, "pull");
            await File.WriteAllTextAsync(Path.Combine(scene.Here, "data/small/3/3.bin"), "edited", Token);
            await scene.AddAsync("edit");

            long push = Requests(await scene.Sandbox.DvOkAsync(scene.Here, "push", "--json"));
            await scene.Sandbox.GitAsync(there, "pull", "-q");
            long pull = Requests(await scene.Sandbox.DvOkAsync(there, "pull", "--json"));

            requests.Add((push, pull));
            await ExpectSameAsync(scene, there);
        }
        Assert.Equal(requests[0], requests[1]);
        Assert.InRange(requests[0].Push, 6, 24);
        Assert.InRange(requests[0].Pull, 3, 12);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_line_that_goes_wrong_costs_retries_and_nothing_else(string fault)
    {
        await using S3Scene scene = await CreateAsync();
        scene.WriteData(small: 40, largeMegabytes: 8);
        scene.WriteHexText("data/table.hex", megabytes: 4);
        await scene.AddAsync();
        // Fewer requests than to a plain remote: closer together.
        for (int after = 3; after < 120; after += 6)
            S3JourneyTests.Order(scene.Line, fault, after);
        if (fault == "bytes flipped")
            scene.Line.OnRequest(new ExchangeFault.FlipsByte(50), r => r.Method == "GET" && (r.Target.Contains("/packs/", StringComparison.Ordinal) || r.Target.Contains("/indexes/", StringComparison.Ordinal)), times: 1);

        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();
        await scene.Sandbox.DvOkAsync(there, "pull");

        await ExpectSameAsync(scene, there);
        Assert.Equal(2, (await scene.ObjectsAsync()).Count);
        await AssertNothingTwiceAsync(scene);
    }

    [Fact]
    public async Task What_was_killed_at_half_goes_on_where_it_was()
    {
        await using S3Scene scene = await CreateAsync();
        scene.WriteRandomFiles("data/small", files: 600, bytes: 150_000);
        scene.WriteHexText("data/table.hex", megabytes: 260);
        await scene.AddAsync();
        // About 150 MiB are left of the text by compression, and 86 MiB of small files as they are.
        // Slow enough to be met there, however busy the machine is.
        scene.Line.Shape = new LineShape(RateUp: 100 << 20);
        await KillAtAsync(scene, scene.Here, "push", () => scene.Line.Traffic.BytesUp, 115L << 20);
        Assert.DoesNotContain(await scene.ObjectsAsync(), o => o.Size > 64 << 20);
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        long up = scene.Line.Traffic.BytesUp;
        string there = await scene.CloneAsync();
        // Small files count when a batch of them is complete; a large one goes on block by block.
        await scene.Sandbox.DvOkAsync(there, "pull", "data/small");
        scene.Line.Shape = new LineShape(RateDown: 100 << 20);
        long before = scene.Line.Traffic.BytesDown;
        await KillAtAsync(scene, there, "pull", () => scene.Line.Traffic.BytesDown - before, 90L << 20);
        await scene.Sandbox.DvOkAsync(there, "pull");
        long down = scene.Line.Traffic.BytesDown - before;

        // Again at most what was under way: four packs or parts of 8 MiB, and what waits of the large one; eight blocks of as much, which are compressed to half.
        long large = Assert.Single(await scene.ObjectsAsync()).Size ?? 0, packs = (await scene.ObjectsAsync("dvstore/v1/packs/")).Sum(o => o.Size ?? 0);
        Assert.InRange(up, large + packs, large + packs + (84L << 20));
        Assert.InRange(down, large, large + (48L << 20));
        Assert.Equal(0, await scene.UploadsAsync());
        await AssertNothingTwiceAsync(scene);
        await ExpectSameAsync(scene, there);
        foreach (string folder in (string[])[scene.Here, there])
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(StoredObjects.CacheOf(folder), "tmp"), "*.zst", new EnumerationOptions { AttributesToSkip = 0 }));
    }

    [Fact]
    public async Task Two_pushes_at_once_leave_one_of_each_and_either_catalog_is_whole()
    {
        await using S3Scene scene = await CreateAsync();
        scene.WriteData(small: 60, largeMegabytes: 0);
        scene.WriteHexText("data/table.hex", megabytes: 40);
        await scene.AddAsync();
        Ran copy = await scene.Sandbox.RunAsync("cp", scene.Sandbox.Root, ["-a", "here", "twin"]);
        Assert.True(copy.ExitCode == 0, copy.ToString());
        string twin = scene.Sandbox.At("twin");
        // One of them has more: it writes another pack with the same objects in it, and a catalog of another root.
        Sandbox.Write(twin, "data/more.txt", "more");
        await scene.Sandbox.DvOkAsync(twin, "add", "data");

        await Task.WhenAll(scene.Sandbox.DvOkAsync(scene.Here, "push"), scene.Sandbox.DvOkAsync(twin, "push"));

        Assert.Single(await scene.ObjectsAsync());
        string third = await scene.CloneAsync("third");
        await scene.Sandbox.DvOkAsync(third, "pull");
        await ExpectSameAsync(scene, third);
        await scene.Sandbox.RunAsync("cp", scene.Sandbox.Root, ["twin/data.dv", "third/data.dv"]);
        await scene.Sandbox.DvOkAsync(third, "pull");
        Assert.Equal("more", await File.ReadAllTextAsync(Path.Combine(third, "data/more.txt"), Token));
    }

    internal static Task<S3Scene> CreateAsync() => S3Scene.CreateAsync("--layout", "packed", "--compress", "zstd");

    internal static async Task ExpectSameAsync(S3Scene scene, string folder)
    {
        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Here, "data")), Sandbox.Snapshot(Path.Combine(folder, "data")));
        await scene.Sandbox.DvOkAsync(folder, "verify");
        Assert.DoesNotContain("modified", (await scene.Sandbox.DvOkAsync(folder, "status")).Output, StringComparison.Ordinal);
    }

    // No object lies in two packs, and each pack is what its name says.
    private static async Task AssertNothingTwiceAsync(S3Scene scene)
    {
        var ids = new List<string>();
        foreach (S3Object pack in await scene.ObjectsAsync("dvstore/v1/packs/"))
            ids.AddRange(StoredPacks.Read(string.Concat(pack.Key.Split('/')[^2..]), await scene.ReadAsync(pack.Key)).Select(e => $"{e.Tree} {e.Hex}"));
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct().Count(), ids.Count);
    }

    // Without those that a busy server had to be asked again.
    private static long Requests(Ran ran)
    {
        JsonElement json = JsonDocument.Parse(ran.Output).RootElement;
        return json.GetProperty("requests").GetInt64() - json.GetProperty("retries").GetInt64();
    }

    private static async Task KillAtAsync(S3Scene scene, string folder, string command, Func<long> moved, long bytes)
    {
        using Process process = scene.Sandbox.Start(DvProgram.FilePath, folder, [command, "-j", "4"]);
        while (moved() < bytes)
        {
            Assert.False(process.HasExited, $"{command} ended before it could be killed: {(process.HasExited ? await process.StandardError.ReadToEndAsync(Token) : "")}");
            await Task.Delay(5, Token);
        }
        process.Kill();
        await process.WaitForExitAsync(Token);
    }
}
