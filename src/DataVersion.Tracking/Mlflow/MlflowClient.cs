namespace DataVersion.Tracking.Mlflow;

/// <summary>MLflow's REST API, version 2.0, as far as a run needs it: experiments and runs here, artifacts and the model registry beside it.</summary>
/// <param name="http">Where requests are made; the caller disposes of it.</param>
public sealed partial class MlflowClient(MlflowHttp http)
{
    private const string Api = "api/2.0/mlflow/";

    /// <summary>Where requests are made.</summary>
    public MlflowHttp Http => http;

    /// <summary>An experiment, deleted ones included; null where there is none of this name.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowExperiment?> FindExperimentAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            MlflowReply reply = await http.GetAsync($"find experiment '{name}'", $"{Api}experiments/get-by-name?experiment_name={Escape(name)}", cancellationToken);
            return ReadExperiment(reply.Object("experiment"));
        }
        catch (MlflowException e) when (e.IsMissing)
        {
            return null;
        }
    }

    /// <summary>The active experiment of this name, made where there is none; many may ask at once.</summary>
    /// <exception cref="MlflowException">The server fails or refuses, or the experiment has been deleted.</exception>
    public async Task<MlflowExperiment> EnsureExperimentAsync(string name, CancellationToken cancellationToken)
    {
        MlflowExperiment experiment = await FindExperimentAsync(name, cancellationToken) ?? await CreateOrFindExperimentAsync(name, cancellationToken);
        return experiment.IsActive ? experiment : throw new MlflowException(http.Settings.Location,
            $"experiment '{name}' (id {experiment.Id}) has been deleted, and its name stays taken",
            $"restore it (mlflow experiments restore -x {experiment.Id}), or choose another name with MLFLOW_EXPERIMENT_NAME");
    }

    /// <summary>Makes a run; twice makes two, so it is tried once: see <see cref="MlflowException.IsTransient"/>.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowRunInfo> CreateRunAsync(
        string experimentId, DateTimeOffset startTime, string? runName, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        MlflowReply reply = await http.PostOnceAsync("create the run", $"{Api}runs/create", json =>
        {
            json.WriteString("experiment_id", experimentId);
            json.WriteNumber("start_time", startTime.ToUnixTimeMilliseconds());
            if (runName is not null)
                json.WriteString("run_name", MlflowLimits.Cut(runName, MlflowLimits.Key));
            WritePairs(json, "tags", [.. tags]);
        }, cancellationToken);
        return ReadRun(reply.Object("run"));
    }

    /// <summary>A run, deleted ones included.</summary>
    /// <exception cref="MlflowException">The server fails or refuses, or has no such run.</exception>
    public async Task<MlflowRunInfo> GetRunAsync(string runId, CancellationToken cancellationToken) =>
        ReadRun((await http.GetAsync("read the run", $"{Api}runs/get?run_id={Escape(runId)}", cancellationToken)).Object("run"));

    /// <summary>The active runs of an experiment whose tag has this value.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<IReadOnlyList<MlflowRunInfo>> FindRunsAsync(string experimentId, string tag, string value, CancellationToken cancellationToken)
    {
        var runs = new List<MlflowRunInfo>();
        string? page = null;
        do
        {
            string? token = page;
            MlflowReply reply = await http.PostAsync("search the runs", $"{Api}runs/search", json =>
            {
                WriteList(json, "experiment_ids", [experimentId]);
                json.WriteString("filter", $"tags.`{tag}` = {Quote(value)}");
                json.WriteNumber("max_results", 100);
                if (token is not null)
                    json.WriteString("page_token", token);
            }, cancellationToken);
            int before = runs.Count;
            runs.AddRange(reply.Items("runs").Select(ReadRun));
            // A token may come with the last page, too.
            page = runs.Count > before ? reply.TextOrNull("next_page_token") : null;
        }
        while (page is { Length: > 0 });
        return runs;
    }

    /// <summary>Sets a run's status; the end time stays where none is given.</summary>
    /// <exception cref="MlflowException">The server fails or refuses, or leaves the status as it was (it says 200 to one that it does not know).</exception>
    public async Task SetStatusAsync(string runId, MlflowStatus status, DateTimeOffset? endTime, CancellationToken cancellationToken)
    {
        string name = NameOf(status);
        MlflowReply reply = await http.PostAsync($"set the run's status to {name}", $"{Api}runs/update", json =>
        {
            json.WriteString("run_id", runId);
            json.WriteString("status", name);
            if (endTime is { } end)
                json.WriteNumber("end_time", end.ToUnixTimeMilliseconds());
        }, cancellationToken);
        string? echo = reply.Object("run_info").TextOrNull("status");
        if (echo != name)
            throw new MlflowException(http.Settings.Location, $"the run's status is {echo ?? "not told"} after it was set to {name}", "does the server speak MLflow's API 2.0?");
    }

    /// <summary>Deletes a run, so that it can be restored.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public Task DeleteRunAsync(string runId, CancellationToken cancellationToken) =>
        http.PostAsync("delete a doubled run", $"{Api}runs/delete", json => json.WriteString("run_id", runId), cancellationToken);

    /// <summary>Sends metric points, at most 1000; one that the server has already changes nothing.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public Task LogMetricsAsync(string runId, IReadOnlyList<MlflowPoint> points, CancellationToken cancellationToken) =>
        http.PostAsync("log metrics", $"{Api}runs/log-batch", json =>
        {
            json.WriteString("run_id", runId);
            json.WriteStartArray("metrics");
            foreach (MlflowPoint point in points)
                WritePoint(json, point);
            json.WriteEndArray();
        }, cancellationToken);

    /// <summary>Sends params, at most 100, each key once; an equal value changes nothing, another one is refused.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public Task LogParamsAsync(string runId, IReadOnlyList<KeyValuePair<string, string>> values, CancellationToken cancellationToken) =>
        LogPairsAsync("log params", "params", runId, values, cancellationToken);

    /// <summary>Sets tags, at most 100; the last value counts.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public Task LogTagsAsync(string runId, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellationToken) =>
        LogPairsAsync("set tags", "tags", runId, tags, cancellationToken);

    /// <summary>Sets one tag.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public Task SetTagAsync(string runId, string key, string value, CancellationToken cancellationToken) =>
        http.PostAsync($"set tag '{key}'", $"{Api}runs/set-tag", json =>
        {
            json.WriteString("run_id", runId);
            json.WriteString("key", key);
            json.WriteString("value", value);
        }, cancellationToken);

    /// <summary>Says what data a run used; of the same name and digest the first source stays, in all runs of the experiment.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public Task LogInputsAsync(string runId, IReadOnlyList<MlflowDataset> datasets, CancellationToken cancellationToken) =>
        http.PostAsync("log the datasets", $"{Api}runs/log-inputs", json =>
        {
            json.WriteString("run_id", runId);
            json.WriteStartArray("datasets");
            foreach (MlflowDataset dataset in datasets)
                WriteDataset(json, dataset);
            json.WriteEndArray();
        }, cancellationToken);

    /// <summary>All points of a metric, in the server's order.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<IReadOnlyList<MlflowPoint>> GetMetricHistoryAsync(string runId, string metric, CancellationToken cancellationToken)
    {
        var points = new List<MlflowPoint>();
        string? page = null;
        do
        {
            // Without max_results, 3.6 answers with no points at all.
            string path = $"{Api}metrics/get-history?run_id={Escape(runId)}&metric_key={Escape(metric)}&max_results=10000{Page(page)}";
            MlflowReply reply = await http.GetAsync("read a metric", path, cancellationToken);
            int before = points.Count;
            points.AddRange(reply.Items("metrics").Select(ReadPoint));
            page = points.Count > before ? reply.TextOrNull("next_page_token") : null;
        }
        while (page is { Length: > 0 });
        return points;
    }

    /// <summary>The status as the server spells it.</summary>
    internal static string NameOf(MlflowStatus status) => status.ToString().ToUpperInvariant();

    private async Task<MlflowExperiment> CreateOrFindExperimentAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await http.PostAsync($"create experiment '{name}'", $"{Api}experiments/create", json => json.WriteString("name", name), cancellationToken);
        }
        catch (MlflowException e) when (e.IsThere)
        {
            // Somebody else was first, or our own first try, whose answer was lost.
        }
        return await FindExperimentAsync(name, cancellationToken)
            ?? throw MlflowFailure.NotAnAnswer(http.Settings, $"create experiment '{name}'", "says that it is there, and it is not");
    }

    private Task<MlflowReply> LogPairsAsync(string doing, string list, string runId, IReadOnlyList<KeyValuePair<string, string>> pairs, CancellationToken cancellationToken) =>
        http.PostAsync(doing, $"{Api}runs/log-batch", json =>
        {
            json.WriteString("run_id", runId);
            WritePairs(json, list, pairs);
        }, cancellationToken);

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Page(string? token) => token is null ? "" : $"&page_token={Escape(token)}";

    /// <summary>A text in a filter; the server's language has no escape for a quote.</summary>
    private static string Quote(string value) => !value.Contains('\'', StringComparison.Ordinal) ? $"'{value}'"
        : !value.Contains('"', StringComparison.Ordinal) ? $"\"{value}\""
        : throw new UsageException("MLflow cannot search for a text with both kinds of quotes", "choose a name without quotes");
}
