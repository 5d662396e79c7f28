using System.Text.Json;

namespace DataVersion.Tracking.Mlflow;

/// <content>Requests and answers as JSON.</content>
public sealed partial class MlflowClient
{
    private static void WritePairs(Utf8JsonWriter json, string name, IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        json.WriteStartArray(name);
        foreach ((string key, string value) in pairs)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteString("value", value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WritePoint(Utf8JsonWriter json, MlflowPoint point)
    {
        json.WriteStartObject();
        json.WriteString("key", point.Name);
        if (double.IsFinite(point.Value))
            json.WriteNumber("value", point.Value);
        else
            json.WriteString("value", double.IsNaN(point.Value) ? "NaN" : point.Value > 0 ? "Infinity" : "-Infinity");
        json.WriteNumber("timestamp", point.TimestampMs);
        json.WriteNumber("step", point.Step);
        json.WriteEndObject();
    }

    private static void WriteDataset(Utf8JsonWriter json, MlflowDataset dataset)
    {
        json.WriteStartObject();
        WritePairs(json, "tags", [new("mlflow.data.context", dataset.Context)]);
        json.WriteStartObject("dataset");
        json.WriteString("name", dataset.Name);
        json.WriteString("digest", dataset.Digest);
        json.WriteString("source_type", dataset.SourceType);
        json.WriteString("source", dataset.Source);
        if (dataset.Profile is not null)
            json.WriteString("profile", dataset.Profile);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static MlflowExperiment ReadExperiment(MlflowReply reply) =>
        new(reply.Text("experiment_id"), reply.Text("name"), reply.TextOrNull("lifecycle_stage") != "deleted", reply.TextOrNull("artifact_location"));

    private static MlflowRunInfo ReadRun(MlflowReply reply)
    {
        MlflowReply info = reply.Object("info");
        MlflowReply? data = reply.Has("data") ? reply.Object("data") : null;
        return new MlflowRunInfo
        {
            RunId = info.Text("run_id"),
            ExperimentId = info.Text("experiment_id"),
            Status = info.TextOrNull("status") ?? "",
            Name = info.TextOrNull("run_name"),
            ArtifactUri = info.TextOrNull("artifact_uri"),
            StartTime = info.Whole("start_time"),
            EndTime = info.Whole("end_time"),
            IsActive = info.TextOrNull("lifecycle_stage") != "deleted",
            Tags = data?.Pairs("tags") ?? new Dictionary<string, string>(),
            Params = data?.Pairs("params") ?? new Dictionary<string, string>(),
            Metrics = [.. (data?.Items("metrics") ?? []).Select(ReadPoint)],
        };
    }

    private static MlflowPoint ReadPoint(MlflowReply reply) =>
        new(reply.Text("key"), reply.Number("value"), reply.Whole("timestamp"), reply.Whole("step"));

    private static MlflowRegisteredModel ReadModel(MlflowReply reply) => new()
    {
        Name = reply.Text("name"),
        Description = reply.TextOrNull("description") ?? "",
        Aliases = reply.Items("aliases").ToDictionary(a => a.Text("alias"), a => a.Text("version")),
        Tags = reply.Pairs("tags"),
    };

    private static MlflowModelVersion ReadVersion(MlflowReply reply) => new()
    {
        Name = reply.Text("name"),
        Version = reply.Text("version"),
        Source = reply.TextOrNull("source") ?? "",
        RunId = reply.TextOrNull("run_id") is { Length: > 0 } run ? run : null,
        Stage = reply.TextOrNull("current_stage") ?? "None",
        Status = reply.TextOrNull("status") ?? "",
        Tags = reply.Pairs("tags"),
    };
}
