using DataVersion.Testing;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Reproduction;
using Xunit;

namespace DataVersion.Tests.Tracking.Reproduction;

public sealed class ContainerEngineTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Podman_comes_before_docker_wherever_they_lie()
    {
        Assert.Null(Find("a", "b"));
        Write("a", "docker");
        Assert.Equal("docker", Find("a", "b")!.Name);
        Write("b", "podman");
        Assert.Equal("podman", Find("a", "b")!.Name);
    }

    [Theory]
    [InlineData("podman", "--device nvidia.com/gpu=all")]
    [InlineData("docker", "--gpus all")]
    public void The_trainer_is_started_in_the_image_where_it_would_be_started_here(string name, string gpu)
    {
        Write("bin", name);
        ContainerEngine engine = Find("bin")!;
        var child = new ChildStart("python3", ["train.py", "--x", "a b"], "/w/tree/src", new Dictionary<string, string> { ["PATH"] = "/bin", ["DV_B"] = "secret", ["DV_A"] = "1", ["OMP_NUM_THREADS"] = "2" }, "/bin", true);

        ChildStart wrapped = engine.Wrap(child, new ContainerRun("img@sha256:1", ["/w/tree", "/runs"], ["/cache"], UsesGpu: true, n => n != "PATH"));

        string line = string.Join(' ', wrapped.Arguments);
        Assert.Equal(engine.Path, wrapped.FileName);
        Assert.StartsWith("run --rm --workdir /w/tree/src", line, StringComparison.Ordinal);
        Assert.Contains($"-v /w/tree:/w/tree -v /runs:/runs -v /cache:/cache:ro {gpu} -e DV_A -e DV_B -e OMP_NUM_THREADS --entrypoint python3 img@sha256:1 train.py --x a b", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        Assert.Matches("--user [0-9]+:[0-9]+ ", line);
        Assert.Equal(child.Environment, wrapped.Environment);
        Assert.Equal("a b", wrapped.Arguments[^1]);
    }

    [Fact]
    public async Task An_image_is_asked_for_and_pulled()
    {
        Write("bin", "podman", """
            #!/bin/sh
            test "$3" = here && exit 0
            test "$1" = pull && { echo "Trying"; echo "Error: $3 is not known" >&2; exit 125; }
            exit 1
            """);
        ContainerEngine engine = Find("bin")!;

        Assert.True(await engine.HasAsync("here", Token));
        Assert.False(await engine.HasAsync("away", Token));
        Assert.Null(await engine.PullAsync("here", Token));
        Assert.Equal("Error: away is not known", await engine.PullAsync("away", Token));
    }

    [Fact]
    public void An_image_is_named_with_its_digest()
    {
        Assert.Equal("a:1@sha256:2", ContainerEngine.NameOf(new ImageFacts("a:1", "sha256:2")));
        Assert.Equal("a@sha256:2", ContainerEngine.NameOf(new ImageFacts("a@sha256:2", "sha256:2")));
        Assert.Equal("a:1", ContainerEngine.NameOf(new ImageFacts("a:1", null)));
    }

    private ContainerEngine? Find(params string[] folders) =>
        ContainerEngine.Find(new Dictionary<string, string> { ["PATH"] = string.Join(Path.PathSeparator, folders.Select(f => _folder.At(f))) }, _folder.Path);

    private void Write(string folder, string name, string script = "#!/bin/sh\n")
    {
        string file = _folder.At($"{folder}/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
