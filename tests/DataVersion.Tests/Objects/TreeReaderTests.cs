using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using Xunit;
using static DataVersion.Tests.Objects.TreeTexts;

namespace DataVersion.Tests.Objects;

/// <summary>Trees that are well-formed one by one, and say something untrue of each other.</summary>
public sealed class TreeReaderTests
{
    private readonly TreeBox _box = new();
    private readonly List<TreeEntry> _entries = Files(Enumerable.Range(0, 9000).Select(Numbered));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3L, 2L, true)]
    [InlineData(null, null, true)]
    [InlineData(4L, 2L, false)]
    [InlineData(3L, 3L, false)]
    [InlineData(3L, 1L, false)]
    public async Task Sizes_and_counts_are_those_that_are_declared(long? size, long? files, bool accepted)
    {
        WrittenTree inner = await _box.Writer.WriteAsync([TreeTexts.OneFile("a", 2), TreeTexts.OneFile("b")], Token);
        if (accepted)
            Assert.Equal(2, (await _box.Reader.ReadAsync(inner.Id, new Declared(size, files), "", Token)).Count);
        else
            await RefuseAsync(inner.Id, "declared", new Declared(size, files));
    }

    [Fact]
    public async Task A_folder_that_lies_about_what_is_below_is_found_on_the_way_down()
    {
        WrittenTree inner = await _box.Writer.WriteAsync([TreeTexts.OneFile("a", 2)], Token);
        ObjectId outer = _box.Put($"dv-tree 1\nd 3 1 {inner.Id} folder\n");
        await Assert.ThrowsAsync<InvalidFormatException>(() => _box.Reader.FindAsync(outer, "folder/a", Token));
    }

    [Fact]
    public async Task Sums_over_2_63_are_refused()
    {
        await RefuseAsync(_box.Put($"dv-tree 1\nd {long.MaxValue} 0 {X} a\nf 1 {X} b\n"), "2^63");
        await RefuseAsync(_box.Put($"dv-tree 1\nd 0 {long.MaxValue} {X} a\nf 1 {X} b\n"), "2^63");
    }

    [Fact]
    public async Task Sums_over_2_63_across_parts_are_refused()
    {
        TreeEntry huge = new() { Kind = TreeEntryKind.Directory, Name = "", Id = X, Size = long.MaxValue, Files = 0 };
        TreePart[] parts = await PartsAsync();
        TreePart[] hostile = [.. parts.Select((p, i) =>
        {
            int start = _entries.FindIndex(e => e.Name == p.FirstName);
            int end = i + 1 < parts.Length ? _entries.FindIndex(e => e.Name == parts[i + 1].FirstName) : _entries.Count;
            List<TreeEntry> own = _entries[start..end];
            own[0] = huge with { Name = own[0].Name };
            return new TreePart(long.MaxValue, own.Count - 1, Put(own.Select((e, k) => k == 0 ? e : e with { Size = 0 })), own[0].Name);
        })];
        await RefuseAsync(Put(hostile), "2^63");
    }

    [Fact]
    public async Task Too_deep_or_too_long_is_refused()
    {
        WrittenTree one = await _box.Writer.WriteAsync([TreeTexts.OneFile(new string('n', 100))], Token);
        WrittenTree none = await _box.Writer.WriteAsync([], Token);
        await RefuseAsync(one.Id, "deep", path: Path(256));
        await RefuseAsync(none.Id, "deep", path: Path(257));
        Assert.Single(await _box.Reader.ReadAsync(one.Id, default, Path(255), Token));
        Assert.Empty(await _box.Reader.ReadAsync(none.Id, default, Path(256), Token));

        string longest = string.Join('/', Enumerable.Repeat(new string('é', 124), 16)) + "/" + new string('a', 11);
        Assert.Equal(4096 - 101, Encoding.UTF8.GetByteCount(longest));
        Assert.Single(await _box.Reader.ReadAsync(one.Id, default, longest, Token));
        await RefuseAsync(one.Id, "bytes", path: longest + "a");
        await RefuseAsync(none.Id, "bytes", path: longest + new string('a', 102));

        static string Path(int depth) => string.Join('/', Enumerable.Repeat("d", depth));
    }

    [Fact]
    public async Task A_listing_that_should_have_parts_is_refused() => await RefuseAsync(Put(_entries), "list of parts");

    [Fact]
    public async Task Parts_of_a_directory_that_should_have_none_are_refused()
    {
        TreePart[] parts = await PartsAsync();
        await RefuseAsync(Put(parts[..4]), "no parts");
    }

    [Fact]
    public async Task Parts_that_are_cut_elsewhere_are_refused()
    {
        TreePart[] parts = await PartsAsync();
        await RefuseAsync(Put([Part(0, 2308), .. parts[2..]]), "not cut where");
        await RefuseAsync(Put([Part(0, 300), Part(300, 394), .. parts[1..]]), "does not cut");
        int last = _entries.FindIndex(e => e.Name == parts[^1].FirstName);
        await RefuseAsync(Put([.. parts[..^1], Part(last, last + 10), Part(last + 10, 9000)]), "does not cut");
    }

    [Fact]
    public async Task Parts_that_are_not_what_the_list_says_are_refused()
    {
        TreePart[] parts = await PartsAsync();
        foreach ((TreePart wrong, string problem) in new[]
        {
            (parts[2] with { Size = 1299 }, "declared"),
            (parts[2] with { Files = 1297 }, "declared"),
            (parts[2] with { FirstName = "file-02309" }, "does not begin"),
            (parts[2] with { Id = Put(Array.Empty<TreeEntry>()) }, "does not begin"),
            (parts[1] with { FirstName = "file-02307" }, "does not begin"),
        })
        {
            await RefuseAsync(Put([.. parts[..2], wrong, .. parts[3..]]), problem);
        }
        // The list is in order; what its second part holds is not.
        await RefuseAsync(Put([parts[0], parts[1] with { Id = Put(Files(["file-00100", "file-00101"])) }, .. parts[2..]]), "does not begin");
    }

    [Fact]
    public async Task Finds_entries_by_their_paths()
    {
        WrittenTree inner = await _box.Writer.WriteAsync(_entries, Token);
        WrittenTree outer = await _box.Writer.WriteAsync([TreeTexts.OneFile("a"), TreeEditorTests.Folder(inner) with { Name = "folder" }], Token);
        Assert.Equal(_entries[4711], await _box.Reader.FindAsync(outer.Id, $"folder/{_entries[4711].Name}", Token));
        Assert.Equal(inner.Id, (await _box.Reader.FindAsync(outer.Id, "folder", Token))!.Id);
        Assert.Null(await _box.Reader.FindAsync(outer.Id, "folder/no", Token));
        Assert.Null(await _box.Reader.FindAsync(outer.Id, "a/b", Token));
        Assert.Null(await _box.Reader.FindAsync(outer.Id, "", Token));
    }

    private async Task<TreePart[]> PartsAsync()
    {
        WrittenTree tree = await _box.Writer.WriteAsync(_entries, Token);
        return [.. TreeParser.Parse(_box[tree.Id], HashKind.Sha256, "t").Parts!];
    }

    private TreePart Part(int start, int end) => new(end - start, end - start, Put(_entries[start..end]), _entries[start].Name);

    private ObjectId Put(IEnumerable<TreeEntry> entries) => _box.Put(Encoding.UTF8.GetString(TreeFormat.Write(entries)));

    private ObjectId Put(IEnumerable<TreePart> parts) => _box.Put(Encoding.UTF8.GetString(TreeFormat.Write(parts)));

    private async Task RefuseAsync(ObjectId id, string problem, Declared declared = default, string path = "")
    {
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => _box.Reader.ReadAsync(id, declared, path, Token));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
