using System.Security.Cryptography;
using DataVersion.Testing.Models;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Models;
using Xunit;

namespace DataVersion.Tests.Serving;

/// <summary>An MLflow server with a registered model.</summary>
internal sealed class RegistrySandbox : IDisposable
{
    internal const string Model = "fraud";

    private readonly MlflowHttp _http;

    internal RegistrySandbox(MlflowServerOptions? options = null)
    {
        Server = new MlflowServer(options);
        _http = new MlflowHttp(new MlflowSettings { TrackingUri = new Uri(Server.Address) }, TimeProvider.System);
        Client = new MlflowClient(_http);
    }

    internal MlflowServer Server { get; private set; }

    internal MlflowClient Client { get; }

    internal (string Name, string Value)[] Variables => [("MLFLOW_TRACKING_URI", Server.Address), ("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0.01")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A run with the model among its artifacts, under <c>outputs/model</c>.</summary>
    internal async Task<MlflowRunInfo> UploadAsync(TinyModel model)
    {
        var tags = new Dictionary<string, string> { ["mlflow.source.git.commit"] = new('c', 40), ["dv.data.commit"] = new('d', 40), ["dv.run.uuid"] = "u-1" };
        MlflowRunInfo run = await Client.CreateRunAsync("0", DateTimeOffset.UnixEpoch, "brave-fox", tags, Token);
        foreach ((string name, byte[] bytes) in new[] { (ModelSignature.ModelFileName, model.Onnx), (ModelSignature.FileName, model.Signature.ToBytes()) })
            await Client.UploadArtifactAsync(run.ArtifactUri, new MlflowUpload($"outputs/model/{name}", bytes.Length, _ => Task.FromResult<Stream>(new MemoryStream(bytes))), Token);
        return run;
    }

    /// <summary>A version, by default of the run's files and with the model's hash.</summary>
    internal async Task<string> RegisterAsync(TinyModel model, string? source = null, string? hash = null)
    {
        MlflowRunInfo run = await UploadAsync(model);
        await Client.EnsureRegisteredModelAsync(Model, Token);
        var tags = new Dictionary<string, string> { ["dv.model.sha256"] = hash ?? Convert.ToHexStringLower(SHA256.HashData(model.Onnx)) };
        return (await Client.CreateModelVersionAsync(Model, source ?? $"runs:/{run.RunId}/outputs/model", run.RunId, tags, Token)).Version;
    }

    internal Task SetAliasAsync(string alias, string version) => Client.SetAliasAsync(Model, alias, version, Token);

    /// <summary>The server is gone; <see cref="Restart"/> brings it back.</summary>
    internal void Stop() => Server.Dispose();

    internal void Restart() => Server = new MlflowServer(new MlflowServerOptions { Port = Server.Port }, Server.State);

    public void Dispose()
    {
        _http.Dispose();
        Server.Dispose();
    }
}
