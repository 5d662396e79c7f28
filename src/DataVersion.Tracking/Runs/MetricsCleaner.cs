using System.Text;
using DataVersion.Tracking.Metrics;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Takes secrets out of what a trainer wrote to its metrics file, before it is kept with the record and sent. A name that holds one is no metric's name.</summary>
internal sealed class MetricsCleaner(Redactor redactor)
{
    /// <summary>What a file is called that could not be cleaned: no document of a run, so it is sent nowhere.</summary>
    public const string RawSuffix = ".raw";

    /// <summary>True where no secret is in it.</summary>
    public bool IsClean(string name) => redactor.CleanKnown(name) == name;

    /// <summary>Replaces the file where a secret is in it; a file without any stays as it is, to the byte.</summary>
    /// <exception cref="FileAccessException">It could not be cleaned, and has another name now.</exception>
    public async Task CleanAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            return;
        string clean = $"{file}.tmp";
        try
        {
            if (await WriteAsync(file, clean, cancellationToken))
                File.Move(clean, file, overwrite: true);
            else
                File.Delete(clean);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Move(file, file + RawSuffix, overwrite: true);
            throw Platform.SystemErrors.From(file, e);
        }
    }

    private async Task<bool> WriteAsync(string file, string clean, CancellationToken cancellationToken)
    {
        bool changed = false;
        long number = 0;
        await using var writer = new StreamWriter(clean, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        await foreach (string line in File.ReadLinesAsync(file, cancellationToken))
        {
            string kept = IsMetric(line, ++number) ? redactor.CleanKnown(line) : redactor.Clean(line);
            changed |= kept != line;
            await writer.WriteLineAsync(kept.AsMemory(), cancellationToken);
        }
        return changed;
    }

    private static bool IsMetric(string line, long number) => MetricLine.TryParse(Encoding.UTF8.GetBytes(line), number, 0, new List<MetricPoint>(), out _);
}
