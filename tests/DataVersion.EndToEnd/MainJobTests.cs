using Xunit;

namespace DataVersion.EndToEnd;

public class MainJobTests
{
    [Fact]
    public async Task Data_go_from_one_clone_through_a_remote_to_another_and_back_to_any_version()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        WriteVersionOne(repository);
        await sandbox.DvOkAsync(repository, "add", "data/table.csv", "data/images");
        await sandbox.GitAsync(repository, "commit", "-q", "-m", "v1");
        string one = Sandbox.Snapshot(Path.Combine(repository, "data"));
        await sandbox.DvOkAsync(repository, "push");
        File.AppendAllText(Path.Combine(repository, "data/table.csv"), "200001,9.99\n");
        File.Delete(Path.Combine(repository, "data/images/sub/3.txt"));
        Sandbox.Write(repository, "data/images/sub/new.txt", "new");
        await sandbox.DvOkAsync(repository, "add", "data/table.csv", "data/images");
        await sandbox.GitAsync(repository, "commit", "-q", "-m", "v2");
        string two = Sandbox.Snapshot(Path.Combine(repository, "data"));
        await sandbox.DvOkAsync(repository, "push");

        string clone = await sandbox.CloneAsync(repository, "clone");
        await sandbox.DvOkAsync(clone, "pull");

        Assert.Equal(two, Sandbox.Snapshot(Path.Combine(clone, "data")));
        Assert.Equal("", await sandbox.GitAsync(clone, "status", "--porcelain"));
        await sandbox.GitAsync(repository, "checkout", "-q", "HEAD~1");
        Assert.Contains("outdated", (await sandbox.DvOkAsync(repository, "status")).Output, StringComparison.Ordinal);
        await sandbox.DvOkAsync(repository, "checkout");
        Assert.Equal(one, Sandbox.Snapshot(Path.Combine(repository, "data")));
        await sandbox.GitAsync(clone, "checkout", "-q", "HEAD~1");
        Assert.Equal(4, (await sandbox.DvAsync(clone, "checkout")).ExitCode);
        await sandbox.DvOkAsync(clone, "pull");
        Assert.Equal(one, Sandbox.Snapshot(Path.Combine(clone, "data")));
        Assert.Contains("clean", (await sandbox.DvOkAsync(clone, "status")).Output, StringComparison.Ordinal);
        await sandbox.DvOkAsync(clone, "verify");
    }

    [Fact]
    public async Task A_second_push_sends_nothing_and_an_edit_sends_what_changed()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        WriteVersionOne(repository);
        await sandbox.DvOkAsync(repository, "add", "data/images");
        await sandbox.DvOkAsync(repository, "push");

        Ran again = await sandbox.DvOkAsync(repository, "push", "--json");
        File.WriteAllText(Path.Combine(repository, "data/images/sub/1.txt"), "edited");
        await sandbox.DvOkAsync(repository, "add", "data/images/sub/1.txt");
        Ran edited = await sandbox.DvOkAsync(repository, "push", "--json");

        Assert.Contains("\"objects\":0", Compact(again.Output), StringComparison.Ordinal);
        // One content, the tree of sub/, the root tree.
        Assert.Contains("\"objects\":3", Compact(edited.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_named_part_of_a_folder_is_pulled_and_adding_keeps_the_rest()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        WriteVersionOne(repository);
        await sandbox.DvOkAsync(repository, "add", "data/images");
        await sandbox.CommitAsync(repository, "v1");
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");

        await sandbox.DvOkAsync(clone, "pull", "data/images/sub");

        Assert.True(File.Exists(Path.Combine(clone, "data/images/sub/1.txt")));
        Assert.False(File.Exists(Path.Combine(clone, "data/images/run.sh")));
        File.Delete(Path.Combine(clone, "data/images/sub/1.txt"));
        Sandbox.Write(clone, "data/images/extra.txt", "extra");
        await sandbox.DvOkAsync(clone, "add", "data/images");
        await sandbox.DvOkAsync(clone, "push");
        await sandbox.CommitAsync(clone, "v2");
        string third = await sandbox.CloneAsync(clone, "third");
        await sandbox.DvOkAsync(third, "pull");
        Assert.False(File.Exists(Path.Combine(third, "data/images/sub/1.txt")), "deleted where it had been placed");
        Assert.True(File.Exists(Path.Combine(third, "data/images/run.sh")), "kept, because it was never placed");
        Assert.True(File.Exists(Path.Combine(third, "data/images/extra.txt")));
    }

    [Fact]
    public async Task All_named_parts_of_a_folder_are_fetched_of_a_revision()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        foreach (string part in (string[])["a/1", "a/2", "b/3", "c/4"])
            Sandbox.Write(repository, $"data/{part}", part);
        await sandbox.DvOkAsync(repository, "add", "data");
        await sandbox.CommitAsync(repository, "v1");
        await sandbox.DvOkAsync(repository, "push");
        string clone = await sandbox.CloneAsync(repository, "clone");

        await sandbox.DvOkAsync(clone, "fetch", "--rev", "HEAD", "data/a", "data/b");
        Directory.Move(sandbox.At("storage"), sandbox.At("gone"));
        await sandbox.DvOkAsync(clone, "checkout", "data/a", "data/b");

        Assert.Equal(["1", "2", "3"], Directory.GetFiles(Path.Combine(clone, "data"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Every_revision_is_pushed_and_fetched_on_demand()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        foreach (string version in (string[])["one", "two", "three"])
        {
            Sandbox.Write(repository, "model.bin", version);
            await sandbox.DvOkAsync(repository, "add", "model.bin");
            await sandbox.GitAsync(repository, "commit", "-q", "-m", version);
            await sandbox.GitAsync(repository, "tag", version);
        }
        await sandbox.DvOkAsync(repository, "push", "--all-commits");
        string clone = await sandbox.CloneAsync(repository, "clone");

        await sandbox.DvOkAsync(clone, "fetch", "--rev", "two");
        await sandbox.GitAsync(clone, "checkout", "-q", "two");
        await sandbox.DvOkAsync(clone, "checkout");
        Assert.Equal("two", File.ReadAllText(Path.Combine(clone, "model.bin")));
        await sandbox.DvOkAsync(clone, "fetch", "--all-tags");
        await sandbox.GitAsync(clone, "checkout", "-q", "one");
        await sandbox.DvOkAsync(clone, "checkout");

        Assert.Equal("one", File.ReadAllText(Path.Combine(clone, "model.bin")));
    }

    [Fact]
    public async Task Pull_works_where_there_is_no_git_as_in_an_image_that_holds_pointers_only()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        WriteVersionOne(repository);
        await sandbox.DvOkAsync(repository, "add", "data/images");
        await sandbox.DvOkAsync(repository, "push");
        string image = Directory.CreateDirectory(sandbox.At("image", "data")).Parent!.FullName;
        await sandbox.RunAsync("cp", repository, ["-r", ".dv", "data/images.dv", image]);
        File.Move(Path.Combine(image, "images.dv"), Path.Combine(image, "data/images.dv"));

        await sandbox.DvOkAsync(image, "pull");

        Assert.Equal(Sandbox.Snapshot(Path.Combine(repository, "data/images")), Sandbox.Snapshot(Path.Combine(image, "data/images")));
    }

    private static void WriteVersionOne(string repository)
    {
        Sandbox.Write(repository, "data/table.csv", string.Concat(Enumerable.Range(1, 20_000).Select(i => $"{i},{i * 7 % 1000}\n")));
        for (int i = 0; i < 40; i++)
            Sandbox.Write(repository, $"data/images/sub/{i}.txt", $"image {i}");
        Sandbox.Write(repository, "data/images/run.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(repository, "data/images/run.sh"), (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.Combine(repository, "data/images/empty"));
        File.CreateSymbolicLink(Path.Combine(repository, "data/images/first"), "sub/1.txt");
        Sandbox.Write(repository, "data/images/zero", "");
    }

    private static string Compact(string json) => json.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
}
