using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace DataVersion.Tracking.Lineage;

/// <summary>
/// Writes what happened to a run as OpenLineage tells it (OpenLineage 2-0-2, <c>RunEvent</c>; each facet by its own schema of the same specification).
/// The same facts give the same bytes.
/// </summary>
public static class LineageEvents
{
    private const string Spec = "https://openlineage.io/spec";

    /// <summary>One event as JSON on one line, in UTF-8, without a line break at its end.</summary>
    /// <param name="state">What happened.</param>
    /// <param name="facts">The run. What is not known yet is left out: later events of a run add to the earlier ones.</param>
    /// <param name="at">When it happened; told in UTC, to the millisecond.</param>
    public static byte[] Write(LineageState state, LineageFacts facts, DateTimeOffset at)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            string producer = Producer(facts.ProducerVersion);
            json.WriteStartObject();
            json.WriteString("eventType", Name(state));
            json.WriteString("eventTime", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            WriteRun(json, state, facts, producer);
            WriteJob(json, facts, producer);
            WriteDatasets(json, "inputs", facts.Inputs, producer, input: true);
            WriteDatasets(json, "outputs", facts.Outputs, producer, input: false);
            json.WriteString("producer", producer);
            json.WriteString("schemaURL", $"{Spec}/2-0-2/OpenLineage.json#/$defs/RunEvent");
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static string Name(LineageState state) => state switch
    {
        LineageState.Start => "START",
        LineageState.Running => "RUNNING",
        LineageState.Complete => "COMPLETE",
        LineageState.Fail => "FAIL",
        _ => "ABORT",
    };

    // The producer has to be a URI; a package URL says what and which version, and needs no web page of that name.
    private static string Producer(string version) => $"pkg:generic/dataversion@{Uri.EscapeDataString(version)}";

    private static void WriteRun(Utf8JsonWriter json, LineageState state, LineageFacts facts, string producer)
    {
        json.WriteStartObject("run");
        json.WriteString("runId", facts.RunId);
        json.WriteStartObject("facets");
        BeginFacet(json, "processing_engine", "1-1-1", "ProcessingEngineRunFacet", producer);
        json.WriteString("version", facts.ProducerVersion);
        json.WriteString("name", "dv");
        json.WriteString("openlineageAdapterVersion", facts.ProducerVersion);
        json.WriteEndObject();
        if (facts.Parent is { } parent)
        {
            BeginFacet(json, "parent", "1-0-1", "ParentRunFacet", producer);
            json.WriteStartObject("run");
            json.WriteString("runId", parent.RunId);
            json.WriteEndObject();
            WriteJobName(json, parent.JobNamespace, parent.JobName);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        if (facts.Error is { } error && state is LineageState.Fail or LineageState.Abort)
        {
            BeginFacet(json, "errorMessage", "1-0-1", "ErrorMessageRunFacet", producer);
            json.WriteString("message", LineageSecrets.Redact(error));
            // Required by its schema. The message is dv's own, whatever the trainer is written in.
            json.WriteString("programmingLanguage", "C#");
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteJob(Utf8JsonWriter json, LineageFacts facts, string producer)
    {
        WriteJobName(json, facts.JobNamespace, facts.JobName);
        json.WriteStartObject("facets");
        BeginFacet(json, "jobType", "2-0-3", "JobTypeJobFacet", producer);
        json.WriteString("processingType", "BATCH");
        json.WriteString("integration", "DV");
        json.WriteString("jobType", "TRAINING");
        json.WriteEndObject();
        if (facts.Code is { } code)
        {
            Uri? repository = LineageSecrets.Repository(code.Repository);
            BeginFacet(json, "sourceCodeLocation", "1-0-1", "SourceCodeLocationJobFacet", producer);
            json.WriteString("type", "git");
            // Required, and has to be a URI: without a repository that others can reach, the commit's own.
            json.WriteString("url", repository?.AbsoluteUri ?? $"git:{Uri.EscapeDataString(code.Commit)}");
            if (repository is not null)
                json.WriteString("repoUrl", repository.AbsoluteUri);
            json.WriteString("version", code.Commit);
            if (code.Tag is not null)
                json.WriteString("tag", code.Tag);
            if (code.Branch is not null)
                json.WriteString("branch", code.Branch);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteJobName(Utf8JsonWriter json, string jobNamespace, string name)
    {
        json.WriteStartObject("job");
        json.WriteString("namespace", LineageSecrets.Strip(jobNamespace));
        json.WriteString("name", LineageSecrets.Strip(name));
    }

    private static void WriteDatasets(Utf8JsonWriter json, string name, IReadOnlyList<LineageDataset> datasets, string producer, bool input)
    {
        json.WriteStartArray(name);
        foreach (LineageDataset dataset in datasets)
        {
            string place = LineageSecrets.Strip(dataset.Namespace);
            json.WriteStartObject();
            json.WriteString("namespace", place);
            json.WriteString("name", LineageSecrets.Strip(dataset.Name));
            json.WriteStartObject("facets");
            BeginFacet(json, "version", "1-0-1", "DatasetVersionDatasetFacet", producer);
            json.WriteString("datasetVersion", dataset.Version);
            json.WriteEndObject();
            BeginFacet(json, "storage", "1-0-1", "StorageDatasetFacet", producer);
            json.WriteString("storageLayer", "dv");
            json.WriteEndObject();
            WriteDataSource(json, place, producer);
            json.WriteEndObject();
            WriteStatistics(json, dataset, producer, input);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteDataSource(Utf8JsonWriter json, string place, string producer)
    {
        BeginFacet(json, "dataSource", "1-0-1", "DatasourceDatasetFacet", producer);
        json.WriteString("name", place);
        if (place.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(place, UriKind.Absolute, out Uri? uri))
            json.WriteString("uri", uri.AbsoluteUri);
        json.WriteEndObject();
    }

    private static void WriteStatistics(Utf8JsonWriter json, LineageDataset dataset, string producer, bool input)
    {
        if (dataset.Size is null && dataset.Files is null)
            return;
        json.WriteStartObject(input ? "inputFacets" : "outputFacets");
        if (input)
            BeginFacet(json, "inputStatistics", "1-0-0", "InputStatisticsInputDatasetFacet", producer);
        else
            BeginFacet(json, "outputStatistics", "1-0-2", "OutputStatisticsOutputDatasetFacet", producer);
        if (dataset.Size is { } size)
            json.WriteNumber("size", size);
        if (dataset.Files is { } files)
            json.WriteNumber("fileCount", files);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void BeginFacet(Utf8JsonWriter json, string name, string version, string schema, string producer)
    {
        json.WriteStartObject(name);
        json.WriteString("_producer", producer);
        json.WriteString("_schemaURL", $"{Spec}/facets/{version}/{schema}.json#/$defs/{schema}");
    }
}
