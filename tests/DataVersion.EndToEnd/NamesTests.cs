using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Names that shells, quoting and encodings get wrong go round byte by byte, from any folder of the repository.</summary>
public class NamesTests
{
    private static readonly string[] Names =
    [
        "with space", " leading", "trailing ", "'single'", "\"double\"", "back\\slash", "new\nline", "carriage\rreturn", "tab\there", "Ünïcödé", "u\u0308nnormalised", "日本語",
        "😀 astral 𝒳", "-dash", "--force", "#hash", "!bang", "*star", "[a]", "question?", "~tilde", "$HOME", "`cmd`", "a;b", "a&b", "|pipe", "%41", "@file", "=x",
        "..hidden..", "...", "con", "nul.txt", "x.dv2", "\u001b[31mred", "\u202ertl", "~$lock", ".hidden", "{a,b}", "a:b", new string('é', 127),
    ];

    [Fact]
    public async Task A_folder_of_difficult_names_goes_round()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        string folder = Path.Combine(repository, "data");
        foreach (string name in Names)
            Sandbox.Write(folder, name, name);
        Sandbox.Write(folder, new string('n', 255), "long");
        string deep = string.Join('/', Enumerable.Repeat(new string('d', 60), 6)) + "/x";
        Sandbox.Write(folder, deep, "deep");
        Sandbox.Write(folder, "a/😀/" + Names[10] + "/ b /c", "nested");
        Sandbox.Write(folder, "empty", "");
        Directory.CreateDirectory(Path.Combine(folder, "no files/at all"));
        Sandbox.Write(folder, "run me.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(folder, "run me.sh"), (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(folder, "a/link to\nit"), "../" + Names[12]);
        File.CreateSymbolicLink(Path.Combine(folder, "dangling"), "nothing/here");
        File.CreateSymbolicLink(Path.Combine(folder, "to folder"), "a");
        Directory.CreateDirectory(Path.Combine(repository, "elsewhere"));

        await sandbox.DvOkAsync(Path.Combine(repository, "elsewhere"), "add", "../data");
        await sandbox.GitAsync(repository, "commit", "-q", "-m", "data");
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(clone, "pull");

        Assert.Equal(Sandbox.Snapshot(folder), Sandbox.Snapshot(Path.Combine(clone, "data")));
        Assert.Equal("", await sandbox.GitAsync(repository, "status", "--porcelain"));
        Assert.Equal("", await sandbox.GitAsync(clone, "status", "--porcelain"));
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
        await sandbox.DvOkAsync(clone, "verify");
        File.Delete(Path.Combine(clone, "data", deep));
        await sandbox.DvOkAsync(Path.Combine(clone, "data/a"), "checkout", "../" + deep);
        Assert.Equal("deep", File.ReadAllText(Path.Combine(clone, "data", deep)));
    }

    [Fact]
    public async Task Each_difficult_name_can_be_tracked_by_itself()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        string folder = Path.Combine(repository, "some where");
        // A pointer's name must fit as well.
        string[] names = [.. Names.Where(n => System.Text.Encoding.UTF8.GetByteCount(n) < 250 && !n.Contains('\n')), new string('n', 252)];
        foreach (string name in names)
            Sandbox.Write(folder, name, name);

        await sandbox.DvOkAsync(folder, ["add", "--", .. names]);
        string status = await sandbox.GitAsync(repository, "status", "--porcelain", "-z");
        await sandbox.GitAsync(repository, "commit", "-q", "-m", "names");
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(clone, "pull");

        Assert.DoesNotContain("??", status, StringComparison.Ordinal);
        Assert.Equal("", await sandbox.GitAsync(repository, "status", "--porcelain"));
        Assert.Equal(Sandbox.Snapshot(folder), Sandbox.Snapshot(Path.Combine(clone, "some where")));
        await sandbox.DvOkAsync(clone, "status", "--exit-code");
    }

    [Fact]
    public async Task A_name_that_no_pointer_or_ignore_line_can_have_is_refused_before_anything_is_written()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        foreach (string name in (string[])[new string('n', 254), "new\nline"])
        {
            Sandbox.Write(repository, name, name);

            Ran ran = await sandbox.DvAsync(repository, "add", name);

            Assert.True(ran.ExitCode == 2, ran.ToString());
            Assert.Contains("track the folder", ran.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(repository, ".gitignore")));
            Assert.False(Directory.Exists(Path.Combine(repository, ".git/dv/cache/objects")));
        }
    }

    [Fact]
    public async Task Commands_work_from_any_folder_and_take_globs_pointers_and_absolute_paths()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        foreach (string name in (string[])["m/a.onnx", "m/b.onnx", "m/deep/c.onnx", "m/d.txt", "m/[x].onnx"])
            Sandbox.Write(repository, name, name);
        string m = Path.Combine(repository, "m");

        await sandbox.DvOkAsync(m, "add", "?.onnx");
        await sandbox.DvOkAsync(repository, "add", "m/**/c.onnx");
        await sandbox.DvOkAsync(sandbox.Root, "-C", "repo/m", "add", "[x].onnx");
        await sandbox.DvOkAsync(sandbox.Root, "-C", Path.Combine(repository, "m/deep"), "add", Path.Combine(m, "d.txt"));
        await sandbox.DvOkAsync(m, "push", "a.onnx.dv", "deep");
        await sandbox.DvOkAsync(Path.Combine(m, "deep"), "push", "..");
        await sandbox.CommitAsync(repository, "models");
        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(Path.Combine(clone, "m"), "pull", "./a.onnx.dv", "../m/b.onnx/");
        string[] some = [.. Directory.EnumerateFiles(Path.Combine(clone, "m"), "*.onnx", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        await sandbox.DvOkAsync(Path.Combine(clone, "m"), "pull", ".");

        Assert.Equal(["[x].onnx.dv", "a.onnx.dv", "b.onnx.dv", "d.txt.dv", "deep"],
            Directory.EnumerateFileSystemEntries(m).Select(f => Path.GetFileName(f)!).Where(f => f.EndsWith(".dv", StringComparison.Ordinal) || f == "deep").Order(StringComparer.Ordinal));
        Assert.Equal(["a.onnx", "b.onnx"], some);
        Assert.Equal(Sandbox.Snapshot(m), Sandbox.Snapshot(Path.Combine(clone, "m")));
    }
}
