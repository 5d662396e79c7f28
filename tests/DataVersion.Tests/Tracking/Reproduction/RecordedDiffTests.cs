using System.Security.Cryptography;
using System.Text;
using DataVersion.Testing.Git;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Reproduction;
using Xunit;

namespace DataVersion.Tests.Tracking.Reproduction;

public sealed class RecordedDiffTests : IDisposable
{
    private readonly GitSandbox _git = new();
    private readonly string _commit;

    public RecordedDiffTests()
    {
        _git.Commit("b.txt", "one\n");
        _commit = _git.Commit("a.txt", "one\n");
        _git.Write("a.txt", "two\n");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private byte[] Diff => _git.Open().DiffHead([], 10_000, Token).Content;

    public void Dispose() => _git.Dispose();

    [Fact]
    public async Task Committed_code_needs_none() => Assert.Equal((null, null), Both(await ReadAsync(null, dirty: false)));

    [Fact]
    public async Task A_diff_that_covers_all_that_was_changed_is_used()
    {
        RecordedDiff read = await ReadAsync(Diff, changed: ["a.txt", "notes.txt", "scratch/x.py"]);

        Assert.Null(read.Obstacle);
        Assert.Equal(Diff, read.Diff);
        Assert.Equal(["notes.txt", "scratch/x.py"], read.NotKept);
        Assert.Equal(["untracked notes.txt", "untracked scratch/x.py"], read.Lost.Select(d => d.Name));
    }

    [Fact]
    public async Task What_was_not_kept_whole_is_told()
    {
        byte[] redacted = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Diff).Replace("two", Redactor.Mark, StringComparison.Ordinal));

        await AssertAsync("is not beside its record", null, hash: SampleRecords.Hash('1'));
        await AssertAsync("is not the one that it names", Diff, hash: SampleRecords.Hash('1'));
        await AssertAsync("secrets were taken out of the diff", redacted);
        await AssertAsync("not kept whole", Diff[..^4]);
        await AssertAsync("of 'b.txt' no diff was kept", Diff, changed: ["a.txt", "b.txt"]);
        await AssertAsync("of 'a.txt' no diff was kept", null, changed: ["a.txt"]);
        await AssertAsync("names 'src/new.py'", Diff, changed: ["a.txt", "src/new.py"]);
    }

    private async Task AssertAsync(string problem, byte[]? diff, string[]? changed = null, string? hash = null) =>
        Assert.Contains(problem, (await ReadAsync(diff, changed: changed, hash: hash)).Obstacle?.Problem ?? "", StringComparison.Ordinal);

    private Task<RecordedDiff> ReadAsync(byte[]? diff, bool dirty = true, string[]? changed = null, string? hash = null)
    {
        RunRecord record = SampleRecords.Full() with
        {
            Code = new CodeFacts
            {
                Commit = _commit,
                Dirty = dirty,
                DiffSha256 = hash ?? (diff is null ? null : Convert.ToHexStringLower(SHA256.HashData(diff))),
                Changed = changed ?? ["a.txt"],
            },
            Train = SampleRecords.Full().Train with { Command = ["python3", "new.py", "/abs"], WorkingDirectory = "src" },
        };
        var request = new ReproductionRequest { Original = record, ReadDocument = (name, _, _) => Task.FromResult(name == DocumentNames.Diff ? diff : null) };
        return RecordedDiff.ReadAsync(request, _git.Open(), Token);
    }

    private static (byte[]?, ReproductionObstacle?) Both(RecordedDiff read) => (read.Diff, read.Obstacle);
}
