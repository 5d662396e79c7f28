using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary><c>dv ls</c> and <c>dv cat</c>: what a version holds, without pulling it.</summary>
public sealed class ListAndCatTests : IDisposable
{
    private const int Large = 100 << 20;

    private readonly Sandbox _sandbox = new();
    private readonly byte[] _large = new byte[Large];
    private string _source = "";
    private string _clone = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Every_version_is_listed_and_read_from_a_clone_that_pulled_nothing()
    {
        await CreateAsync();

        Assert.Equal("data/\nmodel.bin\n", (await _sandbox.DvOkAsync(_clone, "ls")).Output);
        Assert.Equal("data/a.txt\ndata/link\ndata/sub/\ndata/zero\n", (await _sandbox.DvOkAsync(_clone, "ls", "data")).Output);
        Assert.Equal("data/a.txt\ndata/link\ndata/sub/x.txt\ndata/sub/\\n ü.txt\ndata/zero\n".Split('\n').Order(StringComparer.Ordinal), (await _sandbox.DvOkAsync(_clone, "ls", "-R", "data")).Output.Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal("a.txt\nlink\nzero\n", string.Concat((await _sandbox.DvOkAsync(_clone, "ls", ".", "--rev", "v1", "-C", At("data"))).Output.Split('\n').Where(l => l.Length > 0 && !l.EndsWith('/')).Select(l => l + "\n")));
        string line = (await _sandbox.DvOkAsync(_clone, "ls", "-l", "--rev", "v1", "data/a.txt")).Output;
        Assert.Equal($"100755 sha256:{Hex("one"u8)}            3\tdata/a.txt\n", line);
        Assert.Equal("two", (await _sandbox.DvOkAsync(_clone, "cat", "data/a.txt")).Output);
        Assert.Equal("one", (await _sandbox.DvOkAsync(_clone, "cat", "--rev", "HEAD~1", "data/a.txt")).Output);
        Assert.Equal("x", (await _sandbox.DvOkAsync(_clone, "cat", "data/link")).Output);
        Assert.Equal("weird", (await _sandbox.DvOkAsync(At("data"), "cat", "sub/\n ü.txt")).Output);
        Assert.Equal("", (await _sandbox.DvOkAsync(_clone, "cat", "data/zero")).Output);
        Assert.Equal("wo", (await _sandbox.DvOkAsync(_clone, "cat", "data/a.txt", "--offset", "1", "--length", "1K")).Output);
        // Nothing was placed, and nothing differs for Git.
        Assert.Empty(Directory.EnumerateFileSystemEntries(At("data")));
        Assert.Equal("", await _sandbox.GitAsync(_clone, "status", "--porcelain"));
    }

    [Theory]
    [InlineData(0, Large)]
    [InlineData((8 << 20) - 1, 2)]
    [InlineData(Large - 5, 5)]
    public async Task Parts_of_a_large_file_are_byte_by_byte_right_and_not_stored(int offset, int length)
    {
        await CreateAsync(large: true);

        byte[] part = await CatAsync("model.bin", "--offset", Text(offset), "--length", Text(length));

        Assert.Equal(Hex(_large.AsSpan(offset, length)), Hex(part));
        Assert.DoesNotContain(Directory.EnumerateFiles(StoredObjects.CacheOf(_clone), "*", SearchOption.AllDirectories), f => new FileInfo(f).Length > 1 << 20);
    }

    [Fact]
    public async Task A_damaged_block_ends_it_with_5_and_a_lost_object_with_4_and_no_byte_of_either_comes_out()
    {
        await CreateAsync(large: true);
        string stored = _sandbox.At("storage", "dvstore", "v1", "objects", "sha256", Hex(_large)[..2], Hex(_large)[2..]);
        File.SetUnixFileMode(stored, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (FileStream file = File.Open(stored, FileMode.Open))
        {
            file.Position = 20 << 20;
            file.WriteByte((byte)(_large[20 << 20] + 1));
        }
        string small = _sandbox.At("storage", "dvstore", "v1", "objects", "sha256", Hex("two"u8)[..2], Hex("two"u8)[2..]);
        File.SetUnixFileMode(small, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(small, "tow");

        Ran inside = await _sandbox.DvAsync(_clone, "cat", "model.bin", "--offset", "17M", "--length", "1");
        (byte[] whole, int code) = await RunAsync("cat", "model.bin");
        Ran damaged = await _sandbox.DvAsync(_clone, "cat", "data/a.txt");
        File.Delete(small);
        Ran lost = await _sandbox.DvAsync(_clone, "cat", "data/a.txt", "--length", "1");

        Assert.Equal((5, ""), (inside.ExitCode, inside.Output));
        Assert.Contains("is corrupt on remote 'storage', bytes 16777216 to 25165823", inside.Errors, StringComparison.Ordinal);
        Assert.Equal(5, code);
        Assert.True(whole.AsSpan().SequenceEqual(_large.AsSpan(0, 16 << 20)), $"{whole.Length} bytes");
        Assert.Equal((5, ""), (damaged.ExitCode, damaged.Output));
        Assert.Equal((4, ""), (lost.ExitCode, lost.Output));
        Assert.Contains($"object sha256:{Hex("two"u8)} is missing on remote 'storage'", lost.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_stops_ends_it_quietly_and_a_full_disk_does_not()
    {
        await CreateAsync(large: true);

        Ran head = await ShellAsync("set -o pipefail; \"$DV\" cat model.bin | head -c 3 | wc -c");
        Ran full = await ShellAsync("\"$DV\" cat model.bin > /dev/full");
        Ran both = await ShellAsync("{ \"$DV\" cat data/a.txt; \"$DV\" cat data/link; echo; } > out && cat out && \"$DV\" cat data/a.txt >> out && cat out");

        Assert.Equal((0, "3\n", ""), (head.ExitCode, head.Output.TrimStart(), head.Errors));
        Assert.Equal(3, full.ExitCode);
        Assert.Contains("no space left", full.Errors, StringComparison.Ordinal);
        // What shares the output is not written over.
        Assert.Equal("twox\ntwox\ntwo", both.Output);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_also_where_nobody_reads()
    {
        await CreateAsync(large: true);
        // A suite that a shell started in the background has SIGINT ignored, and every child inherits that.
        using Process process = _sandbox.Start("env", _clone, ["--default-signal=INT", DvProgram.FilePath, "cat", "model.bin"]);
        byte[] first = new byte[1];
        await process.StandardOutput.BaseStream.ReadExactlyAsync(first, Token);

        await _sandbox.RunAsync("kill", _clone, ["-INT", Text(process.Id)]);
        await process.WaitForExitAsync(Token);

        Assert.Equal(130, process.ExitCode);
        Assert.Equal(_large[0], first[0]);
    }

    [Fact]
    public async Task The_parts_of_a_listing_are_those_of_a_pull_of_that_version()
    {
        await CreateAsync();
        var listed = new List<string>();
        for (int i = 0; i < 2; i++)
        {
            Ran ls = await _sandbox.DvOkAsync(_clone, "ls", "--json", "--rev", "v1", "--shard", $"{i}/2");
            using var json = JsonDocument.Parse(ls.Output);
            string[] part = [.. json.RootElement.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("path").GetString()!)];
            Assert.Equal((part.Length, 6), (json.RootElement.GetProperty("shard").GetProperty("files").GetInt32(), json.RootElement.GetProperty("shard").GetProperty("allFiles").GetInt32()));
            listed.AddRange(part);
            string other = await _sandbox.CloneAsync(_source, $"part{i}");
            await _sandbox.GitAsync(other, "checkout", "-q", "v1");
            await _sandbox.DvOkAsync(other, "pull", "--shard", $"{i}/2");
            Assert.Equal(part.Order(StringComparer.Ordinal), FilesIn(other));
            // As dv pull, it takes the variable for the option.
            Ran variable = await _sandbox.DvWithAsync(_clone, "DV_SHARD", $"{i}/2", "ls", "--json", "--rev", "v1");
            Assert.Equal(ls.Output, variable.Output);
        }
        Assert.Equal(6, listed.Distinct().Count());
    }

    [Fact]
    public async Task Without_the_remote_what_the_cache_has_is_listed_and_read()
    {
        await CreateAsync();
        await _sandbox.DvOkAsync(_clone, "fetch");
        Directory.Move(_sandbox.At("storage"), _sandbox.At("away"));

        Assert.Equal("two", (await _sandbox.DvOkAsync(_clone, "cat", "data/a.txt")).Output);
        Assert.Contains("data/sub/x.txt\n", (await _sandbox.DvOkAsync(_clone, "ls", "-R")).Output, StringComparison.Ordinal);
        Assert.Equal(6, (await _sandbox.DvAsync(_clone, "cat", "--rev", "v1", "data/a.txt")).ExitCode);
        Assert.Equal(6, (await _sandbox.DvAsync(_clone, "ls", "-R", "--rev", "v1")).ExitCode);
    }

    [Fact]
    public async Task Wrong_use_is_one_line()
    {
        await CreateAsync();
        (string Message, string[] Arguments)[] cases =
        [
            ("'nope' is not tracked by dv in v1", ["cat", "--rev", "v1", "nope"]),
            ("'data' is a folder", ["cat", "data"]),
            ("'data/nope' is not in 'data'", ["cat", "data/nope"]),
            ("'data/a.txt' has 3 bytes: there is no byte 4", ["cat", "data/a.txt", "--offset", "4"]),
            ("--offset: '-1' is not a number of bytes", ["cat", "data/a.txt", "--offset=-1"]),
            ("'nope' is not a commit of this Git repository", ["ls", "--rev", "nope"]),
            ("'nope' is not tracked by dv", ["ls", "nope"]),
            ("'data' holds no 'nope'", ["ls", "data/nope"]),
            ("--shard: '2/2' is not a shard I/N", ["ls", "--shard", "2/2"]),
            ("no remote named 'nope'", ["ls", "-r", "nope"]),
            ("bad:data.dv:3: 'hash' is an object id", ["ls", "--rev", "bad"]),
        ];
        File.WriteAllText(At("data.dv"), File.ReadAllText(At("data.dv")).Replace("hash: sha256:", "hash: sha256:?", StringComparison.Ordinal));
        await _sandbox.CommitAsync(_clone, "bad");
        await _sandbox.GitAsync(_clone, "tag", "bad");
        await _sandbox.GitAsync(_clone, "reset", "-q", "--hard", "HEAD~1");

        foreach ((string message, string[] arguments) in cases)
        {
            Ran ran = await _sandbox.DvAsync(_clone, arguments);
            Assert.Equal((2, ""), (ran.ExitCode, ran.Output));
            Assert.StartsWith($"dv: error: {message}", ran.Errors, StringComparison.Ordinal);
        }
    }

    private async Task CreateAsync(bool large = false)
    {
        _source = await _sandbox.CreateRepositoryAsync("source");
        Sandbox.Write(_source, "data/a.txt", "one");
        File.SetUnixFileMode(Path.Combine(_source, "data/a.txt"), (UnixFileMode)0b111_101_101);
        Sandbox.Write(_source, "data/sub/x.txt", "x");
        Sandbox.Write(_source, "data/sub/\n ü.txt", "weird");
        Sandbox.Write(_source, "data/zero", "");
        File.CreateSymbolicLink(Path.Combine(_source, "data/link"), "sub/x.txt");
        if (large)
            new Random(6).NextBytes(_large);
        File.WriteAllBytes(Path.Combine(_source, "model.bin"), large ? _large : _large[..5000]);
        await _sandbox.DvOkAsync(_source, "add", "data", "model.bin");
        await _sandbox.DvOkAsync(_source, "push");
        await _sandbox.CommitAsync(_source, "one");
        await _sandbox.GitAsync(_source, "tag", "v1");
        Sandbox.Write(_source, "data/a.txt", "two");
        await _sandbox.DvOkAsync(_source, "add", "data");
        await _sandbox.DvOkAsync(_source, "push");
        await _sandbox.CommitAsync(_source, "two");
        _clone = await _sandbox.CloneAsync(_source, "clone");
        Directory.CreateDirectory(At("data"));
    }

    private Task<Ran> ShellAsync(string script) => _sandbox.RunAsync("bash", _clone, ["-c", script], ("DV", DvProgram.FilePath));

    private async Task<byte[]> CatAsync(params string[] arguments)
    {
        (byte[] bytes, int code) = await RunAsync(["cat", .. arguments]);
        Assert.Equal(0, code);
        return bytes;
    }

    private async Task<(byte[] Output, int Code)> RunAsync(params string[] arguments)
    {
        using Process process = _sandbox.Start(DvProgram.FilePath, _clone, arguments);
        using var output = new MemoryStream();
        Task errors = process.StandardError.ReadToEndAsync(Token);
        await process.StandardOutput.BaseStream.CopyToAsync(output, Token);
        await errors;
        await process.WaitForExitAsync(Token);
        return (output.ToArray(), process.ExitCode);
    }

    private string At(string path) => Path.Combine(_clone, path);

    private static IEnumerable<string> FilesIn(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f)).Where(f => f == "model.bin" || f.StartsWith("data/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
