using System.Collections.Concurrent;
using System.Text;
using DataVersion.Testing;
using DataVersion.Tracking.Metrics;
using Xunit;

namespace DataVersion.Tests.Tracking.Metrics;

public sealed class MetricsFollowerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<IReadOnlyList<MetricPoint>> _batches = new();

    private static FollowerOptions Fast { get; } = new(TimeProvider.System) { PollInterval = TimeSpan.FromMilliseconds(5) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => _folder.At("metrics.jsonl");

    private IEnumerable<double> Values => _batches.SelectMany(b => b).Select(p => p.Value);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_followed_from_before_it_exists()
    {
        await using MetricsFollower follower = Start();
        await Task.Delay(20, Token);
        Append("{\"x\":1}\n");
        await SeenAsync(1);
        Append("{\"x\":2}\n{\"x\":3}\n");
        await SeenAsync(3);
        Append("{\"x\":4}\n");
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal([1, 2, 3, 4], Values);
        Assert.Equal((4, 4, 0, null), (report.Points, report.Lines, report.ProblemCount, report.CallbackError));
        Assert.Equal(new MetricStatistics(4, 1, 4, 4, 0, 0, 0), report.Summary.Metrics["x"]);
    }

    [Fact]
    public async Task A_half_written_line_waits_and_at_the_end_counts()
    {
        await using MetricsFollower follower = Start();
        Append("{\"x\":1}\n{\"x\":");
        await SeenAsync(1);
        await Task.Delay(30, Token);
        Append("2}\n{\"x\":3}");
        await SeenAsync(2);
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal([1, 2, 3], Values);
        Assert.Equal(0, report.ProblemCount);
    }

    [Fact]
    public async Task A_file_that_never_comes_is_no_problem()
    {
        await using MetricsFollower follower = Start();
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal((0, 0, 0), (report.Points, report.Lines, report.ProblemCount));
    }

    [Fact]
    public async Task A_file_that_is_cut_off_is_read_anew()
    {
        Append("{\"x\":1}\n{\"x\":2}\nnot one\n");
        await using MetricsFollower follower = Start();
        await SeenAsync(2);
        await System.IO.File.WriteAllTextAsync(File, "bad\n{\"x\":5}\n", Token);
        await SeenAsync(3);
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal([1, 2, 5], Values);
        Assert.Equal([3, 1], report.FirstProblems.Select(p => p.Line));
    }

    [Fact]
    public async Task A_file_that_is_cut_off_and_longer_than_before_is_noticed()
    {
        Append("{\"x\":1}\n");
        await using MetricsFollower follower = Start();
        await SeenAsync(1);
        string longer = string.Concat(Enumerable.Range(10, 20).Select(i => $"{{\"y\":{i}}}\n"));
        await System.IO.File.WriteAllTextAsync(File, longer, Token);
        await SeenAsync(21);
        await follower.StopAsync(Token);
        Assert.Equal(Enumerable.Range(10, 20).Select(i => (double)i).Prepend(1), Values);
    }

    [Fact]
    public async Task A_file_that_is_replaced_is_read_to_its_end_first()
    {
        Append("{\"x\":1}\n");
        await using MetricsFollower follower = Start(Fast with { PollInterval = TimeSpan.FromMilliseconds(300) });
        await SeenAsync(1);
        Append("{\"x\":2}\n");
        System.IO.File.Move(File, _folder.At("metrics.1"));
        Append("{\"x\":3}\n");
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal([1, 2, 3], Values);
        Assert.Equal(0, report.ProblemCount);
    }

    [Fact]
    public async Task Bad_lines_are_counted_and_the_first_kept()
    {
        for (int i = 0; i < 50; i++)
            Append($"{{\"x\":{i}}}\nloss: {i}\n");
        await using MetricsFollower follower = Start();
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal((50, 100, 50), (report.Points, report.Lines, report.ProblemCount));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => 2L * i), report.FirstProblems.Select(p => p.Line));
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_passed_over()
    {
        Append("{\"x\":1}\n");
        Append(new string('a', 3 << 20) + "\n{\"x\":2}\n" + new string('b', 1 << 20) + "\n{\"x\":3}\n");
        await using MetricsFollower follower = Start();
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal([1, 2, 3], Values);
        Assert.Equal([2, 4], report.FirstProblems.Select(p => p.Line));
        Assert.Contains("longer than", report.FirstProblems[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batches_are_bounded_and_in_order()
    {
        Append(string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{{\"x\":{i},\"step\":{i}}}\n")));
        await using MetricsFollower follower = Start();
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal(300_000, report.Points);
        Assert.All(_batches, b => Assert.InRange(b.Count, 1, 1000));
        Assert.Equal(Enumerable.Range(0, 300_000).Select(i => (double)i), Values);
    }

    [Fact]
    public async Task A_callback_that_throws_stops_nothing()
    {
        int calls = 0;
        await using MetricsFollower follower = MetricsFollower.Start(
            File, (_, _) => ++calls == 1 ? throw new InvalidOperationException("down") : Task.CompletedTask, Fast with { MaxBatch = 1 });
        Append("{\"x\":1}\n{\"x\":2}\n{\"x\":3}\n");
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal((3, 3), (report.Points, calls));
        Assert.Equal("down", report.CallbackError!.Message);
    }

    [Fact]
    public async Task A_callback_that_hangs_is_given_up_with_the_token()
    {
        Append("{\"x\":1}\n");
        await using MetricsFollower follower = MetricsFollower.Start(File, (_, token) => Task.Delay(Timeout.Infinite, token), Fast);
        using var source = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower.StopAsync(source.Token));
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_once()
    {
        Directory.CreateDirectory(File);
        await using MetricsFollower follower = Start();
        await Task.Delay(100, Token);
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal(1, report.ProblemCount);
        Assert.Contains("cannot be read", report.FirstProblems[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_in_pieces_of_any_size_loses_nothing()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => $"{{\"ä {i % 7}\":{i}}}\n")));
        var random = new Random(42);
        await using MetricsFollower follower = Start();
        await using (var stream = new FileStream(File, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            for (int at = 0; at < text.Length;)
            {
                int length = Math.Min(random.Next(1, 200), text.Length - at);
                await stream.WriteAsync(text.AsMemory(at, length), Token);
                at += length;
                if (random.Next(10) == 0)
                    await Task.Delay(1, Token);
            }
        }
        MetricsReport report = await follower.StopAsync(Token);
        Assert.Equal((2000, 0), (report.Points, report.ProblemCount));
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (double)i), Values);
    }

    private MetricsFollower Start(FollowerOptions? options = null) => MetricsFollower.Start(
        File,
        (batch, _) =>
        {
            _batches.Enqueue(batch);
            return Task.CompletedTask;
        },
        options ?? Fast);

    private void Append(string text) => System.IO.File.AppendAllText(File, text);

    private async Task SeenAsync(int count)
    {
        for (int i = 0; Values.Count() < count; i++)
        {
            Assert.InRange(i, 0, 2000);
            await Task.Delay(5, Token);
        }
    }
}
