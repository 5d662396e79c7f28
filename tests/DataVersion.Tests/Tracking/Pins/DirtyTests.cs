using DataVersion.Git;
using DataVersion.Tracking.Pins;
using Xunit;

namespace DataVersion.Tests.Tracking.Pins;

/// <summary>What is not committed: what counts, where it is refused, and what allows it.</summary>
public sealed class DirtyTests : IDisposable
{
    private static readonly EnvironmentKind Ci = new("GITHUB_ACTIONS", null), Container = new(null, "/.dockerenv");

    private readonly PinSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Dirty_code_is_refused_in_ci_and_containers_and_warned_of_elsewhere()
    {
        _box.Git.Write("train.py", "print(2)\n");
        _box.Git.Write("new.py", "");

        PinResolution found = PinSandbox.Resolve(_box.Request);
        PinRefusedException ci = PinSandbox.Refuse(PinRefusal.DirtyCode, _box.Request with { Environment = Ci });
        PinRefusedException container = PinSandbox.Refuse(PinRefusal.DirtyCode, _box.Request with { Environment = Container });

        Assert.True(found.Pin!.Dirty);
        Assert.Equal([new GitChange("new.py", GitChangeKind.Untracked), new GitChange("train.py", GitChangeKind.Modified)], found.Pin.Changes);
        Assert.NotEmpty(found.Pin.Diff!);
        Assert.Equal("the code is not as committed: new.py (untracked), train.py (modified)", Assert.Single(found.Warnings));
        Assert.Empty(found.Used.Names);
        Assert.EndsWith("this is CI (GITHUB_ACTIONS)", ci.Message, StringComparison.Ordinal);
        Assert.EndsWith("this is a container (/.dockerenv)", container.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-dirty", ci.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Dirty_code_that_is_allowed_is_recorded_as_such()
    {
        _box.Git.Write("train.py", "print(2)\n");

        PinResolution found = PinSandbox.Resolve(_box.Request with { Environment = Ci, Allowed = PinAllowances.None with { Dirty = true } });

        Assert.Equal(["dirty"], found.Pin!.Used.Names);
        Assert.Single(found.Warnings);
    }

    [Theory]
    [InlineData("edited")]
    [InlineData("staged")]
    [InlineData("deleted")]
    [InlineData("untracked")]
    public void Dirty_data_are_refused_everywhere(string how)
    {
        if (how == "deleted")
            File.Delete(Path.Combine(_box.Git.Root, "data.dv"));
        else
            _box.WritePointer(how == "untracked" ? "more/fresh" : "data", "edited");
        if (how == "staged")
            _box.Git.Git("add", "-f", "data.dv");

        PinRefusedException e = PinSandbox.Refuse(PinRefusal.DirtyData, _box.Request with { Allowed = PinSandbox.All with { DataDirty = false } });
        PinResolution found = PinSandbox.Resolve(_box.Request with { Allowed = PinAllowances.None with { DataDirty = true } });

        Assert.Contains("--allow-data-dirty", e.Hint, StringComparison.Ordinal);
        Assert.Single(found.Pin!.DataChanges);
        Assert.Equal(["data-dirty"], found.Used.Names);
    }

    [Fact]
    public void Data_are_dirty_too_where_a_revision_was_asked_for()
    {
        _box.WritePointer("data", "edited");

        PinSandbox.Refuse(PinRefusal.DirtyData, _box.Request with { Revision = "HEAD" });
        PinSandbox.Refuse(PinRefusal.DirtyData, _box.Request with { Revision = "HEAD", Repository = _box.Git.Root });
    }

    [Fact]
    public void Ignored_files_are_no_changes()
    {
        _box.Git.Write("data/x", "x");

        Assert.False(PinSandbox.Resolve(_box.Request with { Environment = Ci }).Pin!.Dirty);
    }

    [Fact]
    public void What_a_run_writes_never_counts()
    {
        _box.Git.Commit("out/tracked.txt", "1");
        _box.Git.Write("out/tracked.txt", "2");
        _box.Git.Write("out/model.onnx", "x");
        _box.WritePointer("models/best", "x");
        _box.Git.Write("models/best/w", "x");
        _box.Git.Write("models/.gitignore", "/best\n");
        _box.Git.Write(".gitignore", "/data\n/metrics\\*.json\n");
        _box.Git.Write("metrics*.json", "x");
        _box.Git.Write("dv.pin.json", "");
        File.Delete(Path.Combine(_box.Git.Root, "dv.pin.json"));
        PinRequest request = _box.Request with { Environment = Ci, Outputs = ["out", "models/best/", Path.Combine(_box.Git.Root, "metrics*.json"), "../elsewhere"] };

        PinResolution found = PinSandbox.Resolve(request);

        Assert.False(found.Pin!.Dirty);
        Assert.Empty(found.Pin.DataChanges);
        Assert.Empty(found.Warnings);
        Assert.True(PinSandbox.Resolve(_box.Request with { Allowed = PinSandbox.All }).Pin!.Dirty);
    }

    [Fact]
    public void Other_lines_of_an_ignore_file_are_code()
    {
        _box.Git.Write(".gitignore", "/data\n/best\n*.py\n");

        Assert.Equal([new GitChange(".gitignore", GitChangeKind.Modified)], PinSandbox.Resolve(_box.Request with { Outputs = ["best"] }).Pin!.Changes);
    }

    [Fact]
    public void A_baked_pin_in_the_workspace_never_counts()
    {
        _box.Bake(_box.Git.Root);

        Pin pin = PinSandbox.Resolve(_box.Request with { Environment = Ci }).Pin!;

        Assert.False(pin.Dirty);
        Assert.Equal(Path.Combine(_box.Git.Root, PinDocument.FileName), pin.PinFile);
    }

    [Fact]
    public void Without_the_git_program_dirt_is_found_all_the_same()
    {
        _box.Git.Write("train.py", "print(2)\n");
        _box.WritePointer("data", "edited");

        Pin pin = PinSandbox.Resolve(_box.Request with { Git = null, Allowed = PinSandbox.All }).Pin!;

        Assert.Equal([new GitChange("train.py", GitChangeKind.Modified)], pin.Changes);
        Assert.Equal([new GitChange("data.dv", GitChangeKind.Modified)], pin.DataChanges);
        Assert.Equal("modified train.py\n"u8.ToArray(), pin.Diff);
    }
}
