using System.Text;
using System.Text.Json;

namespace DataVersion.Trainer.Output;

/// <summary>
/// Appends metrics to the file that <c>dv run</c> follows, one JSON object a line (docs/mlflow.md). A file that cannot be written ends nothing: it is told once.
/// </summary>
internal sealed class MetricsLines(string? file, TextWriter error)
{
    private bool _isBroken;

    /// <summary>Appends one line.</summary>
    /// <param name="step">The step, or epoch.</param>
    /// <param name="metrics">The metrics; those that are no numbers are left out.</param>
    internal void Append(long step, IEnumerable<KeyValuePair<string, double>> metrics)
    {
        if (file is null || _isBroken)
            return;
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step);
            foreach ((string name, double value) in metrics.Where(m => double.IsFinite(m.Value)))
                json.WriteNumber(name, value);
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        try
        {
            File.AppendAllText(file, Encoding.UTF8.GetString(line.ToArray()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _isBroken = true;
            error.WriteLine($"dv-train: warning: metrics cannot be written to '{file}': {e.Message}");
        }
    }
}
