using System.Security.Cryptography;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

public sealed class MlflowUploadTests : IDisposable
{
    private const string Root = "mlflow-artifacts:/1/r/artifacts";
    private readonly MlflowBox _box = new();

    private static CancellationToken Token => MlflowBox.Token;

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task Bytes_arrive_as_they_are_under_the_name_that_was_given()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes((8 * 1024 * 1024) + 1);
        await _box.Client.UploadArtifactAsync(Root, MlflowBox.Upload("model/größe #1?%41.bin", bytes), Token);
        await _box.Client.UploadArtifactAsync(Root, MlflowBox.Upload("empty", []), Token);

        MlflowStoredArtifact stored = _box.State.Artifacts["1/r/artifacts/model/größe #1?%41.bin"];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), stored.Sha256);
        Assert.Equal(0, _box.State.Artifacts["1/r/artifacts/empty"].Length);
    }

    [Fact]
    public async Task Two_gibibytes_go_through_in_constant_memory()
    {
        const long Size = 2L * 1024 * 1024 * 1024;
        var stream = new Zeros(Size);
        await _box.Client.UploadArtifactAsync(Root, new MlflowUpload("model/large.bin", Size, _ => Task.FromResult<Stream>(stream)), Token);

        // No array holds 2 GiB: whoever collected the body first would have failed. Of the process's memory other tests have their part.
        Assert.Equal(Size, _box.State.Artifacts["1/r/artifacts/model/large.bin"].Length);
        Assert.InRange(stream.LongestRead, 1, 1024 * 1024);
    }

    [Fact]
    public async Task A_broken_upload_begins_anew_from_the_stream()
    {
        _box.Server.Fail(new() { Kind = MlflowServerFaultKind.Hangup, Times = 2 });
        int opened = 0;
        byte[] bytes = RandomNumberGenerator.GetBytes(3_000_000);
        await _box.Client.UploadArtifactAsync(Root, new MlflowUpload("m", bytes.Length, _ =>
        {
            opened++;
            return Task.FromResult<Stream>(new MemoryStream(bytes));
        }), Token);

        Assert.Equal(bytes, _box.State.Artifacts["1/r/artifacts/m"].Bytes);
        Assert.InRange(opened, 1, 3);
    }

    [Fact]
    public async Task A_refusal_comes_before_a_large_file_is_sent()
    {
        using var box = new MlflowBox(new MlflowServerOptions { Login = ("u", "p") });
        var stream = new Zeros(1L << 40);

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() =>
            box.Client.UploadArtifactAsync(Root, new MlflowUpload("m", 1L << 40, _ => Task.FromResult<Stream>(stream)), Token));
        Assert.Equal(401, error.StatusCode);
        Assert.Equal(0, stream.Taken);
    }

    [Fact]
    public async Task A_file_that_is_shorter_than_said_or_cannot_be_read_is_our_own_error_and_is_not_tried_again()
    {
        await Assert.ThrowsAsync<FileChangedException>(() =>
            _box.Client.UploadArtifactAsync(Root, new MlflowUpload("m", 100, _ => Task.FromResult<Stream>(new MemoryStream(new byte[99]))), Token));
        await Assert.ThrowsAsync<FileAccessException>(() =>
            _box.Client.UploadArtifactAsync(Root, new MlflowUpload("m", 100, _ => Task.FromResult<Stream>(File.OpenRead("/nonexistent/file"))), Token));

        Assert.Empty(_box.State.Artifacts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a//b")]
    [InlineData("a\\..\\b")]
    public async Task A_path_that_leaves_the_run_is_refused(string path)
    {
        await Assert.ThrowsAsync<UnsafePathException>(() => _box.Client.UploadArtifactAsync(Root, MlflowBox.Upload(path, [1]), Token));

        Assert.Empty(_box.Server.Requests);
    }

    [Fact]
    public async Task A_uri_with_the_server_in_it_is_the_same_place_and_one_of_another_server_is_not()
    {
        string host = new Uri(_box.Server.Address).Authority;
        await _box.Client.UploadArtifactAsync($"mlflow-artifacts://{host}/1/r/artifacts", MlflowBox.Upload("a", [1]), Token);
        await _box.Client.UploadArtifactAsync($"{_box.Server.Address}/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts", MlflowBox.Upload("b", [1]), Token);
        Assert.Equal(["1/r/artifacts/a", "1/r/artifacts/b"], _box.State.Artifacts.Keys.Order());

        foreach (string other in new[] { "mlflow-artifacts://evil:5000/1", "http://evil/api/2.0/mlflow-artifacts/artifacts/1", "mlflow-artifacts:/../x", "mlflow-artifacts:/" })
            Assert.NotNull(_box.Client.RefuseArtifactsOf(other));
    }

    [Fact]
    public async Task An_upload_that_stands_still_is_given_up_and_a_slow_one_is_not()
    {
        MlflowClient client = _box.Connect(("MLFLOW_HTTP_REQUEST_TIMEOUT", "2"), ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));
        await client.UploadArtifactAsync(Root, new MlflowUpload("slow", 10, _ => Task.FromResult<Stream>(new Slow(TimeSpan.FromMilliseconds(250), 10))), Token);
        Assert.Equal(10, _box.State.Artifacts["1/r/artifacts/slow"].Length);

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() =>
            client.UploadArtifactAsync(Root, new MlflowUpload("still", 10, _ => Task.FromResult<Stream>(new Slow(TimeSpan.FromMinutes(5), 10))), Token));
        Assert.Contains("no answer in 2 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_that_lead_to_runs_end()
    {
        MlflowExperiment experiment = await _box.Client.EnsureExperimentAsync("e", Token);
        MlflowRunInfo run = await _box.Client.CreateRunAsync(experiment.Id, DateTimeOffset.UnixEpoch, null, new Dictionary<string, string>(), Token);
        Assert.Equal($"{run.ArtifactUri}/a/b", await _box.Client.ResolveAsync($"runs:/{run.RunId}/a/b", Token));
        Assert.Equal(run.ArtifactUri, await _box.Client.ResolveAsync($"runs:/{run.RunId}", Token));
        Assert.Equal("dv://x", await _box.Client.ResolveAsync("dv://x", Token));

        using var circle = new MlflowBox(new MlflowServerOptions { ArtifactRoot = "runs:/x/" });
        circle.Server.Fail(new()
        {
            Kind = MlflowServerFaultKind.Answer,
            Answer = new(200, "application/json", """{"run":{"info":{"run_id":"a","experiment_id":"1","artifact_uri":"runs:/a/b"}}}"""),
        });
        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => circle.Client.ResolveAsync("runs:/a", Token));
        Assert.Contains("without end", error.Message, StringComparison.Ordinal);
    }

    private sealed class Zeros(long length) : ReadOnlyStream
    {
        private readonly long _length = length;
        private long _left = length;

        public long Taken => _length - _left;

        public int LongestRead { get; private set; }

        protected override ValueTask<int> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            LongestRead = Math.Max(LongestRead, buffer.Length);
            int count = (int)Math.Min(buffer.Length, _left);
            _left -= count;
            return ValueTask.FromResult(count);
        }
    }

    private sealed class Slow(TimeSpan pause, int length) : ReadOnlyStream
    {
        private int _left = length;

        protected override async ValueTask<int> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await Task.Delay(pause, cancellationToken);
            return _left-- > 0 ? 1 : 0;
        }
    }

    private abstract class ReadOnlyStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => TakeAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected abstract ValueTask<int> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken);
    }
}
