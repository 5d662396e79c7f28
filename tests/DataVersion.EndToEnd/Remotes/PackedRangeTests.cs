using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>Reading parts of what lies packed and compressed in a real S3 server: what crosses the line is what is needed.</summary>
public sealed class PackedRangeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listing_costs_trees_and_a_range_costs_what_covers_it()
    {
        await using S3Scene scene = await PackedJourneyTests.CreateAsync();
        // 30 MiB in four packs, 100 and 70 MiB alone.
        scene.WriteRandomFiles("data/small", files: 300, bytes: 100_000);
        Sandbox.Write(scene.Here, "data/small/3/poem.txt", string.Concat(Enumerable.Range(0, 4000).Select(i => $"line {i}\n")));
        scene.WriteHexText("data/table.hex", megabytes: 100);
        scene.WriteData(small: 0, largeMegabytes: 70);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();

        (byte[] listing, long bytes) = await CountAsync(scene, there, "ls", "-R", "data");
        Assert.Equal(303, listing.Count(b => b == '\n'));
        Assert.InRange(bytes, 1000, 100_000);
        await ReadsAsync("data/small/3/poem.txt", 20_000, 100, most: 200_000);
        await ReadsAsync("data/small/3/3.bin", 99_000, 1000, most: 200_000);
        // A block is 8 MiB, and is checked as a whole: of text, half of that comes over the line.
        await ReadsAsync("data/table.hex", (40 << 20) + 5, 1000, most: 5 << 20);
        await ReadsAsync("data/table.hex", (48 << 20) - 1, 2, most: 10 << 20);
        await ReadsAsync("data/large.bin", 33 << 20, 1 << 20, most: 9 << 20);
        // Nothing of it was kept, but what leads there.
        Assert.DoesNotContain(Directory.EnumerateFiles(StoredObjects.CacheOf(there), "*", SearchOption.AllDirectories), f => new FileInfo(f).Length > 10_000);

        async Task ReadsAsync(string path, int offset, int length, long most)
        {
            (byte[] read, long moved) = await CountAsync(scene, there, "cat", path, "--offset", $"{offset}", "--length", $"{length}");
            using FileStream file = File.OpenRead(Path.Combine(scene.Here, path));
            byte[] expected = new byte[length];
            file.Position = offset;
            file.ReadExactly(expected);
            Assert.True(expected.AsSpan().SequenceEqual(read), path);
            Assert.True(moved >= length / 10 && moved <= most, $"{path}: {moved} bytes");
        }
    }

    [Fact]
    public async Task A_whole_file_is_read_from_a_pack_and_from_a_compressed_object()
    {
        await using S3Scene scene = await PackedJourneyTests.CreateAsync();
        Sandbox.Write(scene.Here, "data/poem.txt", string.Concat(Enumerable.Range(0, 4000).Select(i => $"line {i}\n")));
        Sandbox.Write(scene.Here, "data/empty", "");
        scene.WriteHexText("data/table.hex", megabytes: 20);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();

        foreach (string path in (string[])["data/poem.txt", "data/empty", "data/table.hex"])
        {
            (byte[] read, _) = await CountAsync(scene, there, "cat", path);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(read)), StoredObjects.HashOf(Path.Combine(scene.Here, path)));
        }
    }

    [Fact]
    public async Task Shards_are_disjoint_and_complete_and_read_their_part()
    {
        await using S3Scene scene = await PackedJourneyTests.CreateAsync();
        scene.WriteRandomFiles("data/small", files: 400, bytes: 100_000);
        scene.WriteHexText("data/table.hex", megabytes: 20);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        var placed = new List<string>();
        long all = 0;

        for (int i = 0; i < 3; i++)
        {
            string part = await scene.CloneAsync($"part{i}");
            long before = scene.Line.Traffic.BytesDown;
            Ran pull = await scene.Sandbox.DvOkAsync(part, "pull", "--json", "--shard", $"{i}/3");
            all += scene.Line.Traffic.BytesDown - before;
            string[] files = [.. Directory.EnumerateFiles(Path.Combine(part, "data"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(part, f))];
            Assert.All(files, f => Assert.Equal(StoredObjects.HashOf(Path.Combine(scene.Here, f)), StoredObjects.HashOf(Path.Combine(part, f))));
            Assert.Equal(files.Length, JsonDocument.Parse(pull.Output).RootElement.GetProperty("shard").GetProperty("files").GetInt32());
            await scene.Sandbox.DvOkAsync(part, "verify");
            placed.AddRange(files);
        }

        Assert.Equal(401, placed.Count);
        Assert.Equal(401, placed.Distinct().Count());
        // 38 MiB of small files and 10 MiB of text: gaps of what others take are read over where that is cheaper, and the trees by everybody.
        Assert.InRange(all, 45L << 20, 100L << 20);
    }

    [Fact]
    public async Task A_folder_inside_a_dataset_is_fetched_by_its_ranges()
    {
        await using S3Scene scene = await PackedJourneyTests.CreateAsync();
        scene.WriteRandomFiles("data/small", files: 420, bytes: 100_000);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();

        (_, long bytes) = await CountAsync(scene, there, "fetch", "data/small/4");

        // A seventh of 40 MiB, not the packs that it lies in.
        Assert.InRange(bytes, 60 * 100_000, (60 * 100_000) + 300_000);
        long before = scene.Line.Traffic.BytesDown;
        await scene.Sandbox.DvOkAsync(there, "pull", "data/small/4");
        Assert.InRange(scene.Line.Traffic.BytesDown - before, 0, 20_000);
        Assert.Equal(60, Directory.GetFiles(Path.Combine(there, "data"), "*", SearchOption.AllDirectories).Length);
    }

    private static async Task<(byte[] Output, long Down)> CountAsync(S3Scene scene, string folder, params string[] arguments)
    {
        long before = scene.Line.Traffic.BytesDown;
        using Process process = scene.Sandbox.Start(DvProgram.FilePath, folder, arguments);
        using var output = new MemoryStream();
        Task<string> errors = process.StandardError.ReadToEndAsync(Token);
        await process.StandardOutput.BaseStream.CopyToAsync(output, Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, await errors);
        return (output.ToArray(), scene.Line.Traffic.BytesDown - before);
    }
}
