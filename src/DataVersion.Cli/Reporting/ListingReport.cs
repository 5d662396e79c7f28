using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using DataVersion.Objects;
using DataVersion.Operations;

namespace DataVersion.Cli.Reporting;

/// <summary>Shows what a version tracks, while it is read.</summary>
internal static class ListingReport
{
    private const int FilesPerLook = 256;

    /// <param name="reporter">Where to.</param>
    /// <param name="listing">What there is.</param>
    /// <param name="details">With mode, id and size.</param>
    /// <param name="cancellationToken">Stops between folders.</param>
    internal static async Task WriteAsync(ConsoleReporter reporter, FileListing listing, bool details, CancellationToken cancellationToken)
    {
        if (reporter.Json)
        {
            var rest = new ListingEnd(listing.Shard is { } plan ? ShardOutput.Of(plan) : null);
            await reporter.ShowManyAsync("entries", OutputsAsync(reporter, listing, cancellationToken), static json => json.ListedOutput, rest, static json => json.ListingEnd);
            return;
        }
        await foreach (ListedFile file in WhileReadAsync(reporter, listing, cancellationToken))
        {
            string path = reporter.Path(file.Path) + (file.Entry.IsDirectory ? "/" : "");
            reporter.Answer(details ? string.Create(CultureInfo.InvariantCulture, $"{ModeOf(file.Entry)} {file.Entry.Id} {file.Entry.Size,12}\t{path}") : path);
        }
    }

    private static async IAsyncEnumerable<ListedOutput> OutputsAsync(ConsoleReporter reporter, FileListing listing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ListedFile file in WhileReadAsync(reporter, listing, cancellationToken))
            yield return ListedOutput.Of(file);
    }

    // A million files need not be walked through for `| head`.
    private static async IAsyncEnumerable<ListedFile> WhileReadAsync(
        ConsoleReporter reporter, FileListing listing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int shown = 0;
        await foreach (ListedFile file in listing.ReadAsync(cancellationToken))
        {
            if (++shown % FilesPerLook == 0 && !reporter.HasReader)
                yield break;
            yield return file;
        }
    }

    // As Git has them.
    private static string ModeOf(TreeEntry entry) => entry.Kind switch
    {
        TreeEntryKind.Directory => "040000",
        TreeEntryKind.Link => "120000",
        TreeEntryKind.Executable => "100755",
        _ => "100644",
    };
}

/// <summary>One file, link or folder; members that do not belong to its kind are left out.</summary>
internal sealed record ListedOutput(string Path, string Kind, long? Size, string Oid)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Files { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Blocks { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Executable { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Target { get; init; }

    internal static ListedOutput Of(ListedFile file)
    {
        TreeEntry entry = file.Entry;
        bool isFile = entry.Kind is TreeEntryKind.File or TreeEntryKind.Executable;
        return new ListedOutput(file.Path, isFile ? "file" : entry.IsDirectory ? "directory" : "link", entry.Size, entry.Id.ToString())
        {
            Files = entry.IsDirectory ? entry.Files : null,
            Blocks = entry.BlocksId.IsEmpty ? null : entry.BlocksId.ToString(),
            Executable = isFile ? entry.Kind == TreeEntryKind.Executable : null,
            Target = file.Target,
        };
    }
}

/// <summary>What follows the entries.</summary>
internal sealed record ListingEnd([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ShardOutput? Shard);
