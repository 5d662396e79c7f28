using System.Text;
using DataVersion.Hashing;
using DataVersion.Objects;
using Xunit;
using static DataVersion.Tests.Objects.TreeTexts;

namespace DataVersion.Tests.Objects;

/// <summary>Directories of more than 4,096 parts: some four million files, or 4,200 names that all end a part.</summary>
public sealed class TreeListsOfPartsTests
{
    private static readonly List<TreeEntry> EachEndsAPart =
        Files(Enumerable.Range(0, 4_300_000).AsParallel().Select(i => $"n{i}").Where(TreeLimits.EndsPart));

    private readonly TreeBox _box = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_than_4096_parts_are_listed_in_lists()
    {
        WrittenTree tree = await _box.Writer.WriteAsync(EachEndsAPart, Token);
        IReadOnlyList<TreePart> top = Parts(tree.Id);
        int cuts = EachEndsAPart.Take(EachEndsAPart.Count - 1).Count(e => TreeLimits.EndsList(e.Name));
        Assert.True(EachEndsAPart.Count > TreeLimits.MaxEntries && cuts >= 1);
        Assert.Equal(cuts + 1, top.Count);
        Assert.Equal(EachEndsAPart.Count, top.Sum(p => p.Files));
        Assert.Equal(EachEndsAPart, await _box.Reader.ReadAsync(tree.Id, new Declared(tree.Size, tree.Files), "", Token));
        IReadOnlyList<ObjectId> own = await _box.Reader.ListOwnObjectsAsync(tree.Id, Token);
        Assert.Equal(_box.Stored.Order(), own.Order());
        Assert.Equal(tree.Id, own[^1]);

        _box.Stored.Clear();
        await _box.Writer.WriteAsync([.. EachEndsAPart.Select((e, i) => i == 2000 ? e with { Size = 5 } : e)], Token);
        Assert.Equal(3, _box.Stored.Count);
    }

    [Fact]
    public async Task Fewer_parts_are_one_list()
    {
        WrittenTree tree = await _box.Writer.WriteAsync([.. EachEndsAPart.Take(4096), TreeTexts.OneFile("z")], Token);
        Assert.Equal(4097, (await _box.Reader.ReadAsync(tree.Id, default, "", Token)).Count);
        tree = await _box.Writer.WriteAsync([.. EachEndsAPart.Take(4095), TreeTexts.OneFile("z"), TreeTexts.OneFile("zz")], Token);
        Assert.Equal(4096, Parts(tree.Id).Count);
        Assert.Equal(4097, (await _box.Reader.ReadAsync(tree.Id, default, "", Token)).Count);
    }

    [Fact]
    public async Task A_list_that_should_be_lists_is_refused()
    {
        WrittenTree tree = await _box.Writer.WriteAsync(EachEndsAPart, Token);
        TreePart[] leaves = [.. Parts(tree.Id).SelectMany(p => Parts(p.Id))];
        await RefuseAsync(leaves);
    }

    [Fact]
    public async Task Lists_that_are_cut_elsewhere_are_refused()
    {
        WrittenTree tree = await _box.Writer.WriteAsync(EachEndsAPart, Token);
        TreePart[] leaves = [.. Parts(tree.Id).SelectMany(p => Parts(p.Id))];
        await RefuseAsync([Join(leaves[..2000]), Join(leaves[2000..])]);
        TreePart[] lists = [.. Parts(tree.Id)];
        await RefuseAsync([.. lists[..^1], .. Parts(lists[^1].Id)]);
        await RefuseAsync([Join(lists[..^1]), lists[^1]]);
    }

    [Fact]
    public async Task Lists_of_few_parts_are_refused()
    {
        WrittenTree tree = await _box.Writer.WriteAsync(Files(Enumerable.Range(0, 9000).Select(Numbered)), Token);
        TreePart[] parts = [.. Parts(tree.Id)];
        await RefuseAsync([Join(parts[..4]), .. parts[4..]]);
        await RefuseAsync([Join([Join(parts[..2]), .. parts[2..4]]), .. parts[4..]]);
        await RefuseAsync([Join([Join([Join(parts[..2]), parts[2]]), parts[3]]), .. parts[4..]]);
    }

    private IReadOnlyList<TreePart> Parts(ObjectId id) => TreeParser.Parse(_box[id], HashKind.Sha256, "t").Parts!;

    private TreePart Join(TreePart[] parts) => new(
        parts.Sum(p => p.Size), parts.Sum(p => p.Files), _box.Put(Encoding.UTF8.GetString(TreeFormat.Write(parts))), parts[0].FirstName);

    private async Task RefuseAsync(TreePart[] top)
    {
        ObjectId id = Join(top).Id;
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => _box.Reader.ReadAsync(id, default, "", Token));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
    }
}
