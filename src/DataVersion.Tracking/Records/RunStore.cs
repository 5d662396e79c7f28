using System.Text;
using DataVersion.Platform;

namespace DataVersion.Tracking.Records;

/// <summary>The runs that this machine keeps: a folder for each, in the repository's <c>runs/</c>. Every file is replaced whole.</summary>
/// <param name="folder">The folder of all runs; made when the first one is written.</param>
public sealed class RunStore(string folder)
{
    // Present while a remote lacks the last state of the run; says why.
    private const string UnsentMark = "unsent";

    /// <summary>The folder of all runs.</summary>
    public string Folder => folder;

    /// <summary>The runs of a repository.</summary>
    public static RunStore Of(Repository repository) => new(Path.Combine(repository.Layout.StateDirectory, "runs"));

    /// <summary>The folder of one run.</summary>
    public string FolderOf(string id) => Path.Combine(folder, id);

    /// <summary>A document of a run.</summary>
    public string PathOf(string id, string document) => Path.Combine(folder, id, document);

    /// <summary>
    /// The names of the documents beside a run's record that may leave this machine. The trainer's metrics are one only once the record names their hash: before
    /// that, as after a dv that was killed, nobody has taken the secrets out of them.
    /// </summary>
    public IReadOnlyList<string> Beside(RunRecord record) =>
        [.. DocumentNames.BesideRecord.Where(n => (n != DocumentNames.Metrics || record.Metrics?.HistorySha256 is not null) && File.Exists(PathOf(record.RunUuid, n)))];

    /// <summary>Writes a run's record.</summary>
    /// <returns>The bytes that were written.</returns>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    public byte[] Save(RunRecord record)
    {
        byte[] bytes = RunRecordJson.Write(record);
        Save(record.RunUuid, DocumentNames.Record, bytes);
        return bytes;
    }

    /// <summary>Writes another document of a run.</summary>
    /// <exception cref="FileAccessException">It cannot be written.</exception>
    public void Save(string id, string document, ReadOnlySpan<byte> bytes) => AtomicFile.Write(PathOf(id, document), bytes);

    /// <summary>A run's record; null where there is none of that id.</summary>
    /// <exception cref="InvalidFormatException">It is damaged, or of a newer version.</exception>
    public RunRecord? TryLoad(string id)
    {
        string path = PathOf(id, DocumentNames.Record);
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > RunRecordJson.MaxBytes)
                throw new InvalidFormatException(path, null, $"a record has at most {RunRecordJson.MaxBytes} bytes", null, ErrorKind.Corrupt);
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
        return RunRecordJson.Read(bytes, path);
    }

    /// <summary>The ids of all runs, the latest first.</summary>
    public IReadOnlyList<string> List()
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Select(d => Path.GetFileName(d)!).Where(RunIds.IsId).OrderDescending(StringComparer.Ordinal)] : [];
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(folder, e);
        }
    }

    /// <summary>Notes that a remote lacks the last state of a run.</summary>
    public void MarkUnsent(string id, string problem) => Save(id, UnsentMark, Encoding.UTF8.GetBytes(problem + "\n"));

    /// <summary>Takes the note back.</summary>
    public void MarkSent(string id) => File.Delete(PathOf(id, UnsentMark));

    /// <summary>The runs that a remote lacks, oldest first.</summary>
    public IReadOnlyList<string> ListUnsent() => [.. List().Where(id => File.Exists(PathOf(id, UnsentMark))).Order(StringComparer.Ordinal)];
}
