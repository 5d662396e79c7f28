using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;

namespace DataVersion.Tests.Tracking.Mlflow;

/// <summary>A fake server, and clients that try again soon.</summary>
internal sealed class MlflowBox : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    public MlflowBox(MlflowServerOptions? options = null)
    {
        Server = new MlflowServer(options);
        Client = Connect();
    }

    public MlflowServer Server { get; private set; }

    public MlflowClient Client { get; }

    public MlflowState State => Server.State;

    public static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    /// <summary>A further client, such as another pod's.</summary>
    public MlflowClient Connect(params (string Name, string Value)[] variables) => Connect(Server.Address, variables);

    public MlflowClient Connect(string address, params (string Name, string Value)[] variables)
    {
        var http = new MlflowHttp(Settings(address, variables), TimeProvider.System);
        _owned.Add(http);
        return new MlflowClient(http);
    }

    public static MlflowSettings Settings(string address, params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>
        {
            ["MLFLOW_TRACKING_URI"] = address,
            ["MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR"] = "0.01",
            ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "20",
        };
        foreach ((string name, string value) in variables)
            environment[name] = value;
        return MlflowSettings.From(environment, null)!;
    }

    /// <summary>The server goes away.</summary>
    public void Stop() => Server.Dispose();

    /// <summary>The server comes back at the same address with all that it knew.</summary>
    public void Restart() => Server = new MlflowServer(new MlflowServerOptions { Port = Server.Port }, Server.State);

    public static MlflowFacts Facts(string? key = null, int attempt = 1) => new()
    {
        RunUuid = Guid.NewGuid().ToString(),
        RunKey = key,
        Attempt = attempt,
        ExperimentName = "fraud",
        RunName = "fraud-v2",
        StartTime = DateTimeOffset.FromUnixTimeMilliseconds(1_795_217_059_875),
        Tags = new Dictionary<string, string> { ["mlflow.source.git.commit"] = "0123456789abcdef0123456789abcdef01234567", ["dv.git.dirty"] = "false" },
        Params = new Dictionary<string, string> { ["seed"] = "42", ["learning_rate"] = "0.001" },
        Datasets = [new MlflowDataset("data/train", "9f86d081884c7d659a2feaa0c55ad015a3bf", """{"path":"data/train"}""", """{"size":123}""")],
    };

    public static MlflowUpload Upload(string path, byte[] bytes, string? sha256 = null) =>
        new(path, bytes.Length, _ => Task.FromResult<Stream>(new MemoryStream(bytes)), sha256);

    public static MlflowPoint[] Points(int count, string name = "loss") =>
        [.. Enumerable.Range(0, count).Select(i => new MlflowPoint(name, 1.0 / (i + 1), 1_795_217_059_875 + i, i))];

    public static async Task UntilAsync(Func<bool> holds)
    {
        for (int i = 0; !holds(); i++)
        {
            Xunit.Assert.True(i < 2000, "it did not come true in 20 s");
            await Task.Delay(10, Token);
        }
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
        Server.Dispose();
    }
}
