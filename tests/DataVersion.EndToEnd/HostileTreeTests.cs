using System.Text;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Trees of a hostile remote (DESIGN "Paths", "Tree"): refused as a whole, beside datasets that are in order.</summary>
public class HostileTreeTests
{
    [Fact]
    public async Task Trees_with_names_or_forms_that_are_not_allowed_place_nothing()
    {
        using Victim victim = await Victim.CreateAsync();
        string id = "sha256:" + victim.Remote.Content("evil");
        string[] names =
        [
            ".", "..", ".git", ".GIT", ".Git ", ".git...", ".git::$INDEX_ALLOCATION", "git~1", "GIT~2", ".g\u200cit", ".dv", ".DV", "dv~1", "a/b", "/etc", "a\0b",
            "", "carriage\rreturn", "bad\\escape", ".dv-tmp.1", new string('n', 256),
        ];
        var attacks = names.Select(name => Encoding.UTF8.GetBytes($"dv-tree 1\nf 4 {id} {name}\n")).ToList();
        string[] forms =
        [
            $"dv-tree 1\nf 4 {id} a\nf 4 {id} a\n", $"dv-tree 1\nf 4 {id} b\nf 4 {id} a\n", $"dv-tree 1\nl 4 {id} a\nd 4 1 {id} a\n", $"dv-tree 1\nf 04 {id} a\n",
            $"dv-tree 1\nf -4 {id} a\n", $"dv-tree 1\nf 9223372036854775808 {id} a\n", $"dv-tree 1\nf 4 {id} a", $"dv-tree 1\nf 4 {id.ToUpperInvariant()} a\n",
            $"dv-tree 1\nf 4 md5:{new string('a', 32)} a\n", $"dv-tree 1\ng 4 {id} a\n", $"dv-tree 1\nf 4 {id}+{new string('a', 64)} a\n", $"dv-tree 2\nf 4 {id} a\n",
            $"dv-tree 1\n\nf 4 {id} a\n", $"dv-tree 1\r\nf 4 {id} a\r\n", $"dv-tree-parts 1\np 4 1 {id} a\n", "<html></html>\n", "",
        ];
        attacks.AddRange(forms.Select(Encoding.UTF8.GetBytes));
        attacks.Add([.. Encoding.UTF8.GetBytes($"dv-tree 1\nf 4 {id} "), 0xff, 0xfe, (byte)'\n']);
        for (int i = 0; i < attacks.Count; i++)
            victim.PointFolder($"attack{i:d2}", victim.Remote.RawTree(attacks[i]), 4, 1);

        await AssertAllRefusedAsync(victim, attacks.Count);
    }

    [Fact]
    public async Task Trees_whose_sums_are_not_true_place_nothing()
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        string id = "sha256:" + remote.Content("evil");
        string honest = remote.Tree(remote.File("a", "evil"));
        victim.PointFolder("attack00", honest, 5, 1);
        victim.PointFolder("attack01", honest, 4, 2);
        victim.PointFolder("attack02", remote.Tree(HostileRemote.Directory("d", honest, 5, 1)), 5, 1);
        victim.PointFolder("attack03", remote.Tree(HostileRemote.Directory("d", honest, 4, 2)), 4, 2);
        victim.PointFolder("attack04", remote.Tree($"f {long.MaxValue} {id}+{new string('a', 64)} a", $"f {long.MaxValue} {id}+{new string('a', 64)} b"), 2, 2);
        victim.PointFolder("attack05", remote.Tree(HostileRemote.Directory("d", honest, long.MaxValue, 1), HostileRemote.Directory("e", honest, long.MaxValue, 1)), 1, 2);

        await AssertAllRefusedAsync(victim, 6);
    }

    [Fact]
    public async Task Trees_nested_too_deep_and_paths_too_long_place_nothing()
    {
        using Victim victim = await Victim.CreateAsync();
        string deep = victim.Remote.Tree(victim.Remote.File("a", "evil"));
        for (int i = 0; i < 300; i++)
            deep = victim.Remote.Tree(HostileRemote.Directory("d", deep, 4, 1));
        string @long = victim.Remote.Tree(victim.Remote.File("a", "evil"));
        for (int i = 0; i < 20; i++)
            @long = victim.Remote.Tree(HostileRemote.Directory(new string('n', 250), @long, 4, 1));
        victim.PointFolder("attack00", deep, 4, 1);
        victim.PointFolder("attack01", @long, 4, 1);

        await AssertAllRefusedAsync(victim, 2);
    }

    [Fact]
    public async Task A_few_trees_that_stand_for_endless_folders_are_refused()
    {
        using Victim victim = await Victim.CreateAsync();
        // A runaway ends here, and not with the machine's memory.
        victim.Sandbox.Set("DOTNET_GCHeapHardLimit", "0x30000000");
        string folders = victim.Remote.Tree();
        for (int level = 0; level < 60; level++)
            folders = victim.Remote.Tree([.. Enumerable.Range(0, 16).Select(i => HostileRemote.Directory($"d{i:d2}", folders, 0, 0))]);
        string files = victim.Remote.Tree(victim.Remote.File("a", ""));
        long count = 1;
        for (int level = 0; level < 7; level++, count *= 16)
            files = victim.Remote.Tree([.. Enumerable.Range(0, 16).Select(i => HostileRemote.Directory($"d{i:d2}", files, 0, count))]);
        victim.PointFolder("attack00", folders, 0, 0);
        victim.PointFolder("attack01", files, 0, count);

        await AssertAllRefusedAsync(victim, 2);
        Assert.Equal(0, (await victim.DvAsync("status")).ExitCode);
    }

    [Fact]
    public async Task A_tree_larger_than_any_may_be_is_refused()
    {
        using Victim victim = await Victim.CreateAsync();
        byte[] bytes = new byte[(16 << 20) + 1];
        bytes.AsSpan().Fill((byte)'\n');
        victim.PointFolder("attack00", victim.Remote.RawTree(bytes), 4, 1);

        await AssertAllRefusedAsync(victim, 1);
    }

    // The attacks are attack00 …; a dataset in order stands beside them and is placed.
    private static async Task AssertAllRefusedAsync(Victim victim, int attacks)
    {
        victim.PointFolder("good", victim.Remote.Tree(victim.Remote.File("fine.txt", "fine")), 4, 1);
        string before = victim.Surroundings();

        Ran ran = await victim.DvAsync("pull", "--json");

        Assert.True(ran.ExitCode == 5, ran.ToString());
        using JsonDocument json = JsonDocument.Parse(ran.Output);
        string[] failed = [.. json.RootElement.GetProperty("failed").EnumerateArray().Select(f => f.GetProperty("path").GetString()!).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal([.. Enumerable.Range(0, attacks).Select(i => $"attack{i:d2}")], failed);
        Assert.Equal("fine", File.ReadAllText(victim.At("good/fine.txt")));
        string[] placed = [.. Directory.EnumerateDirectories(victim.Repository).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        Assert.Equal([".dv", ".git", "good"], placed);
        Assert.False(File.Exists(victim.At(".git/evil")));
        Assert.Equal(before, victim.Surroundings());
        Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
    }
}
