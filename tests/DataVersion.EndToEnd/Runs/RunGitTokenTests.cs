using System.Text;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>The token for a Git repository that asks for one: it gets dv in, and gets out nowhere.</summary>
public class RunGitTokenTests(RunTemplate template)
{
    private const string Trainer = "touch $SIGNS/started; env > $SIGNS/env";

    private readonly string _token = $"planted{Guid.NewGuid():N}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_takes_its_data_from_a_repository_that_demands_a_token(bool fromFile)
    {
        using RunScene scene = await SceneAsync();
        using var server = new GitHttpServer(scene.Sandbox.Root, _token);
        string bare = Directory.CreateDirectory(scene.Sandbox.At("bare")).FullName;
        using var watch = new CommandLines(_token);

        Ran ran = await scene.RunInAsync(bare, ["--repo", $"{server.Address}/repo/.git", "--rev", "main", "--data", "data/extra.csv"], Trainer, await TokenAsync(scene, fromFile));

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains(server.Requests, r => r.Header("Authorization") is not null);
        Assert.DoesNotContain("DV_GIT", scene.Sign("env"), StringComparison.Ordinal);
        Assert.True(watch.Looks > 0);
        Assert.Null(watch.Found);
        await AssertNowhereAsync(scene, ran);
    }

    [Fact]
    public async Task Without_the_token_or_with_another_one_nothing_runs()
    {
        using RunScene scene = await SceneAsync();
        using var server = new GitHttpServer(scene.Sandbox.Root, _token);
        string[] options = ["--repo", $"{server.Address}/repo/.git", "--rev", "main"];

        Ran without = await scene.RunAsync(options, Trainer);
        Ran wrong = await scene.RunAsync(options, Trainer, ("DV_GIT_TOKEN", "another-token"));
        Ran unreadable = await scene.RunAsync(options, Trainer, ("DV_GIT_TOKEN_FILE", scene.Sandbox.At("no-such-file")));

        scene.AssertRefused(without, 77, "DV_GIT_TOKEN_FILE");
        scene.AssertRefused(wrong, 77, "git cannot fetch");
        scene.AssertRefused(unreadable, 2, "no-such-file' cannot be read");
        Assert.DoesNotContain("another-token", wrong.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_another_one_sends_git_to_is_not_given_the_token()
    {
        using RunScene scene = await SceneAsync();
        using var other = new GitHttpServer(scene.Sandbox.Root, _token) { Denies = true };
        using var first = new GitHttpServer(scene.Sandbox.Root, _token) { RedirectTo = other.Address };

        Ran ran = await scene.RunAsync(["--repo", $"{first.Address}/repo/.git", "--rev", "main"], Trainer, await TokenAsync(scene, fromFile: true));

        Assert.NotEqual(0, ran.ExitCode);
        Assert.NotEmpty(other.Requests);
        Assert.All(other.Requests, r => Assert.Null(r.Header("Authorization")));
        Assert.False(File.Exists(Path.Combine(scene.Signs, "started")));
    }

    private async Task<RunScene> SceneAsync()
    {
        RunScene scene = await RunScene.CreateAsync(template);
        scene.Sandbox.Set("TMPDIR", Directory.CreateDirectory(scene.Sandbox.At("tmp")).FullName);
        return scene;
    }

    private async Task<(string Name, string Value)> TokenAsync(RunScene scene, bool fromFile)
    {
        if (!fromFile)
            return ("DV_GIT_TOKEN", _token);
        string file = scene.Sandbox.At("token");
        await File.WriteAllTextAsync(file, _token + "\n", Cancel);
        return ("DV_GIT_TOKEN_FILE", file);
    }

    private async Task AssertNowhereAsync(RunScene scene, Ran ran)
    {
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes($"x-access-token:{_token}"));
        Assert.DoesNotContain(_token, ran.ToString(), StringComparison.Ordinal);
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (string file in Directory.GetFiles(scene.Sandbox.Root, "*", all).Where(f => f != scene.Sandbox.At("token")))
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancel);
            Assert.False(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(_token)) >= 0 || bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(encoded)) >= 0, $"the token is in {file}");
        }
    }

    /// <summary>Looks at the command lines of all processes, again and again.</summary>
    private sealed class CommandLines : IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _looking;

        public CommandLines(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            _looking = Task.Run(() =>
            {
                while (!_end.IsCancellationRequested)
                {
                    foreach (string process in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(d[^1])))
                    {
                        if (Read(process).AsSpan().IndexOf(bytes) >= 0)
                            Found = process;
                    }
                    Looks++;
                }
            });
        }

        public int Looks { get; private set; }

        public string? Found { get; private set; }

        public void Dispose()
        {
            _end.Cancel();
            _looking.Wait();
            _end.Dispose();
        }

        private static byte[] Read(string process)
        {
            try
            {
                return File.ReadAllBytes($"{process}/cmdline");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }
}
