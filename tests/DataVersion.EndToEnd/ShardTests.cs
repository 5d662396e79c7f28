using System.Globalization;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Pulls of parts, as the pods of an Indexed Job make them.</summary>
public sealed class ShardTests : IDisposable
{
    private const int Shards = 4;

    private readonly Sandbox _sandbox = new();
    private string _source = "";

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clones_that_pull_their_parts_have_everything_together(bool sharedCache)
    {
        await CreateAsync();
        if (sharedCache)
            _sandbox.Set("DV_CACHE_DIR", _sandbox.At("cache"));
        string[] clones = await CloneAllAsync();

        Ran[] pulls = await Task.WhenAll(clones.Select((c, i) => _sandbox.DvAsync(c, "pull", "--json", "--shard", $"{i}/{Shards}")));

        Assert.All(pulls, p => Assert.True(p.ExitCode == 0, p.ToString()));
        List<string>[] placed = [.. clones.Select(DataIn)];
        Assert.Equal(DataIn(_source), placed.SelectMany(p => p).Order(StringComparer.Ordinal));
        for (int i = 0; i < Shards; i++)
        {
            using var json = JsonDocument.Parse(pulls[i].Output);
            JsonElement shard = json.RootElement.GetProperty("shard");
            Assert.Equal((i, Shards, placed[i].Count), (Number(shard, "index"), Number(shard, "count"), Number(shard, "files")));
            Assert.Equal(placed[i].Sum(f => new FileInfo(Path.Combine(clones[i], f)).Length), Number(shard, "bytes"));
            Assert.Equal((DataIn(_source).Count, DataIn(_source).Sum(f => new FileInfo(Path.Combine(_source, f)).Length)), (Number(shard, "allFiles"), Number(shard, "allBytes")));
            await _sandbox.DvOkAsync(clones[i], "verify");
            Ran status = await _sandbox.DvOkAsync(clones[i], "status");
            Assert.Contains("not-pulled", status.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("deleted", status.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_full_pull_completes_what_a_part_began()
    {
        await CreateAsync();
        string clone = await _sandbox.CloneAsync(_source, "clone");
        await _sandbox.DvOkAsync(clone, "pull", "--shard", "1/4");
        List<string> part = DataIn(clone);
        // The same part again finds everything there, also by the variable.
        Ran again = await _sandbox.DvWithAsync(clone, "DV_SHARD", "1/4", "pull");
        Assert.Contains("everything is up to date", again.Output, StringComparison.Ordinal);
        Assert.Equal(part, DataIn(clone));
        // And another part beside it is added.
        await _sandbox.DvOkAsync(clone, "pull", "--shard", "2/4");
        Assert.InRange(DataIn(clone).Count, part.Count + 1, DataIn(_source).Count - 1);

        await _sandbox.DvOkAsync(clone, "pull");

        Assert.Equal(Data(_source), Data(clone));
        await _sandbox.DvOkAsync(clone, "status", "--exit-code");
        await _sandbox.DvOkAsync(clone, "verify");
    }

    [Fact]
    public async Task A_part_of_the_next_version_leaves_nothing_of_the_last_one()
    {
        await CreateAsync();
        string clone = await _sandbox.CloneAsync(_source, "clone");
        await _sandbox.DvOkAsync(clone, "pull", "--shard", "0/4");
        List<string> first = DataIn(clone);
        // All files change, some go, and the new sizes make for another split.
        foreach (string file in DataIn(_source))
            File.AppendAllText(Path.Combine(_source, file), new string('+', 1 + (file.Length % 7 * 300)) + file);
        File.Delete(Path.Combine(_source, first[0]));
        await _sandbox.DvOkAsync(_source, "add", "data", "more/single.txt");
        await _sandbox.DvOkAsync(_source, "push");
        await _sandbox.CommitAsync(_source, "next");
        await _sandbox.GitAsync(clone, "pull", "-q");

        await _sandbox.DvOkAsync(clone, "pull", "--shard", "0/4");

        Assert.All(DataIn(clone), f => Assert.Equal(File.ReadAllText(Path.Combine(_source, f)), File.ReadAllText(Path.Combine(clone, f))));
        Ran status = await _sandbox.DvOkAsync(clone, "status", "--json");
        using (var json = JsonDocument.Parse(status.Output))
            Assert.All(json.RootElement.GetProperty("entries").EnumerateArray(), e => Assert.Equal("not-pulled", e.GetProperty("state").GetString()));
        await _sandbox.DvOkAsync(clone, "pull");
        Assert.Equal(Data(_source), Data(clone));
    }

    [Fact]
    public async Task Edits_in_other_parts_stay()
    {
        await CreateAsync();
        string clone = await _sandbox.CloneAsync(_source, "clone");
        await _sandbox.DvOkAsync(clone, "pull");
        string[] parts = [.. await Task.WhenAll(Enumerable.Range(0, 2).Select(i => PartAsync(i)))];
        File.WriteAllText(Path.Combine(clone, parts[1]), "an edit");

        Ran other = await _sandbox.DvAsync(clone, "pull", "--shard", "0/4");
        Ran own = await _sandbox.DvAsync(clone, "pull", "--shard", "1/4");

        Assert.Equal(0, other.ExitCode);
        Assert.Equal(3, own.ExitCode);
        Assert.Equal("an edit", File.ReadAllText(Path.Combine(clone, parts[1])));
        Assert.Contains("modified", (await _sandbox.DvOkAsync(clone, "status")).Output, StringComparison.Ordinal);

        async Task<string> PartAsync(int shard)
        {
            string folder = await _sandbox.CloneAsync(_source, $"part{shard}");
            await _sandbox.DvOkAsync(folder, "pull", "--shard", $"{shard}/4");
            return DataIn(folder).First(f => f.StartsWith("data/", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Fetched_parts_make_a_whole_cache_and_a_pull_needs_no_remote()
    {
        await CreateAsync();
        string clone = await _sandbox.CloneAsync(_source, "clone");
        for (int i = 0; i < 3; i++)
            await _sandbox.DvOkAsync(clone, "fetch", "--shard", $"{i}/3", "--rev", "HEAD", "data");
        Directory.Move(_sandbox.At("storage"), _sandbox.At("away"));

        Ran part = await _sandbox.DvOkAsync(clone, "checkout", "data");

        Assert.DoesNotContain("failed", part.ToString(), StringComparison.Ordinal);
        Assert.Equal(DataIn(_source).Where(f => f.StartsWith("data/", StringComparison.Ordinal)), DataIn(clone));
    }

    [Theory]
    [InlineData("--shard: '4/4' is not a shard I/N", "pull", "--shard", "4/4")]
    [InlineData("--shard splits the files of one version", "fetch", "--shard", "0/4", "--all-tags")]
    [InlineData("DV_SHARD: 'x' is not a shard I/N", "fetch")]
    public async Task What_is_no_shard_is_wrong_usage(string message, params string[] arguments)
    {
        await CreateAsync();
        if (message.StartsWith("DV_SHARD", StringComparison.Ordinal))
            _sandbox.Set("DV_SHARD", "x");

        Ran ran = await _sandbox.DvAsync(_source, arguments);

        Assert.Equal(2, ran.ExitCode);
        Assert.Contains(message, ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_would_not_be_a_part_says_so()
    {
        await CreateAsync();

        Ran ran = await _sandbox.DvWithAsync(_source, "DV_SHARD", "0/4", "run", "--", "touch", "started");

        Assert.Equal(2, ran.ExitCode);
        Assert.Contains("DV_SHARD is set, and dv run takes all of its data", ran.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_source, "started")));
    }

    [Fact]
    public async Task Where_a_tree_is_missing_no_part_is_taken()
    {
        await CreateAsync();
        string clone = await _sandbox.CloneAsync(_source, "clone");
        Directory.Delete(Directory.GetDirectories(_sandbox.At("storage", "dvstore", "v1", "trees", "sha256")).Order(StringComparer.Ordinal).First(), recursive: true);

        Ran ran = await _sandbox.DvAsync(clone, "pull", "--shard", "0/4");

        Assert.Equal(4, ran.ExitCode);
        Assert.Empty(DataIn(clone));
    }

    private async Task CreateAsync()
    {
        _source = await _sandbox.CreateRepositoryAsync("source");
        for (int i = 0; i < 80; i++)
            Sandbox.Write(_source, string.Create(CultureInfo.InvariantCulture, $"data/{i % 3}/{i / 10}/file {i}.txt"), new string((char)('a' + (i % 26)), i * i % 211));
        Sandbox.Write(_source, "data/large.bin", new string('l', 3000));
        Sandbox.Write(_source, "more/single.txt", "one file with a pointer of its own");
        await _sandbox.DvOkAsync(_source, "add", "data", "more/single.txt");
        await _sandbox.DvOkAsync(_source, "push");
        await _sandbox.CommitAsync(_source, "data");
    }

    private async Task<string[]> CloneAllAsync()
    {
        var clones = new List<string>();
        for (int i = 0; i < Shards; i++)
            clones.Add(await _sandbox.CloneAsync(_source, $"clone{i}"));
        return [.. clones];
    }

    private static List<string> DataIn(string folder) =>
    [
        .. ((string[])["data", "more"]).Select(d => Path.Combine(folder, d)).Where(Directory.Exists)
            .SelectMany(d => Directory.EnumerateFiles(d, "*", SearchOption.AllDirectories))
            .Where(f => Path.GetExtension(f) is ".txt" or ".bin")
            .Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal),
    ];

    private static string Data(string folder) => string.Join('\n', DataIn(folder).Select(f => $"{f} {File.ReadAllText(Path.Combine(folder, f))}"));

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();
}
