using DataVersion.Objects;
using DataVersion.Workspaces;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects;

public sealed class TreeEditorTests
{
    private static readonly Gen<string> Paths =
        from depth in Gen.Choose(1, 3)
        from names in Gen.Elements("a", "b", "\uff01", "😀").ArrayOf(depth)
        select string.Join('/', names);

    private static readonly Gen<Edit> Edits =
        from path in Paths
        from content in Gen.Elements(null, null, "1", "2")
        select new Edit(path, content);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Edits_give_the_tree_that_would_have_been_written() => Prop.ForAll(Edits.ListOf().ToArbitrary(), edits =>
    {
        var box = new TreeBox();
        var model = new Model();
        TreeEntry? root = null;
        foreach (Edit edit in edits)
        {
            TreeEntry? entry = edit.Content is { } content ? TreeTexts.OneFile(Name(edit.Path)) with { Id = TreeTexts.IdOf(content) } : null;
            root = Folder(box.Editor.ReplaceAsync(root, edit.Path, entry, Token).GetAwaiter().GetResult());
            model.Apply(edit.Path.Split('/'), entry);
        }
        return edits.Count == 0 || root!.Id == model.WriteAsync(box.Writer).GetAwaiter().GetResult().Id;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Removing_below_a_file_leaves_the_file()
    {
        var box = new TreeBox();
        WrittenTree before = await box.Editor.ReplaceAsync(null, "a", TreeTexts.OneFile("a"), Token);
        Assert.Equal(before, await box.Editor.ReplaceAsync(Folder(before), "a/b", null, Token));
        Assert.Equal(before, await box.Editor.ReplaceAsync(Folder(before), "a/b/c", null, Token));
        Assert.Equal(before, await box.Editor.ReplaceAsync(Folder(before), "x/y", null, Token));
    }

    [Fact]
    public async Task Removing_the_last_file_leaves_an_empty_folder()
    {
        var box = new TreeBox();
        WrittenTree tree = await box.Editor.ReplaceAsync(null, "a/b", TreeTexts.OneFile("b"), Token);
        tree = await box.Editor.ReplaceAsync(Folder(tree), "a/b", null, Token);
        Assert.Empty(await box.Reader.ReadAsync((await box.Reader.FindAsync(tree.Id, "a", Token))!.Id, new Declared(0, 0), "a", Token));
    }

    [Fact]
    public async Task Writes_nothing_but_the_folders_above()
    {
        var box = new TreeBox();
        WrittenTree tree = await box.Editor.ReplaceAsync(null, "a/b/c", TreeTexts.OneFile("c"), Token);
        tree = await box.Editor.ReplaceAsync(Folder(tree), "x/y/z", TreeTexts.OneFile("z"), Token);
        box.Stored.Clear();
        await box.Editor.ReplaceAsync(Folder(tree), "a/b/c", TreeTexts.OneFile("c", 5), Token);
        Assert.Equal(3, box.Stored.Count);
    }

    internal static TreeEntry Folder(WrittenTree tree) => TreeEditor.FolderEntry("folder", tree);

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private sealed record Edit(string Path, string? Content);

    /// <summary>The model: a folder as a dictionary of entries and folders.</summary>
    private sealed class Model : Dictionary<string, object>
    {
        public void Apply(ReadOnlySpan<string> path, TreeEntry? entry)
        {
            if (path.Length == 1)
            {
                if (entry is null)
                    Remove(path[0]);
                else
                    this[path[0]] = entry;
            }
            else if (this.GetValueOrDefault(path[0]) is Model folder)
            {
                folder.Apply(path[1..], entry);
            }
            else if (entry is not null)
            {
                var made = new Model();
                this[path[0]] = made;
                made.Apply(path[1..], entry);
            }
        }

        public async Task<WrittenTree> WriteAsync(TreeWriter writer)
        {
            var entries = new List<TreeEntry>();
            foreach ((string name, object child) in this)
                entries.Add(child is Model folder ? TreeEditor.FolderEntry(name, await folder.WriteAsync(writer)) : (TreeEntry)child);
            return await writer.WriteAsync(TreeTexts.Sorted(entries), CancellationToken.None);
        }
    }
}
