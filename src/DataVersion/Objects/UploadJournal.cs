using System.Globalization;
using System.IO.Hashing;
using System.Text;
using DataVersion.Platform;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>
/// One upload in parts, written down as it goes on: a line for the upload, then one for each part that the store has taken. A line that was cut
/// by a crash counts as not written. Losing a journal costs sending again, nothing else; so does another process that holds it.
/// </summary>
/// <remarks>The upload's id may let anybody who knows it go on with the upload (Google's session URI does): the file is the user's own (0600).</remarks>
internal sealed class UploadJournal : IDisposable
{
    /// <summary>What is older is given up; the stores' own advice for leftovers is a week as well.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const string Header = "dv-upload 1";

    private readonly FileStream? _file;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, JournaledPart> _parts = [];

    private UploadJournal(FileStream? file) => _file = file;

    /// <summary>The upload that the journal knows; null where it is new.</summary>
    public PartUpload? Upload { get; private set; }

    /// <summary>The parts that were sent, by number.</summary>
    public IReadOnlyDictionary<int, JournaledPart> Parts => _parts;

    /// <summary>Opens the journal for a blob; one that keeps nothing where there is no directory, or another process is at it.</summary>
    public static UploadJournal Open(string? directory, string name)
    {
        if (directory is null)
            return new UploadJournal(null);
        try
        {
            Directory.CreateDirectory(directory);
            string path = Path.Join(directory, Convert.ToHexStringLower(XxHash128.Hash(Encoding.ASCII.GetBytes(name))));
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var journal = new UploadJournal(new FileStream(path, options));
            journal.Read(name);
            return journal;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            return new UploadJournal(null);
        }
    }

    /// <summary>The uploads in a directory that nobody went on with for too long; each is forgotten when it has been handled.</summary>
    public static async Task ExpireAsync(string directory, DateTimeOffset now, Func<PartUpload, Task> abort)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            try
            {
                if (now - File.GetLastWriteTimeUtc(path) < Lifetime)
                    continue;
                using (var journal = new UploadJournal(new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None)))
                {
                    journal.Read(null);
                    if (journal.Upload is { } upload)
                        await abort(upload);
                }
                File.Delete(path);
            }
            catch (Exception e) when (SystemErrors.IsFileError(e) || e is RemoteException)
            {
                // Somebody is at it, or the store cannot be asked: the next push tries again.
            }
        }
    }

    /// <summary>Begins anew.</summary>
    public void Begin(PartUpload upload)
    {
        lock (_lock)
        {
            Upload = upload;
            _parts.Clear();
            if (_file is null)
                return;
            Quietly(() => _file.SetLength(0));
            Append(string.Create(CultureInfo.InvariantCulture, $"{Header} {upload.Length} {upload.PartSize} {upload.Mode} {upload.Name} {upload.Id}"));
        }
    }

    /// <summary>Notes a part that the store has.</summary>
    public void Add(UploadedPart part, UInt128 fingerprint)
    {
        lock (_lock)
        {
            _parts[part.Number] = new JournaledPart(part, fingerprint);
            Append(string.Create(CultureInfo.InvariantCulture, $"{part.Number} {part.Size} {fingerprint:x32} {part.Tag}"));
        }
    }

    /// <summary>The upload is complete, or given up.</summary>
    public void End()
    {
        if (_file is not null)
            Quietly(() => File.Delete(_file.Name));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_file is not null)
            Quietly(_file.Dispose);
    }

    // A full disk must not fail an upload that goes well.
    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            // The next run sends more than it would have to.
        }
    }

    private void Append(string line)
    {
        if (_file is null)
            return;
        Quietly(() =>
        {
            _file.Seek(0, SeekOrigin.End);
            _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
            _file.Flush();
        });
    }

    private void Read(string? name)
    {
        using var reader = new StreamReader(_file!, Encoding.UTF8, leaveOpen: true);
        string text = reader.ReadToEnd();
        // What follows the last end of line was cut.
        string[] lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || ReadUpload(lines[0]) is not { } upload || (name is not null && upload.Name != name))
            return;
        Upload = upload;
        foreach (string line in lines.Skip(1))
        {
            if (ReadPart(line) is { } part && part.Part.Number <= upload.Parts && part.Part.Size == upload.SizeOf(part.Part.Number))
                _parts[part.Part.Number] = part;
        }
    }

    private static PartUpload? ReadUpload(string line)
    {
        string[] words = line.Split(' ', 7);
        return words is [_, _, { } length, { } partSize, { } mode, { } name, { Length: > 0 } id] && line.StartsWith(Header + " ", StringComparison.Ordinal)
            && TryParse(length, out long bytes) && TryParse(partSize, out long part) && Enum.TryParse(mode, out WriteMode write) && Enum.IsDefined(write)
            ? new PartUpload(name, id, bytes, part, write)
            : null;
    }

    private static JournaledPart? ReadPart(string line)
    {
        string[] words = line.Split(' ', 4);
        return words is [{ } number, { } size, { } fingerprint, { } tag]
            && TryParse(number, out long index) && index <= int.MaxValue && TryParse(size, out long bytes)
            && UInt128.TryParse(fingerprint, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 hash)
            ? new JournaledPart(new UploadedPart((int)index, bytes, tag), hash)
            : null;
    }

    private static bool TryParse(string word, out long value) =>
        long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
}

/// <summary>A part that was sent, with the XXH128 of its bytes.</summary>
internal readonly record struct JournaledPart(UploadedPart Part, UInt128 Fingerprint);
