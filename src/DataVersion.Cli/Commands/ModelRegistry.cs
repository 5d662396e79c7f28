using DataVersion.Tracking.Mlflow;

namespace DataVersion.Cli.Commands;

/// <summary>The registry that the <c>dv model</c> commands talk to: the server of <c>MLFLOW_TRACKING_URI</c>. No repository is needed.</summary>
internal sealed class ModelRegistry : IDisposable
{
    private readonly MlflowHttp _http;

    private ModelRegistry(MlflowHttp http)
    {
        _http = http;
        Client = new MlflowClient(http);
        Models = new MlflowRegistry(Client);
    }

    internal MlflowClient Client { get; }

    internal MlflowRegistry Models { get; }

    /// <exception cref="UsageException">There is no server, or its settings have no meaning.</exception>
    internal static ModelRegistry Open(CommandContext context)
    {
        MlflowSettings settings = MlflowSettings.From(context.Variables, context.Environment.HomeDirectory, out string? reason)
            ?? throw new UsageException($"no MLflow server is to be used: {reason}", "set MLFLOW_TRACKING_URI");
        return new ModelRegistry(new MlflowHttp(settings, context.Environment.Clock));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
