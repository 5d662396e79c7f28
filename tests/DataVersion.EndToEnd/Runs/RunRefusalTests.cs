using System.Globalization;
using DataVersion.Testing.Platform;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>What goes wrong before the trainer: it is never started, and the exit code says what a retry would mend.</summary>
public class RunRefusalTests(RunTemplate template)
{
    private const string Started = "touch $SIGNS/started";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Other_bytes_on_the_remote_end_with_65_and_missing_ones_with_66()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        string stored = StoredFileOf(scene, "data/train/2.bin");
        byte[] bytes = await File.ReadAllBytesAsync(stored, Cancel);
        bytes[17] ^= 1;
        File.Delete(stored);
        await File.WriteAllBytesAsync(stored, bytes, Cancel);

        scene.AssertRefused(await scene.RunAsync([], Started), 65, "is corrupt as received");
        Assert.Equal("failed:pull", scene.LastRecord().Text("stage"));
        Assert.Equal("65", scene.LastRecord().Text("exitCode"));
        Assert.Null(scene.LastRecord().Text("childExitCode"));
        // What went wrong is to be found on the remote as well.
        Assert.Equal("failed:pull", RunScene.ReadRecord(RunScene.Runs(scene.RemoteRuns)[^1]).Text("stage"));
        File.Delete(stored);
        scene.AssertRefused(await scene.RunAsync([], Started), 66, "is missing on remote 'storage'");
        Assert.False(File.Exists(Path.Combine(scene.Clone, "data/train/2.bin")));
        // Where both are wrong, the graver one counts: no retry mends it.
        await File.WriteAllBytesAsync(stored, bytes, Cancel);
        File.Delete(StoredFileOf(scene, "data/extra.csv"));
        scene.AssertRefused(await scene.RunAsync([], Started), 65, "corrupt");
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task A_cache_whose_bytes_were_changed_is_not_trusted_and_what_it_lacks_is_fetched(string trust)
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await scene.Sandbox.DvOkAsync(scene.Clone, "config", "--local", "cache.trust", trust);
        await scene.Sandbox.DvOkAsync(scene.Clone, "fetch");
        string cached = Path.Combine(StoredObjects.CacheOf(scene.Clone), "objects/sha256", Relative(scene, "data/train/2.bin"));
        byte[] bytes = await File.ReadAllBytesAsync(cached, Cancel);
        bytes[17] ^= 1;
        File.SetUnixFileMode(cached, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(cached, bytes, Cancel);

        await scene.RunOkAsync([], "cp data/train/2.bin $SIGNS/2.bin");

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(scene.Source, "data/train/2.bin"), Cancel), await File.ReadAllBytesAsync(Path.Combine(scene.Signs, "2.bin"), Cancel));
    }

    [Fact]
    public async Task A_remote_that_is_gone_ends_with_69()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        Directory.Move(scene.Sandbox.At("storage"), scene.Sandbox.At("elsewhere"));

        scene.AssertRefused(await scene.RunAsync([], Started), 69, "storage");

        Assert.Equal("failed:pull", scene.LastRecord().Text("stage"));
        // A disk that is not mounted: no remote must come to be beneath it, or the next attempt finds that its data are missing for good.
        Assert.False(Directory.Exists(scene.Sandbox.At("storage")));
        Assert.True(File.Exists(Path.Combine(RunScene.Runs(RunScene.RunsOf(scene.Clone))[^1], "unsent")));
    }

    [Fact]
    public async Task A_server_that_does_not_listen_ends_with_69_and_one_that_refuses_the_keys_with_77()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        using var server = new FakeS3();
        server.Refuse = _ => FakeS3.Error(403, "InvalidAccessKeyId");
        await scene.Sandbox.DvOkAsync(scene.Clone, "remote", "modify", "storage", "url", $"s3://{FakeS3.Bucket}/pre", "--local");
        await ConfigureAsync(scene, server.Server.Address);

        Ran denied = await scene.RunAsync([], Started);
        scene.AssertRefused(denied, 77, "denied");
        Assert.DoesNotContain("s3cret-s3cret", denied.Errors, StringComparison.Ordinal);
        await ConfigureAsync(scene, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ClosedPort()}"));
        scene.AssertRefused(await scene.RunAsync([], Started), 69, "connection refused");
    }

    [Fact]
    public async Task A_disk_without_room_for_the_data_ends_with_73_before_anything_is_pulled()
    {
        using LoopFileSystem disk = LoopFileSystem.Ext4(16);
        using RunScene scene = await RunScene.CreateAsync(template);
        await File.WriteAllBytesAsync(Path.Combine(scene.Source, "data/train/large.bin"), new byte[20_000_000], Cancel);
        await scene.Sandbox.DvOkAsync(scene.Source, "add", "data/train");
        await scene.Sandbox.CommitAsync(scene.Source, "large");
        await scene.Sandbox.DvOkAsync(scene.Source, "push");
        await scene.Sandbox.GitAsync(scene.Clone, "pull", "-q");
        scene.Sandbox.Set("DV_CACHE_DIR", Path.Combine(disk.Root, "cache"));

        scene.AssertRefused(await scene.RunAsync([], Started), 73, "bytes free");
        Assert.Equal("failed:preflight", scene.LastRecord().Text("stage"));
        // What fits, runs.
        await scene.RunOkAsync(["--data", "data/extra.csv"], "cat data/extra.csv");
    }

    [Fact]
    public async Task A_workspace_of_somebody_else_ends_with_73()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        await AsNobody.GiveAsync(scene.Sandbox);
        File.SetUnixFileMode(scene.Clone, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Ran ran = await AsNobody.DvAsync(scene.Sandbox, scene.Clone, "run", "--", "sh", "-c", Started);

        scene.AssertRefused(ran, 73, "cannot be written");
    }

    [Fact]
    public async Task Wrong_usage_ends_with_2_and_a_wrong_configuration_with_78()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        foreach ((string[] options, string says) in (((string[], string)[])[
            (["--param", "lr"], "a '=' is missing"), (["--params-file", "no.yaml"], "no.yaml"), (["--track"], "--track needs outputs"), (["--alias", "best"], "--alias needs --register"),
            (["--resume", "x"], "--resume needs --checkpoint"), (["--checkpoint", "state", "--checkpoint-every", "soon"], "is not a time"), (["--no-such-option"], "--no-such-option"),
            (["-p", "a=1", "-p", "A=2"], "DV_PARAM_A"), (["-o", "m", "--register", "M"], "MLFLOW_TRACKING_URI")]))
            scene.AssertRefused(await scene.RunAsync(options, Started), 2, says);
        foreach ((string name, string value) in ((string, string)[])[("DV_GRACE", "long"), ("DV_CHILD_EXIT", "perhaps"), ("DV_VERIFY", "x"), ("RANK", "first"), ("DV_MLFLOW", "maybe"), ("DV_ALLOW_DIRTY", "perhaps")])
            scene.AssertRefused(await scene.RunAsync([], Started, (name, value)), 2, name);
        Ran separate = await scene.Sandbox.DvAsync(scene.Clone, "run", "sh", "train.sh");
        scene.AssertRefused(separate, 2, "'--'");
        scene.AssertRefused(await scene.Sandbox.DvAsync(scene.Clone, "run"), 2, "");
        Assert.Empty(RunScene.Runs(RunScene.RunsOf(scene.Clone)));
        scene.AssertRefused(await scene.RunAsync(["--data", "no/such/data"], Started), 78, "names nothing that is tracked");
        scene.AssertRefused(await scene.RunAsync(["--remote", "nowhere"], Started), 78, "nowhere");
        scene.AssertRefused(await scene.RunAsync(["--rev", "no-such-revision", "--allow-data-rev"], Started), 78, "no-such-revision");
    }

    [Fact]
    public async Task No_GPU_ends_with_72_where_one_is_required()
    {
        Assert.SkipWhen(File.Exists("/proc/driver/nvidia/version"), "this machine has a GPU");
        using RunScene scene = await RunScene.CreateAsync(template);

        scene.AssertRefused(await scene.RunAsync(["--require-gpu"], Started), 72, "no usable GPU");
        scene.AssertRefused(await scene.RunAsync([], Started, ("DV_REQUIRE_GPU", "1")), 72, "no usable GPU");

        Assert.Equal("True", scene.LastRecord().Text("gpu.required"));
        Assert.Equal("CPU", scene.LastRecord().Text("gpu.provider"));
        Assert.Equal("failed:preflight", scene.LastRecord().Text("stage"));
    }

    [Fact]
    public async Task A_file_in_the_way_of_the_data_is_not_overwritten()
    {
        using RunScene scene = await RunScene.CreateAsync(template);
        Sandbox.Write(scene.Clone, "data/extra.csv", "somebody's only copy\n");

        scene.AssertRefused(await scene.RunAsync([], Started), 78, "data/extra.csv");

        Assert.Equal("somebody's only copy\n", await File.ReadAllTextAsync(Path.Combine(scene.Clone, "data/extra.csv"), Cancel));
    }

    private static async Task ConfigureAsync(RunScene scene, string endpoint)
    {
        foreach ((string option, string value) in new[] { ("endpoint", endpoint), ("accesskeyid", "AKID"), ("secretaccesskey", "s3cret-s3cret") })
            await scene.Sandbox.DvOkAsync(scene.Clone, "remote", "modify", "--local", "storage", option, value);
    }

    private static int ClosedPort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string StoredFileOf(RunScene scene, string path)
    {
        string stored = scene.Sandbox.At("storage/dvstore/v1/objects/sha256", Relative(scene, path));
        if (File.Exists(stored))
            File.SetUnixFileMode(stored, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return stored;
    }

    private static string Relative(RunScene scene, string path)
    {
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(scene.Source, path))));
        return $"{hash[..2]}/{hash[2..]}";
    }
}
