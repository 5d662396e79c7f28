using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Tests.Cli;
using Xunit;
using static DataVersion.Tests.Objects.TreeTexts;

namespace DataVersion.Tests.Objects;

public sealed class TreePartsTests
{
    private readonly TreeBox _box = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Parts_end_where_the_hash_of_a_name_does()
    {
        Assert.Equal("4163", Enumerable.Range(0, 5000).Select(i => $"{i}").First(TreeLimits.EndsPart));
        Assert.False(TreeLimits.EndsList("4163"));
        Assert.Equal(10, Enumerable.Range(0, 9000).Count(i => TreeLimits.EndsPart(Numbered(i))));
    }

    [Fact]
    public async Task Writes_the_golden_list_of_parts()
    {
        WrittenTree tree = await _box.Writer.WriteAsync(Files(Enumerable.Range(0, 9000).Select(Numbered)), Token);
        string golden = Path.Combine(GoldenFile.Root, "tests", "golden", "trees", "parts.tree");
        Assert.Equal(await File.ReadAllTextAsync(golden, Token), Encoding.UTF8.GetString(_box[tree.Id]));
        Assert.Equal((9000, 9000), (tree.Size, tree.Files));
        Assert.Equal(12, _box.Stored.Count);
        Assert.Equal(tree.Id, _box.Stored[^1]);
        Assert.Equal(_box.Stored, await _box.Reader.ListOwnObjectsAsync(tree.Id, Token));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(4096, false)]
    [InlineData(4097, true)]
    [InlineData(200_000, true)]
    public async Task A_directory_is_read_as_it_was_written(int count, bool hasParts)
    {
        List<TreeEntry> entries = Files(Enumerable.Range(0, count).Select(i => i < 100_000 ? Numbered(i) : $"x{i}"));
        WrittenTree tree = await _box.Writer.WriteAsync(entries, Token);
        Assert.Equal(hasParts, TreeParser.Parse(_box[tree.Id], HashKind.Sha256, "t").Parts is not null);
        Assert.Equal(entries, await _box.Reader.ReadAsync(tree.Id, new Declared(count, count), "", Token));
    }

    [Fact]
    public async Task A_large_directory_whose_names_cut_nowhere_is_one_listing()
    {
        List<TreeEntry> entries = Files(Enumerable.Range(0, 5000).Select(i => $"{i:d5}"));
        WrittenTree tree = await _box.Writer.WriteAsync(entries, Token);
        Assert.Equal("sha256:3684b7e40f3029bb59f310e7c7207c2ac2caf7ec9498241c9835be98868cf2fd", tree.Id.ToString());
        Assert.Equal(entries, await _box.Reader.ReadAsync(tree.Id, default, "", Token));
    }

    [Fact]
    public async Task An_edit_in_a_folder_of_200000_writes_at_most_three_objects()
    {
        List<string> names = [.. Enumerable.Range(0, 200_000).Select(i => $"image-{i:d6}.png")];
        List<TreeEntry> entries = Files(names);
        await _box.Writer.WriteAsync(entries, Token);
        int cut = names.FindIndex(5000, TreeLimits.EndsPart);
        string newCut = Enumerable.Range(0, 100_000).Select(i => $"image-100000-{i}").First(TreeLimits.EndsPart);
        List<TreeEntry>[] edits =
        [
            [.. entries.Select((e, i) => i == 123_456 ? e with { Id = IdOf("new"), Size = 7 } : e)],
            [.. entries.Where((_, i) => i != 77_777)],
            [.. entries.Where((_, i) => i != cut)],
            Sorted([.. entries, TreeTexts.OneFile("image-100000-copy.png")]),
            Sorted([.. entries, TreeTexts.OneFile(newCut)]),
            Sorted([.. entries, TreeTexts.OneFile("zzz")]),
        ];
        foreach (List<TreeEntry> edit in edits)
        {
            _box.Stored.Clear();
            await _box.Writer.WriteAsync(edit, Token);
            Assert.InRange(_box.Stored.Count, 2, 3);
            // A part has 1,024 entries on average; none of these is a rewrite of the folder.
            Assert.All(_box.Stored, id => Assert.InRange(_box[id].Length, 1, 1024 * 1024));
        }
    }

    [Fact]
    public async Task The_same_directory_has_the_same_id_however_it_came_about()
    {
        List<TreeEntry> all = Files(Enumerable.Range(0, 5000).Select(Numbered));
        foreach (int count in new[] { 4095, 4096, 4097, 4098 })
        {
            WrittenTree direct = await _box.Writer.WriteAsync(all[..count], Token);
            WrittenTree grown = await _box.Writer.WriteAsync(all[..(count - 1)], Token);
            grown = await _box.Editor.ReplaceAsync(TreeEditorTests.Folder(grown), all[count - 1].Name, all[count - 1], Token);
            WrittenTree shrunk = await _box.Writer.WriteAsync(all[..(count + 1)], Token);
            shrunk = await _box.Editor.ReplaceAsync(TreeEditorTests.Folder(shrunk), all[count].Name, null, Token);
            Assert.Equal(direct, grown);
            Assert.Equal(direct, shrunk);
        }
    }

    [Fact]
    public async Task Refuses_to_write_what_no_reader_would_accept()
    {
        TreeEntry large = TreeTexts.OneFile("large", BlockHasher.Threshold + 1);
        await Assert.ThrowsAsync<ArgumentException>(() => _box.Writer.WriteAsync([TreeTexts.OneFile("b"), TreeTexts.OneFile("a")], Token));
        await Assert.ThrowsAsync<ArgumentException>(() => _box.Writer.WriteAsync([TreeTexts.OneFile("a"), TreeTexts.OneFile("a")], Token));
        await Assert.ThrowsAsync<ArgumentException>(() => _box.Writer.WriteAsync([large], Token));
        await Assert.ThrowsAsync<ArgumentException>(() => _box.Writer.WriteAsync([TreeTexts.OneFile("a") with { BlocksId = X }], Token));
        await Assert.ThrowsAsync<ArgumentException>(() => _box.Writer.WriteAsync([TreeTexts.OneFile("a") with { Size = null }], Token));
        await Assert.ThrowsAsync<OverflowException>(() => _box.Writer.WriteAsync([.. new[] { "a", "b" }.Select(n => large with { Name = n, Size = long.MaxValue, BlocksId = X })], Token));
    }
}
