using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

public sealed class Mlflow36Tests : MlflowContract, IDisposable
{
    private readonly MlflowBox _box = new();

    protected override MlflowClient Client => _box.Client;

    public void Dispose() => _box.Dispose();
}

public sealed class Mlflow219Tests : MlflowContract, IDisposable
{
    private readonly MlflowBox _box = new(new MlflowServerOptions { Is36 = false });

    protected override MlflowClient Client => _box.Client;

    public void Dispose() => _box.Dispose();
}

/// <summary>A server that exists: DV_TEST_MLFLOW_URL, with MLflow's usual variables for credentials.</summary>
public sealed class MlflowRealTests : MlflowContract, IDisposable
{
    private MlflowHttp? _http;

    protected override MlflowClient Client
    {
        get
        {
            string? url = Environment.GetEnvironmentVariable("DV_TEST_MLFLOW_URL");
            Assert.SkipWhen(string.IsNullOrEmpty(url), "DV_TEST_MLFLOW_URL names no MLflow server");
            Dictionary<string, string> variables = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
                .ToDictionary(v => (string)v.Key, v => (string)v.Value!);
            variables["MLFLOW_TRACKING_URI"] = url!;
            _http ??= new MlflowHttp(MlflowSettings.From(variables, null)!, TimeProvider.System);
            return new MlflowClient(_http);
        }
    }

    public void Dispose() => _http?.Dispose();
}
