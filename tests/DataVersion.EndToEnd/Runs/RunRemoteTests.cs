using System.Globalization;
using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Pulls of a run over networks that go wrong: the trainer sees the right bytes, or is not started.</summary>
public class RunRemoteTests(RunTemplate template)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Faults => ["503 in a row", "connections reset", "answers cut short", "bytes flipped"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_line_that_goes_wrong_costs_retries_and_the_trainer_sees_the_right_bytes(string fault)
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new FakeS3();
        await using FaultProxy line = FaultProxy.ForHttp(new Uri(server.Server.Address).Port);
        await UseAsync(scene, line);
        for (int after = 2; after < 300; after += 5)
            Order(line, fault, after);

        Ran ran = await scene.RunOkAsync(["-o", "models"], "cat data/train/*.bin | sha256sum; cat data/train/1.bin > models");

        Ran expected = await scene.Sandbox.RunAsync("sh", scene.Source, ["-c", "cat data/train/*.bin | sha256sum"]);
        Assert.Equal(expected.Output, ran.Output);
        Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Source, "data/train")), Sandbox.Snapshot(Path.Combine(scene.Clone, "data/train")));
        await scene.Sandbox.DvOkAsync(scene.Clone, "verify");
        Assert.Equal("True", scene.LastRecord().Text("outputs.0.pushed"));
        Assert.False(File.Exists(Path.Combine(RunScene.Runs(RunScene.RunsOf(scene.Clone))[0], "unsent")));
    }

    [Fact]
    public async Task A_stop_during_the_pull_ends_it_at_once_and_the_next_attempt_fetches_only_the_rest()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new FakeS3();
        await using FaultProxy line = FaultProxy.ForHttp(new Uri(server.Server.Address).Port);
        await UseAsync(scene, line);
        int reads = 0;
        using var blocked = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        // Two contents come, and then nothing more.
        server.Refuse = request =>
        {
            if (request.Method == "GET" && request.Path.Contains("/objects/", StringComparison.Ordinal) && Interlocked.Increment(ref reads) > 2)
            {
                blocked.Set();
                released.Wait(TimeSpan.FromMinutes(1));
            }
            return null;
        };
        Ran stopped;
        using (RunningDv dv = scene.Start([], "touch $SIGNS/started"))
        {
            // The third is asked for, and what was answered before, a tree and two contents, has arrived.
            string temporary = Path.Combine(StoredObjects.CacheOf(scene.Clone), "tmp");
            await RunScene.UntilAsync(() => blocked.IsSet && new DirectoryInfo(temporary).GetFiles(".dv-tmp*").Count(f => f.Length > 0) >= 3, "the pull waits for the server");
            await dv.SignalAsync("TERM");
            stopped = await dv.EndAsync();
        }
        released.Set();
        server.Refuse = _ => null;

        scene.AssertRefused(stopped, 143, "");
        Assert.Equal("killed", scene.LastRecord().Text("stage"));
        Assert.Equal("15", scene.LastRecord().Text("signal"));
        Assert.Equal("143", scene.LastRecord().Text("exitCode"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(StoredObjects.CacheOf(scene.Clone), "tmp"), ".dv-tmp*"));
        int before = Contents(server);
        await scene.RunOkAsync([], "cat data/extra.csv");
        Assert.InRange(Contents(server) - before, 1, 3);
        await scene.Sandbox.DvOkAsync(scene.Clone, "verify");
    }

    [Fact]
    public async Task A_network_that_breaks_while_the_trainer_runs_costs_no_training()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new FakeS3();
        await using FaultProxy line = FaultProxy.ForHttp(new Uri(server.Server.Address).Port);
        await UseAsync(scene, line);
        using RunningDv dv = scene.Start(["--data", "data/extra.csv"], "touch $SIGNS/ready; while [ ! -e $SIGNS/go ]; do sleep 0.05; done; echo trained");
        await dv.AwaitFileAsync(Path.Combine(scene.Signs, "ready"));
        line.IsDown = true;
        line.CutAll();

        await File.WriteAllTextAsync(Path.Combine(scene.Signs, "go"), "", Cancel);
        Ran ran = await dv.EndAsync();

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal("trained\n", ran.Output);
        Assert.Contains("the record of the run is kept here only", ran.Errors, StringComparison.Ordinal);
        line.IsDown = false;
        Assert.Equal(1, RunScene.Json((await scene.Sandbox.DvOkAsync(scene.Clone, "runs", "sync", "--json")).Output).GetProperty("sent").GetArrayLength());
    }

    // Both clones go through the line to the server, and the server has the data.
    private static async Task UseAsync(RunScene scene, FaultProxy line)
    {
        string configuration = string.Create(CultureInfo.InvariantCulture, $"""
            [remote "storage"]
                url = s3://{FakeS3.Bucket}/pre
                endpoint = http://127.0.0.1:{line.Port}
                accesskeyid = AKID
                secretaccesskey = s3cret-s3cret

            """);
        foreach (string repository in (string[])[scene.Source, scene.Clone])
            Sandbox.Write(repository, ".git/dv/config.local", configuration);
        await scene.Sandbox.DvOkAsync(scene.Source, "push");
    }

    private static int Contents(FakeS3 server) => server.Server.Requests.Count(r => r.Method == "GET" && r.Path.Contains("/objects/", StringComparison.Ordinal));

    private static void Order(FaultProxy line, string fault, int after)
    {
        bool once = after == 2;
        _ = fault switch
        {
            "503 in a row" => line.OnRequest(new ExchangeFault.Answers(503), after: after),
            "connections reset" => line.OnConnection(new ConnectionFault.CutAfter(4000), after: after),
            "answers cut short" => line.OnRequest(new ExchangeFault.Truncates(100), r => r.Method == "GET", after: after),
            "bytes flipped" => line.OnRequest(new ExchangeFault.FlipsByte(50), r => once && r.Method == "GET" && r.Target.Contains("/objects/sha256/", StringComparison.Ordinal), after: 1),
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
        };
    }
}
