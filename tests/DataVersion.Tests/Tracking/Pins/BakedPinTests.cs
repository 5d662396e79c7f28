using DataVersion.Tracking.Pins;
using Xunit;

namespace DataVersion.Tests.Tracking.Pins;

/// <summary>Pins that an image carries, alone and beside Git.</summary>
public sealed class BakedPinTests : IDisposable
{
    private readonly PinSandbox _box = new();

    private string Image => _box.ImageRequest().WorkingDirectory;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    [Fact]
    public void An_image_needs_neither_git_nor_its_program()
    {
        _box.Git.Git("tag", "v1");
        MadePin made = _box.Bake(Image);

        Pin pin = PinSandbox.Resolve(_box.ImageRequest() with { Git = null }).Pin!;

        Assert.Equal((PinSource.Baked, _box.Head, _box.Head, "main"), (pin.Source, pin.CodeCommit, pin.DataCommit, pin.CodeBranch));
        Assert.Equal(["v1"], pin.CodeTags);
        Assert.Equal(made.Pin.Items, pin.Items);
        Assert.Equal(made.Sha256, pin.PinSha256);
        Assert.Equal(made.File, pin.PinFile);
    }

    [Fact]
    public void It_is_found_by_name_above_the_workspace_and_at_the_images_place()
    {
        string place = _box.Git.Beside("place");
        Directory.CreateDirectory(place);
        MadePin made = _box.Bake(place);

        Assert.NotNull(PinSandbox.Resolve(_box.ImageRequest() with { OtherPinFiles = ["/nowhere/dv.pin.json", made.File] }).Pin);
        Assert.NotNull(PinSandbox.Resolve(_box.ImageRequest() with { PinFile = "../place/dv.pin.json" }).Pin);
        Assert.Throws<UsageException>(() => PinSandbox.Resolve(_box.ImageRequest() with { PinFile = "none.json" }));
        _box.Bake(_box.Git.Root);
        string inner = Path.Combine(_box.Git.Root, "models");
        Assert.Equal(Path.Combine(_box.Git.Root, PinDocument.FileName), PinSandbox.Resolve(_box.Request with { Root = inner, WorkingDirectory = inner, Allowed = PinSandbox.All }).Pin!.PinFile);
    }

    [Fact]
    public void A_pin_that_agrees_with_git_is_the_same_pin()
    {
        MadePin made = _box.Bake(Image);

        PinResolution found = PinSandbox.Resolve(_box.Request with { PinFile = made.File });

        Assert.Equal(PinSource.Repository, found.Pin!.Source);
        Assert.Equal(made.Sha256, found.Pin.PinSha256);
        Assert.Empty(found.Warnings);
    }

    [Fact]
    public void A_pin_of_another_commit_than_gits_is_refused()
    {
        MadePin made = _box.Bake(Image);
        _box.WritePointer("data", "newer");
        string second = _box.CommitAll();

        PinRefusedException e = PinSandbox.Refuse(PinRefusal.SourcesDisagree, _box.Request with { PinFile = made.File });
        PinResolution found = PinSandbox.Resolve(_box.Request with { PinFile = made.File, Allowed = PinAllowances.None with { Mismatch = true } });

        Assert.Contains(_box.Head[..12], e.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-pin-mismatch", e.Hint, StringComparison.Ordinal);
        Assert.Equal(second, found.Pin!.DataCommit);
        Assert.Equal(["pin-mismatch"], found.Pin.Used.Names);
    }

    [Fact]
    public async Task A_pin_that_names_other_data_for_the_same_commit_is_refused()
    {
        MadePin made = _box.Bake(Image);
        PinDocument document = PinDocument.Parse(await File.ReadAllBytesAsync(made.File, Cancellation), made.File);
        PinnedItem forged = document.Pin.Items[0] with { PointerSha256 = new string('0', 64) };
        await File.WriteAllBytesAsync(made.File, (document with { Pin = document.Pin with { Items = [forged, document.Pin.Items[1]] } }).ToBytes(), Cancellation);

        Assert.Contains("'data'", PinSandbox.Refuse(PinRefusal.SourcesDisagree, _box.Request with { PinFile = made.File }).Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(made.File, (document with { Pin = document.Pin with { Items = [document.Pin.Items[0]] } }).ToBytes(), Cancellation);
        Assert.Contains("'models/init.bin'", PinSandbox.Refuse(PinRefusal.SourcesDisagree, _box.Request with { PinFile = made.File }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_image_declares_must_be_what_its_pin_says()
    {
        _box.Bake(Image);

        Assert.NotNull(PinSandbox.Resolve(_box.ImageRequest() with { DeclaredCommit = _box.Head }).Pin);
        PinSandbox.Refuse(PinRefusal.SourcesDisagree, _box.ImageRequest() with { DeclaredCommit = new string('1', 40) });
        PinSandbox.Refuse(PinRefusal.SourcesDisagree, _box.Request with { DeclaredCommit = new string('1', 40) });
    }

    [Fact]
    public void A_revision_may_be_the_pins_own_and_else_needs_a_repository()
    {
        _box.Git.Git("tag", "v1");
        _box.Bake(Image);
        string first = _box.Head;
        _box.WritePointer("data", "newer");
        string second = _box.CommitAll();
        PinRequest other = _box.ImageRequest() with { Revision = second, Repository = _box.Git.Root };

        Assert.Equal(first, PinSandbox.Resolve(_box.ImageRequest() with { Revision = first[..8] }).Pin!.DataCommit);
        Assert.Equal(first, PinSandbox.Resolve(_box.ImageRequest() with { Revision = "v1" }).Pin!.DataCommit);
        PinSandbox.Refuse(PinRefusal.NoPin, _box.ImageRequest() with { Revision = second });
        PinSandbox.Refuse(PinRefusal.DataRevisionDiffers, other);
        Pin pin = PinSandbox.Resolve(other with { Allowed = PinAllowances.None with { DataRevision = true } }).Pin!;
        Assert.Equal((first, second), (pin.CodeCommit, pin.DataCommit));
        Assert.Equal(PinSandbox.IdOf("newer"), pin.Items[0].Pointer.Hash);
    }

    [Fact]
    public void A_pin_of_dirty_code_is_refused_where_dirty_code_is()
    {
        _box.Git.Write("train.py", "print(2)\n");
        Assert.Single(_box.Bake(Image).Warnings);
        PinRequest container = _box.ImageRequest() with { Environment = new EnvironmentKind(null, "container") };

        PinSandbox.Refuse(PinRefusal.DirtyCode, container);
        Assert.Equal(["dirty"], PinSandbox.Resolve(container with { Allowed = PinAllowances.None with { Dirty = true } }).Used.Names);
        Assert.True(PinSandbox.Resolve(_box.ImageRequest()).Pin!.Dirty);
    }

    [Fact]
    public async Task A_pin_that_was_changed_is_not_believed()
    {
        MadePin made = _box.Bake(Image);
        string text = await File.ReadAllTextAsync(made.File, Cancellation);
        await File.WriteAllTextAsync(made.File, text.Replace("\"size\":3", "\"size\":4", StringComparison.Ordinal), Cancellation);

        var e = Assert.Throws<InvalidFormatException>(() => PinSandbox.Resolve(_box.ImageRequest()));

        Assert.Contains("was changed after it was written", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_baked_of_data_that_are_not_committed_nor_without_a_commit()
    {
        _box.WritePointer("data", "edited");

        Assert.Equal(PinRefusal.DirtyData, Assert.Throws<PinRefusedException>(() => _box.Bake(Image)).Refusal);
        Assert.False(File.Exists(Path.Combine(Image, PinDocument.FileName)));
        var maker = new PinMaker(_box.ImageRequest(), TimeProvider.System);
        Assert.Equal(PinRefusal.NoPin, Assert.Throws<PinRefusedException>(() => maker.Make(Path.Combine(Image, "x.json"), Cancellation)).Refusal);
    }

    [Fact]
    public void A_pin_that_cannot_be_written_leaves_nothing_behind()
    {
        string target = Path.Combine(Image, PinDocument.FileName);
        Directory.CreateDirectory(target);

        Assert.Throws<FileAccessException>(() => _box.Bake(Image));
        Assert.Equal([target], Directory.EnumerateFileSystemEntries(Image));
    }
}
