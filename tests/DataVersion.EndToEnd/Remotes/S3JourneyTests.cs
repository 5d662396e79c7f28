using System.Diagnostics;
using System.Text;
using System.Text.Json;
using DataVersion.Testing.Faults;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>Whole pushes and pulls with a real S3 server, over lines that go wrong; each ends with data that verify clean.</summary>
public sealed class S3JourneyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_pushed_comes_back_byte_by_byte_and_pushing_again_costs_four_requests()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 60, largeMegabytes: 70);
        await scene.AddAsync();

        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();
        await scene.Sandbox.DvOkAsync(there, "pull");

        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Here, "data")), Sandbox.Snapshot(Path.Combine(there, "data")));
        await VerifyAsync(scene, there);
        Assert.Equal(0, await scene.UploadsAsync());
        JsonElement again = JsonDocument.Parse((await scene.Sandbox.DvOkAsync(scene.Here, "push", "--json")).Output).RootElement;
        Assert.Equal(0, again.GetProperty("objects").GetInt64());
        Assert.InRange(again.GetProperty("requests").GetInt64(), 1, 4);
        await scene.Sandbox.DvOkAsync(there, "status", "--remote", "--exit-code");
    }

    [Fact]
    public async Task One_edit_costs_requests_for_what_changed()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 300, largeMegabytes: 0);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        await File.WriteAllTextAsync(Path.Combine(scene.Here, "data/small/3/3.bin"), "edited", Token);
        await scene.AddAsync("edit");

        JsonElement push = JsonDocument.Parse((await scene.Sandbox.DvOkAsync(scene.Here, "push", "--json")).Output).RootElement;

        // One content, and a tree on each of the three levels.
        Assert.Equal(4, push.GetProperty("objects").GetInt64());
        Assert.InRange(push.GetProperty("requests").GetInt64(), 4, 4 + (4 * 2) + 4);
    }

    public static TheoryData<string> Faults => ["503 now and then", "503 with Retry-After", "connections reset", "answers lost", "answers cut short", "bytes flipped", "requests sent twice"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_line_that_goes_wrong_costs_retries_and_nothing_else(string fault)
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 40, largeMegabytes: 66);
        await scene.AddAsync();
        for (int after = 3; after < 400; after += 17)
            Order(scene.Line, fault, after);

        Ran push = await scene.Sandbox.DvOkAsync(scene.Here, "push", "--json");
        string there = await scene.CloneAsync();
        await scene.Sandbox.DvOkAsync(there, "pull");

        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Here, "data")), Sandbox.Snapshot(Path.Combine(there, "data")));
        await VerifyAsync(scene, there);
        // 40 small ones (empty ones are one), a large one and its block list: none lost, none doubled.
        long objects = JsonDocument.Parse(push.Output).RootElement.GetProperty("objects").GetInt64();
        Assert.InRange((await scene.ObjectsAsync()).Count, 40, 42);
        Assert.True(objects > 0);
    }

    [Fact]
    public async Task A_push_that_is_killed_at_half_goes_on_where_it_was()
    {
        const int Megabytes = 300;
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 5, Megabytes);
        await scene.AddAsync();

        // Slow enough to be met there, however busy the machine is.
        scene.Line.Shape = new LineShape(RateUp: 100 << 20);
        await KillAtHalfAsync(scene, scene.Here, "push", () => scene.Line.Traffic.BytesUp, Megabytes);
        Assert.DoesNotContain(await scene.ObjectsAsync(), o => o.Size > 64 << 20);
        await scene.Sandbox.DvOkAsync(scene.Here, "push");

        // At most the parts that were under way are sent twice.
        Assert.InRange(scene.Line.Traffic.BytesUp, Mebibytes(Megabytes), Mebibytes(Megabytes + 80));
        Assert.Equal(0, await scene.UploadsAsync());
        string there = await scene.CloneAsync();
        await scene.Sandbox.DvOkAsync(there, "pull");
        await VerifyAsync(scene, there);
    }

    [Fact]
    public async Task A_pull_that_is_killed_at_half_goes_on_where_it_was()
    {
        const int Megabytes = 300;
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 5, Megabytes);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();
        scene.Line.Shape = new LineShape(RateDown: 100 << 20);
        long before = scene.Line.Traffic.BytesDown;

        await KillAtHalfAsync(scene, there, "pull", () => scene.Line.Traffic.BytesDown - before, Megabytes);
        Assert.False(File.Exists(Path.Combine(there, "data/large.bin")));
        await scene.Sandbox.DvOkAsync(there, "pull");

        Assert.InRange(scene.Line.Traffic.BytesDown - before, Mebibytes(Megabytes), Mebibytes(Megabytes + 80));
        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Here, "data")), Sandbox.Snapshot(Path.Combine(there, "data")));
        await VerifyAsync(scene, there);
    }

    [Fact]
    public async Task A_pull_that_is_killed_when_a_large_object_is_complete_receives_it_once()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 2, largeMegabytes: 70);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();

        Ran killed = await scene.Sandbox.DvWithAsync(there, "DV_FAILPOINT", "cache.partial-complete", "pull");
        Assert.Equal(137, killed.ExitCode);
        long before = scene.Line.Traffic.BytesDown;
        await scene.Sandbox.DvOkAsync(there, "pull");

        Assert.InRange(scene.Line.Traffic.BytesDown - before, 0, Mebibytes(8));
        await VerifyAsync(scene, there);
    }

    [Fact]
    public async Task Two_pushes_at_once_leave_one_of_each_object()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 60, largeMegabytes: 70);
        await scene.AddAsync();
        Ran copy = await scene.Sandbox.RunAsync("cp", scene.Sandbox.Root, ["-a", "here", "twin"]);
        Assert.True(copy.ExitCode == 0, copy.ToString());

        await Task.WhenAll(scene.Sandbox.DvOkAsync(scene.Here, "push"), scene.Sandbox.DvOkAsync(scene.Sandbox.At("twin"), "push"));

        IReadOnlyList<Amazon.S3.Model.S3Object> objects = await scene.ObjectsAsync();
        Assert.Equal(objects.Count, objects.Select(o => o.Key).Distinct().Count());
        string third = await scene.CloneAsync("third");
        await scene.Sandbox.DvOkAsync(third, "pull");
        await VerifyAsync(scene, third);
    }

    [Fact]
    public async Task An_object_that_somebody_deleted_is_named_and_a_deep_push_heals_it()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 10, largeMegabytes: 0);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string lost = (await scene.ObjectsAsync()).First(o => o.Size > 0).Key;
        await Testing.Servers.RadosGateway.Instance.Client.DeleteObjectAsync(Testing.Servers.RadosGateway.Bucket, lost, Token);
        string there = await scene.CloneAsync();

        Ran pull = await scene.Sandbox.DvAsync(there, "pull");
        Assert.NotEqual(0, pull.ExitCode);
        Assert.Contains("is missing on remote 'ceph'", pull.Errors, StringComparison.Ordinal);
        await scene.Sandbox.DvOkAsync(scene.Here, "push", "--deep");
        await scene.Sandbox.DvOkAsync(there, "pull");

        await VerifyAsync(scene, there);
    }

    [Fact]
    public async Task Other_bytes_of_the_same_length_are_never_placed()
    {
        await using S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 10, largeMegabytes: 66);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        Amazon.S3.Model.S3Object large = (await scene.ObjectsAsync()).Single(o => o.Size > 64 << 20);
        byte[] bytes = await scene.ReadAsync(large.Key);
        bytes[50_000_000]++;
        await scene.OverwriteAsync(large.Key, bytes);
        string there = await scene.CloneAsync();

        Ran pull = await scene.Sandbox.DvAsync(there, "pull");

        Assert.Contains("is corrupt as received", pull.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(there, "data/large.bin")));
        Assert.Equal(10, Directory.GetFiles(Path.Combine(there, "data"), "*", SearchOption.AllDirectories).Length);
    }

    private static async Task KillAtHalfAsync(S3Scene scene, string folder, string command, Func<long> moved, int megabytes)
    {
        using Process process = scene.Sandbox.Start(DvProgram.FilePath, folder, [command]);
        while (moved() < Mebibytes(megabytes) / 2)
        {
            Assert.False(process.HasExited, $"{command} ended before it could be killed: {(process.HasExited ? await process.StandardError.ReadToEndAsync(Token) : "")}");
            await Task.Delay(5, Token);
        }
        process.Kill();
        await process.WaitForExitAsync(Token);
    }

    private static long Mebibytes(long number) => number << 20;

    internal static void Order(FaultProxy line, string fault, int after)
    {
        _ = fault switch
        {
            "503 now and then" => line.OnRequest(new ExchangeFault.Answers(503), after: after),
            "503 with Retry-After" => line.OnRequest(new ExchangeFault.Answers(503, RetryAfterSeconds: 1), after: after * 3),
            "connections reset" => line.OnConnection(new ConnectionFault.CutAfter(200_000), after: after / 4),
            "answers lost" => line.OnRequest(new ExchangeFault.LosesAnswer(), after: after),
            "answers cut short" => line.OnRequest(new ExchangeFault.Truncates(100), r => r.Method == "GET", after: after),
            "bytes flipped" => line.OnRequest(new ExchangeFault.FlipsByte(50), r => r.Method == "GET" && r.Target.Contains("/objects/sha256/", StringComparison.Ordinal) && after == 3, after: 5),
            "requests sent twice" => line.OnRequest(new ExchangeFault.SentTwice(), after: after),
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
        };
    }

    private static async Task VerifyAsync(S3Scene scene, string folder)
    {
        await scene.Sandbox.DvOkAsync(folder, "verify");
        Assert.DoesNotContain("modified", (await scene.Sandbox.DvOkAsync(folder, "status")).Output, StringComparison.Ordinal);
    }
}
