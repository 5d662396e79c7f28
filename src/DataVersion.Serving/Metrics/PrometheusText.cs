using System.Diagnostics;
using System.Globalization;
using System.Text;
using DataVersion.Serving.Models;

namespace DataVersion.Serving.Metrics;

/// <summary>The metrics in Prometheus' text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    // With fewer rows the index measures chance.
    private const long LeastRows = 200;

    internal static string Write(RequestMetrics requests, LoadedModel? model, ModelKeeper keeper)
    {
        var text = new StringBuilder(8 * 1024);
        WriteRequests(text, requests);
        Head(text, "dv_serve_rows_total", "counter", "Rows that were answered.");
        Line(text, "dv_serve_rows_total", "", requests.Rows);
        Head(text, "dv_serve_positive_rows_total", "counter", "Rows whose label is 1.");
        Line(text, "dv_serve_positive_rows_total", "", requests.Positive);
        Head(text, "dv_serve_requests_in_flight", "gauge", "Requests that are being answered.");
        Line(text, "dv_serve_requests_in_flight", "", requests.InFlight);
        (long loads, long failures) = keeper.Counts;
        Head(text, "dv_serve_model_loads_total", "counter", "Models that were loaded.");
        Line(text, "dv_serve_model_loads_total", "", loads);
        Head(text, "dv_serve_model_load_failures_total", "counter", "Attempts to look up or load a model that failed.");
        Line(text, "dv_serve_model_load_failures_total", "", failures);
        Head(text, "dv_serve_ready", "gauge", "1 where a model answers.");
        Line(text, "dv_serve_ready", "", model is null ? 0 : 1);
        if (model is not null)
            WriteModel(text, model);
        Head(text, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.");
        Line(text, "process_resident_memory_bytes", "", Environment.WorkingSet);
        Head(text, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.");
        using var process = Process.GetCurrentProcess();
        Line(text, "process_start_time_seconds", "", new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0);
        return text.ToString();
    }

    private static void WriteRequests(StringBuilder text, RequestMetrics requests)
    {
        Head(text, "dv_serve_requests_total", "counter", "Requests by route and status.");
        for (int route = 0; route < requests.Routes.Count; route++)
        {
            foreach ((int status, long count) in requests.StatusesOf(route))
                Line(text, "dv_serve_requests_total", $"route=\"{requests.Routes[route]}\",status=\"{status.ToString(CultureInfo.InvariantCulture)}\"", count);
        }
        Head(text, "dv_serve_request_duration_seconds", "histogram", "How long requests took.");
        for (int route = 0; route < requests.Routes.Count; route++)
        {
            (long[] counts, double sum) = requests.LatencyOf(route);
            if (counts.Sum() == 0)
                continue;
            string label = $"route=\"{requests.Routes[route]}\"";
            long below = 0;
            for (int i = 0; i < RequestMetrics.Buckets.Length; i++)
            {
                below += counts[i];
                Line(text, "dv_serve_request_duration_seconds_bucket", $"{label},le=\"{RequestMetrics.Buckets[i].ToString(CultureInfo.InvariantCulture)}\"", below);
            }
            below += counts[^1];
            Line(text, "dv_serve_request_duration_seconds_bucket", $"{label},le=\"+Inf\"", below);
            Line(text, "dv_serve_request_duration_seconds_sum", label, sum);
            Line(text, "dv_serve_request_duration_seconds_count", label, below);
        }
    }

    private static void WriteModel(StringBuilder text, LoadedModel model)
    {
        Head(text, "dv_serve_model_info", "gauge", "The model that answers.");
        Line(text, "dv_serve_model_info",
            $"name=\"{Escape(model.Resolved.Name ?? "")}\",version=\"{Escape(model.Resolved.Version ?? "")}\",sha256=\"{model.Sha256}\"", 1);
        Head(text, "dv_serve_model_loaded_timestamp_seconds", "gauge", "When it was loaded, since unix epoch.");
        Line(text, "dv_serve_model_loaded_timestamp_seconds", "", model.LoadedAt.ToUnixTimeMilliseconds() / 1000.0);
        (double Index, double Missing)[] drift = model.Drift.Measure(out long rows);
        Head(text, "dv_serve_drift_window_rows", "gauge", "Rows that drift is measured over.");
        Line(text, "dv_serve_drift_window_rows", "", rows);
        if (rows < LeastRows)
            return;
        Head(text, "dv_serve_input_drift_psi", "gauge", "Population stability index of an input against the training data; over 0.2 is a marked change.");
        for (int i = 0; i < drift.Length; i++)
        {
            if (!double.IsNaN(drift[i].Index))
                Line(text, "dv_serve_input_drift_psi", Input(model, i), drift[i].Index);
        }
        Head(text, "dv_serve_input_missing_ratio", "gauge", "Share of rows without a value of an input.");
        for (int i = 0; i < drift.Length; i++)
        {
            if (!double.IsNaN(drift[i].Missing))
                Line(text, "dv_serve_input_missing_ratio", Input(model, i), drift[i].Missing);
        }
    }

    private static string Input(LoadedModel model, int column) => $"input=\"{Escape(model.Columns.Names[column])}\"";

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
