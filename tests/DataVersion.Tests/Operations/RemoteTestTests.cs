using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Operations;

public sealed class RemoteTestTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MemoryBlobStore _blobs = new(location: "memory://here");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public RemoteTestTests()
    {
        Directory.CreateDirectory(Path.Join(_folder.Path, ".dv"));
        File.WriteAllText(Path.Join(_folder.Path, ".dv", "config.local"), "[remote \"origin\"]\nurl = s3://bucket/x\n[core]\nremote = origin\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Everything_that_works_is_said_to_work_and_nothing_is_left()
    {
        RemoteTestResult result = await RunAsync(_blobs);

        Assert.True(result.Ok);
        Assert.Equal(("origin", "memory://here"), (result.Remote, result.Location));
        Assert.Equal(["identity", "list", "put-if-absent", "read", "range", "delete"], result.Checks.Select(c => c.Name));
        Assert.All(result.Checks, c => Assert.Equal(CheckOutcome.Ok, c.Outcome));
        Assert.Empty(await _blobs.NamesAsync("", Token));
    }

    [Fact]
    public async Task What_is_denied_is_named_and_the_rest_is_still_tried()
    {
        RemoteTestResult result = await RunAsync(new FaultyBlobStore(_blobs).On(Verb.List, new Fault.Throws(Fault.Denied), times: 10));

        Assert.False(result.Ok);
        RemoteCheck failed = Assert.Single(result.Checks, c => c.Outcome == CheckOutcome.Failed);
        Assert.Equal("list", failed.Name);
        Assert.NotNull(failed.Detail);
    }

    [Fact]
    public async Task A_probe_that_cannot_be_written_ends_the_writing_checks()
    {
        RemoteTestResult result = await RunAsync(new FaultyBlobStore(_blobs).On(Verb.Write, new Fault.Throws(Fault.Denied), times: 10));

        Assert.Equal(["identity", "list", "put-if-absent"], result.Checks.Select(c => c.Name));
        Assert.False(result.Ok);
    }

    [Fact]
    public async Task A_store_that_takes_a_name_twice_is_found_out()
    {
        RemoteTestResult result = await RunAsync(new Overwriting(_blobs));

        Assert.Equal(CheckOutcome.Failed, Assert.Single(result.Checks, c => c.Name == "put-if-absent").Outcome);
    }

    [Fact]
    public async Task Nothing_is_written_where_only_reading_was_asked_for()
    {
        var store = new FaultyBlobStore(_blobs);

        RemoteTestResult result = await RunAsync(store, new RemoteTestRequest { ReadOnly = true });

        Assert.True(result.Ok);
        Assert.Equal(4, result.Checks.Count(c => c.Outcome == CheckOutcome.Skipped));
        Assert.Equal(0, store.Count(Verb.Write) + store.Count(Verb.Delete));
    }

    [Theory]
    [InlineData("", false, "nothing was pushed here yet; it will be plain")]
    [InlineData("layout = packed\n", false, "nothing was pushed here yet; it will be packed")]
    [InlineData("layout = packed\ncompress = zstd\n", false, "nothing was pushed here yet; it will be packed, compressed with zstd")]
    [InlineData("layout = packed\ncompress = zstd\n", true, "nothing was pushed here yet")]
    [InlineData("compress = zstd\n", true, "nothing was pushed here yet")]
    public async Task Where_nothing_was_pushed_it_says_what_a_push_would_make(string options, bool readOnly, string said)
    {
        await SetAsync(options);

        RemoteCheck identity = (await RunAsync(_blobs, new RemoteTestRequest { ReadOnly = readOnly })).Checks[0];

        Assert.Equal(("identity", CheckOutcome.Ok, said), (identity.Name, identity.Outcome, identity.Detail));
    }

    [Fact]
    public async Task Settings_with_which_nothing_can_be_pushed_fail_the_test()
    {
        await SetAsync("compress = zstd\n");

        RemoteTestResult result = await RunAsync(_blobs);

        Assert.False(result.Ok);
        Assert.Equal((CheckOutcome.Failed, "remote 'origin': compress = zstd needs layout = packed"), (result.Checks[0].Outcome, result.Checks[0].Detail));
    }

    [Fact]
    public async Task What_a_remote_is_counts_for_more_than_what_the_settings_ask_for()
    {
        await StoreIdentity.EnsureAsync(_blobs, "origin", () => "abc-1", new StoreFormat(Packs: true, Zstd: false), Token);

        Assert.Equal("a remote of this format, abc-1, packed", (await RunAsync(_blobs)).Checks[0].Detail);
    }

    [Fact]
    public async Task An_unknown_remote_is_wrong_use() =>
        await Assert.ThrowsAsync<UsageException>(() => RunAsync(_blobs, new RemoteTestRequest { Remote = "nowhere" }));

    private Task SetAsync(string options) =>
        File.WriteAllTextAsync(Path.Join(_folder.Path, ".dv", "config.local"), $"[core]\nremote = origin\n[remote \"origin\"]\nurl = s3://bucket/x\n{options}", Token);

    private async Task<RemoteTestResult> RunAsync(IBlobStore store, RemoteTestRequest? request = null)
    {
        using Repository repository = Repository.Open(_folder.Path, new HostEnvironment(), (_, _) => store);
        return await new RemoteTest(repository).RunAsync(request ?? new RemoteTestRequest(), Token);
    }

    private sealed class Overwriting(IBlobStore inner) : ForwardingStore(inner)
    {
        public override Task<WriteOutcome> WriteAsync(string name, IContent content, WriteMode mode, CancellationToken cancellationToken) =>
            base.WriteAsync(name, content, WriteMode.Overwrite, cancellationToken);
    }
}
