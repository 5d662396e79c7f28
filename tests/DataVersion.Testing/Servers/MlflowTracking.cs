using System.Globalization;
using System.Text.Json.Nodes;
using Checks = DataVersion.Testing.Servers.MlflowServerChecks;

namespace DataVersion.Testing.Servers;

/// <summary>Experiments and runs of the fake server.</summary>
internal sealed class MlflowTracking(MlflowState state, MlflowServerOptions options)
{
    public JsonObject? Answer(string route, MlflowServerRequest request) => route switch
    {
        "GET experiments/get-by-name" => GetExperiment(request.Query["experiment_name"]),
        "GET experiments/search" => SearchExperiments(request.Query),
        "POST experiments/create" => CreateExperiment(request.Json),
        "POST experiments/delete" => DeleteExperiment(request.Json),
        "POST runs/create" => CreateRun(request.Json),
        "GET runs/get" => new JsonObject { ["run"] = Describe(Find(request.Query["run_id"])) },
        "POST runs/update" => Update(request.Json),
        "POST runs/delete" => Delete(request.Json),
        "POST runs/search" => MlflowSearch.Runs(state, request.Json, Describe),
        "POST runs/log-batch" => LogBatch(request.Json),
        "POST runs/set-tag" => SetTag(request.Json),
        "POST runs/log-inputs" => LogInputs(request.Json),
        "GET metrics/get-history" => History(request),
        _ => null,
    };

    private JsonObject GetExperiment(string name) => new()
    {
        ["experiment"] = state.Experiments.Values.FirstOrDefault(e => e.Name == name) is { } found
            ? Describe(found)
            : throw MlflowServerRefusal.Missing($"Could not find experiment with name '{name}'"),
    };

    // max_results must be there, as the real server has it.
    private JsonObject SearchExperiments(IReadOnlyDictionary<string, string> query)
    {
        int count = query.TryGetValue("max_results", out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : throw MlflowServerRefusal.Invalid("Invalid value 0 for parameter 'max_results' supplied.");
        return new JsonObject { ["experiments"] = new JsonArray([.. state.Experiments.Values.Where(e => !e.IsDeleted).Take(count).Select(e => (JsonNode)Describe(e))]) };
    }

    private static JsonObject Describe(MlflowServerExperiment experiment) => new()
    {
        ["experiment_id"] = experiment.Id,
        ["name"] = experiment.Name,
        ["artifact_location"] = experiment.ArtifactLocation,
        ["lifecycle_stage"] = experiment.IsDeleted ? "deleted" : "active",
    };

    private JsonObject CreateExperiment(JsonObject json)
    {
        string name = Checks.Required(json, "name");
        if (state.Experiments.Values.Any(e => e.Name == name))
            throw MlflowServerRefusal.There($"Experiment(name={name}) already exists. Error: (sqlite3.IntegrityError) UNIQUE constraint failed: experiments.name\n[SQL: INSERT INTO experiments (name) VALUES (?)]");
        return new JsonObject { ["experiment_id"] = state.AddExperiment(name).Id };
    }

    private JsonObject DeleteExperiment(JsonObject json)
    {
        state.Experiments[Checks.Required(json, "experiment_id")].IsDeleted = true;
        return [];
    }

    private JsonObject CreateRun(JsonObject json)
    {
        string experimentId = Checks.Optional(json, "experiment_id");
        if (!state.Experiments.TryGetValue(experimentId, out MlflowServerExperiment? experiment))
            throw MlflowServerRefusal.Missing($"No Experiment with id={experimentId} exists");
        if (experiment.IsDeleted)
            throw MlflowServerRefusal.Invalid($"The experiment {experiment.Id} must be in the 'active' state. Current state is deleted.");
        long start = json["start_time"] is null ? 0 : Checks.Whole(json, "start_time");
        string id = state.NewId();
        string name = json["run_name"]?.GetValue<string>() ?? $"capable-hog-{state.Runs.Count}";
        var run = new MlflowServerRun
        {
            Id = id,
            ExperimentId = experiment.Id,
            Name = name,
            ArtifactUri = $"{experiment.ArtifactLocation}/{id}/artifacts",
            StartTime = start,
        };
        foreach (JsonObject tag in Checks.Objects(json, "tags"))
            run.Tags[Checks.Key(tag, "Tag key", "tags")] = Checks.Truncated(Checks.Optional(tag, "value"), Checks.MaxTag);
        run.Tags["mlflow.runName"] = name;
        state.Runs[id] = run;
        return new JsonObject { ["run"] = Describe(run) };
    }

    private JsonObject Update(JsonObject json)
    {
        MlflowServerRun run = Find(Checks.Required(json, "run_id"));
        Checks.Active(run);
        // A status that it does not know is passed over without a word.
        if (Checks.Optional(json, "status") is "RUNNING" or "FINISHED" or "FAILED" or "KILLED" or "SCHEDULED")
            run.Status = Checks.Optional(json, "status");
        if (json["end_time"] is not null)
            run.EndTime = Checks.Whole(json, "end_time");
        return new JsonObject { ["run_info"] = Info(run) };
    }

    private JsonObject Delete(JsonObject json)
    {
        Find(Checks.Required(json, "run_id")).IsDeleted = true;
        return [];
    }

    private JsonObject LogBatch(JsonObject json)
    {
        MlflowServerRun run = Find(Checks.Required(json, "run_id"));
        IReadOnlyList<JsonObject> metrics = Checks.Objects(json, "metrics");
        IReadOnlyList<JsonObject> values = Checks.Objects(json, "params");
        IReadOnlyList<JsonObject> tags = Checks.Objects(json, "tags");
        Checks.Count(metrics.Count, 1000, "metrics");
        Checks.Count(values.Count, 100, "params");
        Checks.Count(tags.Count, 100, "tags");
        Checks.Count(metrics.Count + values.Count + tags.Count, 1000, "metrics, params, and tags");
        Checks.Active(run);
        // All is checked before anything is kept: a batch is one transaction.
        (string, double, long, long)[] points = [.. metrics.Select(ReadPoint)];
        (string Key, string Value)[] newParams = [.. values.Select((p, i) =>
            (Checks.Key(p, "Param key", $"params[{i}]"), Checks.Truncated(Checks.Optional(p, "value"), Checks.MaxParam)))];
        (string Key, string Value)[] newTags = [.. tags.Select((t, i) =>
            (Checks.Key(t, "Tag key", $"tags[{i}]"), Checks.Truncated(Checks.Optional(t, "value"), Checks.MaxTag)))];
        if (points.Any(p => p.Item1 == state.RefusedMetric))
            throw MlflowServerRefusal.Invalid($"Invalid value \"{state.RefusedMetric}\" for parameter 'metrics[0].name' supplied");
        RefuseChanges(run, newParams);
        foreach ((string key, string value) in newParams)
            run.Params[key] = value;
        foreach ((string key, double value, long timestamp, long step) in points)
        {
            if (run.Points.Add((key, value, timestamp, step)))
                run.History.Add((key, value, timestamp, step));
        }
        foreach ((string key, string value) in newTags)
            run.Tags[key] = value;
        return [];
    }

    private static (string, double, long, long) ReadPoint(JsonObject metric, int i) =>
        (Checks.Key(metric, "Metric name", $"metrics[{i}]"), Checks.Number(metric, "value", $"metrics[{i}].value"),
            Checks.Whole(metric, "timestamp", $"metrics[{i}].timestamp"), metric["step"] is null ? 0 : Checks.Whole(metric, "step"));

    private static void RefuseChanges(MlflowServerRun run, (string Key, string Value)[] values)
    {
        if (values.GroupBy(p => p.Key).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw MlflowServerRefusal.Invalid($"Duplicate parameter keys have been submitted: ['{twice.Key}']. Please ensure the request contains only one param value per param key.");
        string changes = string.Join(", ", values.Where(p => run.Params.TryGetValue(p.Key, out string? old) && old != p.Value)
            .Select(p => $"{{'key': '{p.Key}', 'old_value': '{run.Params[p.Key]}', 'new_value': '{p.Value}'}}"));
        if (changes.Length > 0)
            throw MlflowServerRefusal.Invalid($"Changing param values is not allowed. Params were already logged='[{changes}]' for run ID='{run.Id}'.");
    }

    private JsonObject SetTag(JsonObject json)
    {
        MlflowServerRun run = Find(Checks.Required(json, "run_id"));
        Checks.Active(run);
        run.Tags[Checks.Key(json, "Tag key", "tag")] = Checks.Truncated(Checks.Optional(json, "value"), Checks.MaxTag);
        return [];
    }

    private JsonObject LogInputs(JsonObject json)
    {
        MlflowServerRun run = Find(Checks.Required(json, "run_id"));
        Checks.Active(run);
        var ready = new List<MlflowServerDataset>();
        foreach (JsonObject input in Checks.Objects(json, "datasets"))
        {
            JsonObject dataset = input["dataset"]!.AsObject();
            ready.Add(new MlflowServerDataset(
                Checks.Limited(Checks.Required(dataset, "name"), 500, "name"),
                Checks.Limited(Checks.Required(dataset, "digest"), 36, "digest"),
                Checks.Required(dataset, "source_type"),
                Checks.Limited(Checks.Optional(dataset, "source"), 65_535, "source"),
                dataset["schema"]?.GetValue<string>(),
                dataset["profile"] is { } profile ? Checks.Limited(profile.GetValue<string>(), 16_777_215, "profile") : null)
            {
                Tags = Checks.Objects(input, "tags").ToDictionary(t => Checks.Optional(t, "key"), t => Checks.Optional(t, "value")),
            });
        }
        foreach (MlflowServerDataset dataset in ready)
        {
            // Of the same name and digest the first source wins.
            MlflowServerDataset kept = state.Datasets.TryGetValue((run.ExperimentId, dataset.Name, dataset.Digest), out MlflowServerDataset? first)
                ? first : state.Datasets[(run.ExperimentId, dataset.Name, dataset.Digest)] = dataset;
            if (!run.Inputs.Any(i => i.Name == kept.Name && i.Digest == kept.Digest))
                run.Inputs.Add(kept);
        }
        return [];
    }

    private JsonObject History(MlflowServerRequest request)
    {
        MlflowServerRun run = Find(request.Query["run_id"]);
        if (!request.Query.TryGetValue("max_results", out string? max) && options.Is36)
            return new JsonObject { ["next_page_token"] = "eyJvZmZzZXQiOiAwfQ==" };
        int offset = request.Query.TryGetValue("page_token", out string? token) ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        int count = max is null ? int.MaxValue : int.Parse(max, CultureInfo.InvariantCulture);
        var all = run.History.Where(p => p.Key == request.Query["metric_key"]).ToList();
        var answer = new JsonObject { ["metrics"] = new JsonArray([.. all.Skip(offset).Take(count).Select(p => (JsonNode)Point(p))]) };
        if (all.Count > (long)offset + count)
            answer["next_page_token"] = (offset + count).ToString(CultureInfo.InvariantCulture);
        return answer;
    }

    private MlflowServerRun Find(string id) => state.Runs.TryGetValue(id, out MlflowServerRun? run) ? run : throw MlflowServerRefusal.Missing($"Run with id={id} not found");

    private static JsonObject Point((string Key, double Value, long Timestamp, long Step) point) => new()
    {
        ["key"] = point.Key,
        ["value"] = double.IsNaN(point.Value) ? JsonValue.Create("NaN") : JsonValue.Create(point.Value),
        ["timestamp"] = point.Timestamp,
        ["step"] = point.Step,
    };

    private static JsonObject Info(MlflowServerRun run)
    {
        var info = new JsonObject
        {
            ["run_uuid"] = run.Id,
            ["experiment_id"] = run.ExperimentId,
            ["run_name"] = run.Name,
            ["user_id"] = "",
            ["status"] = run.Status,
            ["start_time"] = run.StartTime,
            ["artifact_uri"] = run.ArtifactUri,
            ["lifecycle_stage"] = run.IsDeleted ? "deleted" : "active",
            ["run_id"] = run.Id,
        };
        if (run.EndTime > 0)
            info["end_time"] = run.EndTime;
        return info;
    }

    private JsonObject Describe(MlflowServerRun run)
    {
        var data = new JsonObject();
        // Empty lists are left out.
        if (run.History.Count > 0)
            data["metrics"] = new JsonArray([.. run.History.GroupBy(p => p.Key).Select(g => (JsonNode)Point(g.MaxBy(p => (p.Step, p.Timestamp, p.Value))))]);
        if (run.Params.Count > 0)
            data["params"] = Pairs(run.Params);
        data["tags"] = Pairs(run.Tags);
        var all = new JsonObject { ["info"] = Info(run), ["data"] = data };
        if (options.Is36)
            all["inputs"] = new JsonObject();
        return all;
    }

    private static JsonArray Pairs(Dictionary<string, string> pairs) =>
        new([.. pairs.Select(p => (JsonNode)(p.Value.Length > 0 ? new JsonObject { ["key"] = p.Key, ["value"] = p.Value } : new JsonObject { ["key"] = p.Key }))]);
}
