using System.Net;
using System.Text.Json.Nodes;
using DataVersion.Testing;
using DataVersion.Testing.Git;
using DataVersion.Testing.Models;
using DataVersion.Testing.Servers;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests.Serving;

/// <summary>Models that no registry knows: in folders, stores and repositories.</summary>
public sealed class PlacesTests : IDisposable
{
    private readonly TinyModel _first = new();
    private readonly TinyModel _second = new(1);
    private readonly TempFolder _folder = new();
    private readonly GitSandbox _git = new();

    public void Dispose()
    {
        _folder.Dispose();
        _git.Dispose();
    }

    [Fact]
    public async Task A_folder_and_a_file_with_its_signature_beside_it_are_served()
    {
        _first.WriteTo(_folder.At("m"));
        foreach (string uri in new[] { _folder.At("m"), $"file://{_folder.At("m")}", _folder.At("m/model.onnx") })
        {
            await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", uri));

            Assert.Equal(_first.Sha256, await HashAsync(server));
        }
    }

    [Fact]
    public async Task A_folder_that_is_exchanged_by_turning_a_link_is_followed()
    {
        _first.WriteTo(_folder.At("one"));
        _second.WriteTo(_folder.At("two"));
        Directory.CreateSymbolicLink(_folder.At("current"), _folder.At("one"));
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", _folder.At("current")), ("MODEL_POLL_SECONDS", "0.05"));
        Assert.Equal(_first.Sha256, await HashAsync(server));

        Directory.Delete(_folder.At("current"));
        Directory.CreateSymbolicLink(_folder.At("current"), _folder.At("two"));

        await server.WaitAsync(async () => await HashAsync(server) == _second.Sha256);
    }

    [Fact]
    public async Task A_model_that_is_larger_than_it_may_be_is_refused()
    {
        _first.WriteTo(_folder.At("m"));
        await using RunningServer server = await RunningServer.StartAsync(("MODEL_URI", _folder.At("m")), ("MODEL_MAX_BYTES", "100"));

        await server.WaitAsync(() => Task.FromResult(server.Log.Contains("the model has more than 100 bytes", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(server.CacheFolder));
    }

    [Fact]
    public async Task A_file_in_S3_is_served_with_the_cloud_s_own_credentials()
    {
        using var s3 = new FakeS3();
        s3.Refuse = request => request.Method is "GET" or "HEAD" ? request.Path switch
        {
            "/bucket/models/fraud/model.onnx" => Blob(_first.Onnx),
            "/bucket/models/fraud/signature.json" => Blob(_first.Signature.ToBytes()),
            _ when request.Query.Contains("list-type", StringComparison.Ordinal) => Listing(),
            _ => null,
        } : null;
        foreach (string uri in new[] { "s3://bucket/models/fraud/model.onnx", "s3://bucket/models/fraud" })
        {
            await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", uri), ("AWS_ENDPOINT_URL", s3.Server.Address),
                ("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "s3cret-s3cret"), ("AWS_EC2_METADATA_DISABLED", "true"));

            Assert.Equal(_first.Sha256, await HashAsync(server));
            Assert.DoesNotContain("s3cret", server.Log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_tracked_folder_is_served_at_a_commit_a_tag_and_from_its_remote()
    {
        string one = await CommitAsync(_first);
        _git.Git("tag", "v1");
        string two = await CommitAsync(_second);
        foreach ((string uri, TinyModel model, string commit) in new[]
        {
            ($"dv://models/fraud@{one}", _first, one), ("dv://models/fraud@v1", _first, one), ("dv://models/fraud@main", _second, two), ("dv://models/fraud", _second, two),
            ("dv://models/fraud/model.onnx@v1", _first, one),
        })
        {
            await using RunningServer server = await RunningServer.StartReadyAsync(Variables(uri));

            JsonNode answer = await server.GetJsonAsync("/model");
            Assert.Equal(model.Sha256, answer["sha256"]!.GetValue<string>());
            Assert.Equal(commit, answer["lineage"]!["dataCommit"]!.GetValue<string>());
        }

        // What the cache does not have comes from the remote.
        Directory.Delete(Path.Combine(_git.Root, ".git", "dv", "cache"), recursive: true);
        await using RunningServer fresh = await RunningServer.StartReadyAsync(Variables("dv://models/fraud@v1"));
        Assert.Equal(_first.Sha256, await HashAsync(fresh));
    }

    [Fact]
    public async Task A_repository_elsewhere_needs_no_workspace_here()
    {
        string one = await CommitAsync(_first);
        await CommitAsync(_second);

        await using RunningServer server = await RunningServer.StartReadyAsync(
            [.. Variables($"dv://models/fraud@{one}").Where(v => v.Name != "DV_REPO_DIR"), ("DV_REPO", _git.Root)]);

        Assert.Equal(_first.Sha256, await HashAsync(server));
    }

    [Fact]
    public async Task A_repository_that_demands_a_token_is_given_it()
    {
        string one = await CommitAsync(_first);
        using var git = new GitHttpServer(Path.GetDirectoryName(_git.Root)!, "planted-token");
        await File.WriteAllTextAsync(_folder.At("token"), "planted-token", TestContext.Current.CancellationToken);

        await using RunningServer server = await RunningServer.StartReadyAsync(
            [.. Variables($"dv://models/fraud@{one}").Where(v => v.Name is not ("DV_REPO_DIR" or "GIT_ALLOW_PROTOCOL")), ("DV_REPO", $"{git.Address}/{Path.GetFileName(_git.Root)}/.git"), ("DV_GIT_TOKEN_FILE", _folder.At("token"))]);

        Assert.Equal(_first.Sha256, await HashAsync(server));
        Assert.Contains(git.Requests, r => r.Header("Authorization") is not null);
        Assert.DoesNotContain("planted-token", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_that_moves_is_followed()
    {
        await CommitAsync(_first);
        await using RunningServer server = await RunningServer.StartReadyAsync([.. Variables("dv://models/fraud@main"), ("MODEL_POLL_SECONDS", "0.1")]);

        await CommitAsync(_second);

        await server.WaitAsync(async () => await HashAsync(server) == _second.Sha256);
    }

    [Fact]
    public async Task Bytes_on_the_remote_that_are_not_those_of_the_pointer_are_refused()
    {
        await CommitAsync(_first);
        Directory.Delete(Path.Combine(_git.Root, ".git", "dv", "cache"), recursive: true);
        string stored = Directory.EnumerateFiles(_git.Beside("storage"), "*", SearchOption.AllDirectories).Single(f => f.EndsWith(_first.Sha256[2..], StringComparison.Ordinal));
        new FileInfo(stored).IsReadOnly = false;
        byte[] bytes = await File.ReadAllBytesAsync(stored, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(stored, bytes, TestContext.Current.CancellationToken);

        await using RunningServer server = await RunningServer.StartAsync(Variables("dv://models/fraud@main"));

        await server.WaitAsync(() => Task.FromResult(server.Log.Contains("corrupt", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync("/readyz")).Status);
    }

    [Fact]
    public async Task A_registered_version_may_lie_in_the_repository()
    {
        string one = await CommitAsync(_first);
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_first, $"dv://models/fraud@{one}");

        await using RunningServer server = await RunningServer.StartReadyAsync([.. Variables("models:/fraud/1"), .. registry.Variables]);

        Assert.Equal(_first.Sha256, await HashAsync(server));
    }

    private async Task<string> CommitAsync(TinyModel model)
    {
        if (!Directory.Exists(Path.Combine(_git.Root, ".dv")))
        {
            await DvAsync("init", "-q");
            await DvAsync("remote", "add", "storage", _git.Beside("storage"));
        }
        model.WriteTo(Path.Combine(_git.Root, "models/fraud"));
        await DvAsync("add", "models/fraud");
        await DvAsync("push");
        _git.Git("add", "-A");
        _git.Git("commit", "-q", "-m", "x");
        return _git.Git("rev-parse", "HEAD").Trim();
    }

    private async Task DvAsync(params string[] arguments)
    {
        CliRun run = await CliRun.InAsync(_git.Root, arguments);
        Assert.True(run.Code == 0, run.Error);
    }

    private (string Name, string Value)[] Variables(string uri) =>
        [("MODEL_URI", uri), ("DV_REPO_DIR", _git.Root), ("HOME", _folder.Path), .. GitSandbox.Variables.Where(v => v.Key != "HOME").Select(v => (v.Key, v.Value))];

    private static async Task<string> HashAsync(RunningServer server) => (await server.GetJsonAsync("/model"))["sha256"]!.GetValue<string>();

    private static FakeAnswer Blob(byte[] bytes) => new(200, bytes, ("ETag", "\"1\""), ("Last-Modified", "Sat, 21 Nov 2026 04:00:00 GMT"), ("x-amz-request-id", "1"));

    private FakeAnswer Listing() => FakeAnswer.Text(200,
        $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>models/fraud/</Prefix><KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>
        <Contents><Key>models/fraud/model.onnx</Key><LastModified>2026-11-21T04:00:00.000Z</LastModified><ETag>"1"</ETag><Size>{_first.Onnx.Length}</Size></Contents>
        <Contents><Key>models/fraud/signature.json</Key><LastModified>2026-11-21T04:00:00.000Z</LastModified><ETag>"1"</ETag><Size>{_first.Signature.ToBytes().Length}</Size></Contents>
        </ListBucketResult>
        """, ("Content-Type", "application/xml"), ("x-amz-request-id", "1"));
}
