using System.Text;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Remotes whose documents and objects are not what they should be (DESIGN "Checked").</summary>
public class HostileStoreTests
{
    [Theory]
    [InlineData("<!DOCTYPE html>\n<html><body>Sign in</body></html>", 6, "not a document of dv")]
    [InlineData("{}", 6, "lacks a version")]
    [InlineData("null", 6, "not a document of dv")]
    [InlineData("""{"version":1,"id":"../../../../outside/x","layouts":["plain"],"requires":[]}""", 6, "its id")]
    [InlineData("""{"version":1,"id":"x","layouts":["plain"],"requires":["telepathy"]}""", 2, "telepathy")]
    [InlineData("""{"version":1,"id":"x","layouts":["packed"],"requires":[]}""", 2, "packed")]
    [InlineData("""{"version":9,"id":"x","layouts":["plain"],"requires":[]}""", 2, "version 9")]
    public async Task A_store_document_that_is_none_ends_pull_and_push_with_one_line(string document, int exitCode, string says)
    {
        using Victim victim = await Victim.CreateAsync();
        victim.PointFile("x", victim.Remote.Content("evil"), 4);
        victim.Remote.Put("dv.json", document);
        string before = victim.Surroundings();

        Ran pull = await victim.DvAsync("pull");
        Ran push = await victim.Sandbox.DvWithAsync(victim.Repository, "DV_TRUST_REMOTE", "1", "push");

        foreach (Ran ran in (Ran[])[pull, push])
        {
            Assert.True(ran.ExitCode == exitCode, ran.ToString());
            Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(victim.At("x")));
        Assert.Equal(before, victim.Surroundings());
    }

    [Fact]
    public async Task A_store_document_without_end_is_not_read_to_its_end()
    {
        using Victim victim = await Victim.CreateAsync();
        victim.Sandbox.Set("DOTNET_GCHeapHardLimit", "0x10000000");
        victim.PointFile("x", victim.Remote.Content("evil"), 4);
        using (FileStream document = File.Create(Path.Combine(victim.Remote.Folder, "dvstore/v1/dv.json")))
            document.SetLength(8L << 30);

        Ran ran = await victim.DvAsync("pull");

        Assert.Contains(ran.ExitCode, (int[])[5, 6]);
        Assert.DoesNotContain("unexpected", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Corrupt_objects_are_never_placed_and_the_rest_is_until_they_are_healed()
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        string swapped = remote.Content("swapped"), longer = remote.Content("longer!"), shorter = remote.Content("shorter");
        string tree = remote.Tree(remote.File("fine", "fine"), $"f 7 sha256:{longer} longer", $"f 7 sha256:{shorter} shorter", $"f 7 sha256:{swapped} swapped");
        victim.PointFolder("data", tree, 25, 4);
        victim.PointFile("single", swapped, 7);
        File.WriteAllText(remote.PathOf("objects", swapped), "SWAPPED");
        File.AppendAllText(remote.PathOf("objects", longer), new string('x', 1 << 20));
        File.WriteAllText(remote.PathOf("objects", shorter), "short");

        Ran ran = await victim.DvAsync("pull");
        Ran status = await victim.DvAsync("status", "--json");
        string[] placed = [.. Directory.EnumerateFileSystemEntries(victim.At("data")).Select(p => Path.GetFileName(p)!)];
        foreach ((string digest, string text) in ((string, string)[])[(swapped, "swapped"), (longer, "longer!"), (shorter, "shorter")])
            File.WriteAllText(remote.PathOf("objects", digest), text);
        Ran healed = await victim.DvAsync("pull");

        Assert.True(ran.ExitCode == 5, ran.ToString());
        Assert.Contains(swapped, ran.Errors, StringComparison.Ordinal);
        Assert.Equal(["fine"], placed);
        Assert.Contains("not-pulled", status.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("deleted", status.Output, StringComparison.Ordinal);
        Assert.True(healed.ExitCode == 0, healed.ToString());
        Assert.Equal("swapped", File.ReadAllText(victim.At("single")));
        Assert.Equal("longer!", File.ReadAllText(victim.At("data/longer")));
    }

    [Fact]
    public async Task A_corrupt_tree_is_refused_and_a_missing_object_is_said_to_be_missing()
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        string tree = remote.Tree(remote.File("a", "aaaa"));
        victim.PointFolder("data", tree, 4, 1);
        File.WriteAllText(remote.PathOf("trees", tree), "dv-tree 1\n" + remote.File("a", "evil") + "\n");

        Ran corrupt = await victim.DvAsync("pull");
        File.Delete(victim.At("data.dv"));
        string content = remote.Content("gone");
        victim.PointFolder("other", remote.Tree(remote.File("a", "aaaa"), remote.File("b", "gone")), 8, 2);
        File.Delete(remote.PathOf("objects", content));
        Ran missing = await victim.DvAsync("pull");

        Assert.True(corrupt.ExitCode == 5, corrupt.ToString());
        Assert.False(Directory.Exists(victim.At("data")));
        Assert.True(missing.ExitCode == 4, missing.ToString());
        Assert.Contains(content, missing.Errors, StringComparison.Ordinal);
        Assert.Contains("other/b", missing.Errors, StringComparison.Ordinal);
        Assert.Equal("aaaa", File.ReadAllText(victim.At("other/a")));
        Assert.False(File.Exists(victim.At("other/b")));
    }

    [Fact]
    public async Task Files_whose_size_the_pointer_gets_wrong_are_refused()
    {
        using Victim victim = await Victim.CreateAsync();
        victim.PointFile("less", victim.Remote.Content("more than said"), 4);
        victim.PointFile("more", victim.Remote.Content("less"), 400);

        Ran ran = await victim.DvAsync("pull");

        Assert.True(ran.ExitCode == 5, ran.ToString());
        Assert.False(File.Exists(victim.At("less")));
        Assert.False(File.Exists(victim.At("more")));
    }

    [Fact]
    public async Task Control_characters_of_names_and_settings_do_not_reach_the_screen()
    {
        using Victim victim = await Victim.CreateAsync();
        HostileRemote remote = victim.Remote;
        const string Name = "evil\u001b[31m\u0007\u202e.txt";
        string gone = remote.Content("gone");
        victim.PointFolder("data", remote.Tree(remote.File("a", "aaaa"), $"f 4 sha256:{gone} {Name}", $"f 4 sha256:{gone} nl\\nx"), 12, 3);
        File.Delete(remote.PathOf("objects", gone));
        victim.PointFolder("data2", remote.Tree($"f 4 sha256:{gone} \u001b[2J\0"), 4, 1);
        victim.PointFile("ptr\u001b[31m", gone, 4);

        Ran[] all =
        [
            await victim.DvAsync("pull"),
            await victim.DvAsync("status"),
            await victim.DvAsync("pull", "--json"),
            await victim.DvAsync("verify"),
            await victim.DvAsync("pull", "no\u001b[31msuch"),
            await victim.DvAsync("checkout"),
            await victim.DvAsync("\u001b[31mcommand"),
            await victim.DvAsync("add", "ptr\u001b[31m"),
        ];
        victim.Write(".dv/config", "[core]\n\tremote = \"sto\u001b[31mrage\"\n");
        Ran config = await victim.DvAsync("pull");
        victim.Write(".dv/config", "[core]\n\tevil\u001b[31m = 1\n");
        Ran key = await victim.DvAsync("pull");
        victim.Write(".dv/config", "");
        victim.Write("x.dv", "dv: 1\ntype: \u001b[31m\n");
        Ran pointer = await victim.DvAsync("status");

        foreach (Ran ran in (Ran[])[.. all, config, key, pointer])
        {
            Assert.DoesNotContain(ran.Output + ran.Errors, c => c is < ' ' and not '\n');
            // JSON is for programs; it escapes what JSON must.
            Assert.DoesNotContain(ran.Output.StartsWith('{') ? ran.Errors : ran.Output + ran.Errors, c => c == '\u202e');
            Assert.NotEqual(70, ran.ExitCode);
        }
        Assert.Equal(4, all[2].ExitCode == 5 ? 4 : all[2].ExitCode);
    }

    [Fact]
    public async Task A_pointer_that_is_far_too_large_is_refused_by_name()
    {
        using Victim victim = await Victim.CreateAsync();
        victim.Sandbox.Set("DOTNET_GCHeapHardLimit", "0x10000000");
        using (FileStream pointer = File.Create(victim.At("x.dv")))
        {
            pointer.Write(Encoding.UTF8.GetBytes("dv: 1\n"));
            pointer.SetLength(8L << 30);
        }

        Ran ran = await victim.DvAsync("status");

        Assert.True(ran.ExitCode == 2, ran.ToString());
        Assert.Contains("x.dv", ran.Errors, StringComparison.Ordinal);
    }
}
