using DataVersion.Testing.Models;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Models;
using Xunit;

namespace DataVersion.Containers.Serving;

/// <summary>Our MLflow stand-in on loopback, with what a training would have registered. MLflow's own image cannot be had here.</summary>
internal sealed class ModelRegistry : IDisposable
{
    internal const string Model = "fraud";

    private readonly MlflowServer _server = new();
    private readonly MlflowHttp _http;
    private readonly MlflowClient _client;

    internal ModelRegistry()
    {
        _http = new MlflowHttp(new MlflowSettings { TrackingUri = new Uri(_server.Address) }, TimeProvider.System);
        _client = new MlflowClient(_http);
    }

    internal string Address => _server.Address;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A run with the model among its artifacts, a version of it, and the alias <c>champion</c> on that version.</summary>
    internal async Task RegisterAsync(TinyModel model)
    {
        MlflowRunInfo run = await _client.CreateRunAsync("0", DateTimeOffset.UnixEpoch, "brave-fox", new Dictionary<string, string> { ["dv.run.uuid"] = Guid.NewGuid().ToString() }, Token);
        foreach ((string name, byte[] bytes) in new[] { (ModelSignature.ModelFileName, model.Onnx), (ModelSignature.FileName, model.Signature.ToBytes()) })
            await _client.UploadArtifactAsync(run.ArtifactUri, new MlflowUpload($"outputs/model/{name}", bytes.Length, _ => Task.FromResult<Stream>(new MemoryStream(bytes))), Token);
        await _client.EnsureRegisteredModelAsync(Model, Token);
        var tags = new Dictionary<string, string> { ["dv.model.sha256"] = model.Sha256 };
        string version = (await _client.CreateModelVersionAsync(Model, $"runs:/{run.RunId}/outputs/model", run.RunId, tags, Token)).Version;
        await _client.SetAliasAsync(Model, "champion", version, Token);
    }

    public void Dispose()
    {
        _http.Dispose();
        _server.Dispose();
    }
}
