using System.Text;
using DataVersion.Configuration;
using DataVersion.Git;
using DataVersion.Tracking.Pins;
using Xunit;

namespace DataVersion.Tests.Tracking.Pins;

/// <summary>Where a pin comes from, and what it says.</summary>
public sealed class PinResolverTests : IDisposable
{
    private readonly PinSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void The_commit_that_is_checked_out_is_the_pin()
    {
        _box.Git.Git("remote", "add", "origin", "https://me:secret@example.org/x.git");
        _box.Git.Git("tag", "v1");
        _box.Git.Git("tag", "-a", "-m", "x", "v1-signed");
        PinRequest request = _box.Request with
        {
            DefaultRemote = "origin",
            Remotes =
            [
                new RemoteSettings { Name = "other", Url = "s3://other", Trusted = true },
                new RemoteSettings
                {
                    Name = "origin", Url = "s3://bucket/prefix", Trusted = true,
                    Options = new Dictionary<string, string> { ["region"] = "eu", ["secretaccesskey"] = "secret", ["profile"] = "mine", ["endpoint"] = "https://u:secret@h" },
                },
            ],
        };

        PinResolution found = PinSandbox.Resolve(request);

        Pin pin = found.Pin!;
        Assert.Empty(found.Warnings);
        Assert.Equal((PinSource.Repository, _box.Head, _box.Head, "main"), (pin.Source, pin.CodeCommit, pin.DataCommit, pin.CodeBranch));
        Assert.Equal(["v1", "v1-signed"], pin.CodeTags);
        Assert.Equal("https://example.org/x.git", pin.CodeRepository);
        Assert.False(pin.Dirty);
        Assert.Null(pin.Diff);
        Assert.Equal(["data", "models/init.bin"], pin.Items.Select(item => item.Path));
        Assert.Equal(PinSandbox.IdOf("one"), pin.Items[0].Pointer.Hash);
        Assert.Equal(PinSandbox.IdOf(PinSandbox.PointerText("two")).Hex, pin.Items[1].PointerSha256);
        Assert.Equal(6, pin.Size);
        PinnedRemote remote = Assert.Single(pin.Remotes);
        Assert.Equal(("origin", "s3://bucket/prefix", true), (remote.Name, remote.Url, remote.IsDefault));
        Assert.Equal("endpoint=https://****@h region=eu", string.Join(' ', remote.Options.Select(o => $"{o.Key}={o.Value}")));
    }

    [Fact]
    public void Without_the_git_program_it_is_the_same()
    {
        _box.Git.Git("pack-refs", "--all");
        _box.Git.Git("gc", "-q");

        Pin pin = PinSandbox.Resolve(_box.Request with { Git = null }).Pin!;

        Assert.Equal((_box.Head, "main"), (pin.DataCommit, pin.CodeBranch));
        Assert.Equal(["data", "models/init.bin"], pin.Items.Select(item => item.Path));
    }

    [Fact]
    public void A_repository_of_another_user_is_read_with_and_without_the_program()
    {
        if (Environment.UserName != "root")
            Assert.Skip("only root can give files away");
        _box.Git.GitIn("/", "-c", $"alias.own=!chown -R 12345:12345 '{_box.Git.Root}'", "own");

        foreach (PinRequest request in (PinRequest[])[_box.Request, _box.Request with { Git = null }])
            Assert.Equal(2, PinSandbox.Resolve(request).Pin!.Items.Count);
    }

    [Fact]
    public void In_a_worktree_and_with_a_detached_head_the_commit_is_that_worktrees()
    {
        _box.WritePointer("data", "newer");
        string second = _box.CommitAll();
        string tree = _box.Git.Beside("tree");
        _box.Git.Git("worktree", "add", "-q", "--detach", tree, _box.Head);

        Pin pin = PinSandbox.Resolve(_box.Request with { WorkingDirectory = tree, Root = tree }).Pin!;

        Assert.Equal((_box.Head, (string?)null), (pin.CodeCommit, pin.CodeBranch));
        Assert.Equal(PinSandbox.IdOf("one"), pin.Items[0].Pointer.Hash);
        Assert.Equal(second, PinSandbox.Resolve(_box.Request).Pin!.CodeCommit);
    }

    [Fact]
    public void Sha256_repositories_have_longer_ids_and_the_same_pins()
    {
        using var box = new PinSandbox("--object-format=sha256");
        string image = box.Git.Beside("image");
        Directory.CreateDirectory(image);
        box.Bake(image);

        Pin pin = PinSandbox.Resolve(box.Request).Pin!;
        Pin baked = PinSandbox.Resolve(box.ImageRequest()).Pin!;

        Assert.Equal(64, pin.DataCommit.Length);
        Assert.Equal(pin.DataCommit, baked.DataCommit);
        Assert.Equal(pin.Items, baked.Items);
        Assert.Equal(pin.Items, PinSandbox.Resolve(box.ImageRequest() with { Revision = pin.DataCommit, Repository = "file://" + box.Git.Root }).Pin!.Items);
    }

    [Fact]
    public void Pointers_come_from_the_commit_and_not_from_the_work_tree()
    {
        _box.WritePointer("data", "edited");
        File.Delete(Path.Combine(_box.Git.Root, "models/init.bin.dv"));
        _box.WritePointer("fresh", "new");

        PinResolution found = PinSandbox.Resolve(_box.Request with { Allowed = PinSandbox.All });

        Assert.Equal(["data", "models/init.bin"], found.Pin!.Items.Select(item => item.Path));
        Assert.Equal(PinSandbox.IdOf("one"), found.Pin.Items[0].Pointer.Hash);
        Assert.Equal(
            [new GitChange("data.dv", GitChangeKind.Modified), new GitChange("fresh.dv", GitChangeKind.Untracked), new GitChange("models/init.bin.dv", GitChangeKind.Deleted)],
            found.Pin.DataChanges);
        Assert.False(found.Pin.Dirty);
        Assert.True(found.Used.DataDirty);
        Assert.Equal(["data-dirty"], found.Used.Names);
    }

    [Fact]
    public void A_workspace_below_the_work_tree_has_its_own_pointers_alone()
    {
        _box.Git.Write("services/a/.dv/config", "");
        _box.WritePointer("services/a/x", "ax");
        _box.CommitAll();
        string inner = Path.Combine(_box.Git.Root, "services", "a");

        Assert.Equal(["data", "models/init.bin"], PinSandbox.Resolve(_box.Request).Pin!.Items.Select(item => item.Path));
        Assert.Equal(["x"], PinSandbox.Resolve(_box.Request with { WorkingDirectory = inner, Root = inner }).Pin!.Items.Select(item => item.Path));
    }

    [Fact]
    public void A_video_that_ends_in_dv_is_no_pointer_but_code()
    {
        _box.Git.Commit("clip.dv", "\0video");
        _box.Git.Write("clip.dv", "\0other");

        Pin pin = PinSandbox.Resolve(_box.Request).Pin!;

        Assert.Equal(2, pin.Items.Count);
        Assert.Equal([new GitChange("clip.dv", GitChangeKind.Modified)], pin.Changes);
        Assert.Empty(pin.DataChanges);
    }

    [Fact]
    public void A_revision_of_another_repository_needs_nothing_but_git()
    {
        string first = _box.Head;
        _box.WritePointer("data", "newer");
        _box.CommitAll();

        PinResolution found = PinSandbox.Resolve(_box.ImageRequest() with { Revision = first, Repository = "file://" + _box.Git.Root });

        Pin pin = found.Pin!;
        Assert.Equal((PinSource.Revision, first, (string?)null), (pin.Source, pin.DataCommit, pin.CodeCommit));
        Assert.Equal("file://" + _box.Git.Root, pin.DataRepository);
        Assert.Equal(PinSandbox.IdOf("one"), pin.Items[0].Pointer.Hash);
        PinnedRemote remote = Assert.Single(pin.Remotes);
        Assert.Equal("origin s3://bucket/prefix region", $"{remote.Name} {remote.Url} {string.Join(' ', remote.Options.Keys)}");
        Assert.Contains("which commit the code is of", Assert.Single(found.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_commit_that_the_image_declares_is_that_of_the_code()
    {
        PinRequest request = _box.ImageRequest() with { Revision = "main", Repository = _box.Git.Root };

        Assert.Equal(_box.Head, PinSandbox.Resolve(request with { DeclaredCommit = _box.Head[..10] }).Pin!.CodeCommit);
        Assert.Null(PinSandbox.Resolve(request with { DeclaredCommit = "unknown" }).Pin!.CodeCommit);
        PinSandbox.Refuse(PinRefusal.DataRevisionDiffers, request with { DeclaredCommit = "0123456789" });
    }

    [Fact]
    public void A_revision_of_the_repository_at_hand_selects_the_data_only()
    {
        _box.WritePointer("data", "newer");
        string second = _box.CommitAll();
        PinRequest request = _box.Request with { Revision = "HEAD~1" };

        PinRefusedException e = PinSandbox.Refuse(PinRefusal.DataRevisionDiffers, request);
        PinResolution found = PinSandbox.Resolve(request with { Allowed = PinAllowances.None with { DataRevision = true } });

        Assert.Contains("--allow-data-rev", e.Hint, StringComparison.Ordinal);
        Assert.Equal((second, _box.Head), (found.Pin!.CodeCommit, found.Pin.DataCommit));
        Assert.Equal(PinSandbox.IdOf("one"), found.Pin.Items[0].Pointer.Hash);
        Assert.Equal(["data-rev"], found.Pin.Used.Names);
        Assert.Equal(second, PinSandbox.Resolve(_box.Request with { Revision = "main" }).Pin!.DataCommit);
    }

    [Fact]
    public void A_revision_needs_a_repository_and_a_repository_a_revision()
    {
        PinSandbox.Refuse(PinRefusal.NoPin, _box.ImageRequest() with { Revision = "main" });
        Assert.Throws<UsageException>(() => PinSandbox.Resolve(_box.Request with { Repository = _box.Git.Root }));
        Assert.Throws<UsageException>(() => PinSandbox.Resolve(_box.Request with { Revision = "main", Repository = "ext::sh -c x" }));
        Assert.Throws<GitException>(() => PinSandbox.Resolve(_box.Request with { Revision = "nothing" }));
        Assert.Throws<GitException>(() => PinSandbox.Resolve(_box.Request with { Revision = "main", Repository = _box.Git.Root, Git = null }));
        Assert.Throws<RemoteException>(() => PinSandbox.Resolve(_box.Request with { Revision = "main", Repository = "nowhere" }));
    }

    [Fact]
    public void Without_any_pin_it_is_refused_unless_allowed()
    {
        PinRefusedException e = PinSandbox.Refuse(PinRefusal.NoPin, _box.ImageRequest());
        PinResolution found = PinSandbox.Resolve(_box.ImageRequest() with { Allowed = PinAllowances.None with { Unpinned = true } });

        Assert.Equal(ErrorKind.Usage, e.Kind);
        Assert.Null(found.Pin);
        Assert.Equal(["unpinned"], found.Used.Names);
        Assert.Single(found.Warnings);
    }

    [Fact]
    public void A_repository_without_a_commit_is_no_pin()
    {
        string empty = _box.Git.Beside("empty");
        Directory.CreateDirectory(empty);
        _box.Git.GitIn(empty, "init", "-q");

        PinSandbox.Refuse(PinRefusal.NoPin, _box.Request with { WorkingDirectory = empty, Root = empty });
    }

    [Fact]
    public void A_malformed_pointer_of_the_commit_is_named()
    {
        _box.Git.Commit("bad.dv", "dv: 1\ntype: file\nhash: nonsense\nsize: 1\n");

        Assert.StartsWith("bad.dv:3:", Assert.Throws<InvalidFormatException>(() => PinSandbox.Resolve(_box.Request)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_diff_is_that_of_the_code_alone()
    {
        _box.Git.Write("train.py", "print(2)\n");
        _box.WritePointer("data", "edited");

        Pin pin = PinSandbox.Resolve(_box.Request with { Allowed = PinSandbox.All }).Pin!;

        string diff = Encoding.UTF8.GetString(pin.Diff!);
        Assert.Contains("+print(2)", diff, StringComparison.Ordinal);
        Assert.DoesNotContain("data.dv", diff, StringComparison.Ordinal);
    }
}
