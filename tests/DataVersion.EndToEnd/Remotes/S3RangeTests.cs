using System.Diagnostics;
using System.Security.Cryptography;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>Reading parts of what lies in a real S3 server: what crosses the line is much less than what lies there.</summary>
public sealed class S3RangeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mebibyte_of_two_hundred_costs_its_blocks_and_a_listing_costs_trees()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 60, largeMegabytes: 200);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();
        byte[] large = await File.ReadAllBytesAsync(Path.Combine(scene.Here, "data/large.bin"), Token);
        long before = scene.Line.Traffic.BytesDown;

        Ran listing = await scene.Sandbox.DvOkAsync(there, "ls", "-R", "-v", "data");
        long listed = scene.Line.Traffic.BytesDown - before;
        // Across the border of two blocks.
        (byte[] part, string errors) = await CatAsync(scene, there, "-v", "--offset", "111M", "--length", "2M", "data/large.bin");
        long read = scene.Line.Traffic.BytesDown - before - listed;

        Assert.Equal(61, listing.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.InRange(listed, 1000, 200_000);
        Assert.True(part.AsSpan().SequenceEqual(large.AsSpan(111 << 20, 2 << 20)));
        Assert.InRange(read, 16 << 20, 20 << 20);
        // A reader that wants the beginning gets little more.
        before = scene.Line.Traffic.BytesDown;
        Ran head = await scene.Sandbox.RunAsync("bash", there, ["-c", "set -o pipefail; \"$DV\" cat data/large.bin | head -c 3 | wc -c"], ("DV", DvProgram.FilePath));
        Assert.Equal((0, "3", ""), (head.ExitCode, head.Output.Trim(), head.Errors));
        Assert.InRange(scene.Line.Traffic.BytesDown - before, 8 << 20, 80 << 20);
        // What the remote is, the block list, two blocks.
        Assert.Contains("4 requests to the remote, 0 of them repeated", errors, StringComparison.Ordinal);
        Assert.Contains(" requests to the remote, 0 of them repeated", listing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_goes_wrong_costs_retries_and_the_bytes_are_right()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 3, largeMegabytes: 100);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();
        for (int after = 1; after < 20; after += 4)
        {
            scene.Line.OnRequest(new Testing.Faults.ExchangeFault.Truncates(1_000_000), r => r.Method == "GET", after: after);
            scene.Line.OnRequest(new Testing.Faults.ExchangeFault.Answers(503), after: after + 1);
        }

        (byte[] whole, _) = await CatAsync(scene, there, "data/large.bin");

        byte[] expected = await SHA256.HashDataAsync(File.OpenRead(Path.Combine(scene.Here, "data/large.bin")), Token);
        Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(SHA256.HashData(whole)));
    }

    private static async Task<(byte[] Output, string Errors)> CatAsync(S3Scene scene, string folder, params string[] arguments)
    {
        using Process process = scene.Sandbox.Start(DvProgram.FilePath, folder, ["cat", .. arguments]);
        using var output = new MemoryStream();
        Task<string> errors = process.StandardError.ReadToEndAsync(Token);
        await process.StandardOutput.BaseStream.CopyToAsync(output, Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, await errors);
        return (output.ToArray(), await errors);
    }
}
