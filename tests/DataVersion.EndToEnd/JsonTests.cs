using System.Text.Json;
using System.Text.RegularExpressions;
using DataVersion.Testing.Models;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>What <c>--json</c> prints, against golden files: programs parse these shapes.</summary>
public partial class JsonTests
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("DV_UPDATE_GOLDEN") == "1";

    [Fact]
    public async Task The_reports_of_the_main_job_have_their_shapes()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/a.txt", "aaaa");
        Sandbox.Write(repository, "data/sub/ü 😀.txt", "bbbb");
        Sandbox.Write(repository, "model.bin", "model");

        Check("add", await sandbox.DvOkAsync(repository, "add", "--json", "data", "model.bin"));
        Check("status-clean", await sandbox.DvOkAsync(repository, "status", "--json"));
        Check("push", await sandbox.DvOkAsync(repository, "push", "--json"));
        Check("push-again", await sandbox.DvOkAsync(repository, "push", "--json"));
        Check("push-verify", await sandbox.DvOkAsync(repository, "push", "--verify", "--json"));
        await sandbox.CommitAsync(repository, "data");
        string clone = await sandbox.CloneAsync(repository, "clone");
        Check("status-not-pulled", await sandbox.DvOkAsync(clone, "status", "--json"));
        Check("fetch", await sandbox.DvOkAsync(clone, "fetch", "--json", "data"));
        Check("pull-shard", await sandbox.DvOkAsync(await sandbox.CloneAsync(repository, "part"), "pull", "--json", "--shard", "0/2"));
        Check("pull", await sandbox.DvOkAsync(clone, "pull", "--json"));
        Check("verify", await sandbox.DvOkAsync(clone, "verify", "--json"));
        File.WriteAllText(Path.Combine(clone, "model.bin"), "edited");
        File.Delete(Path.Combine(clone, "data/a.txt"));
        Sandbox.Write(clone, "data/new.txt", "new");
        Check("status-changed", await sandbox.DvOkAsync(clone, "status", "--json"));
        await sandbox.DvOkAsync(clone, "add", "model.bin");
        Check("status-not-on-remote", await sandbox.DvOkAsync(clone, "status", "--json", "model.bin", "--remote"));
    }

    [Fact]
    public async Task Listings_have_their_shapes()
    {
        using var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        Sandbox.Write(repository, "data/run.sh", "#!/bin/sh");
        File.SetUnixFileMode(Path.Combine(repository, "data/run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Sandbox.Write(repository, "data/sub/ü \n😀.txt", "text");
        File.CreateSymbolicLink(Path.Combine(repository, "data/link"), "sub");
        using (FileStream large = File.Create(Path.Combine(repository, "data/large.bin")))
            large.SetLength((64 << 20) + 1);
        await sandbox.DvOkAsync(repository, "add", "data");

        Check("ls", await sandbox.DvOkAsync(repository, "ls", "--json"));
        Check("ls-folder", await sandbox.DvOkAsync(repository, "ls", "--json", "data"));
        Check("ls-shard", await sandbox.DvOkAsync(repository, "ls", "--json", "--shard", "1/2"));
    }

    [Fact]
    public async Task Failures_and_errors_have_their_shapes()
    {
        using Victim victim = await Victim.CreateAsync();
        string gone = victim.Remote.Content("gone");
        victim.PointFolder("data", victim.Remote.Tree(victim.Remote.File("a", "aaaa"), $"f 4 sha256:{gone} gone"), 8, 2);
        File.Delete(victim.Remote.PathOf("objects", gone));

        Ran pull = await victim.DvAsync("pull", "--json");
        victim.Write("data/a", "edited");
        victim.PointFolder("data", victim.Remote.Tree(victim.Remote.File("a", "next")), 4, 1);
        Ran refused = await victim.DvAsync("pull", "--json");
        Ran usage = await victim.DvAsync("add", "--json", "no/such");
        Ran push = await victim.DvAsync("push", "--json");
        Ran outside = await victim.Sandbox.DvAsync(victim.Outside, "status", "--json");

        Assert.Equal([4, 3, 2, 2, 10], ((Ran[])[pull, refused, usage, push, outside]).Select(r => r.ExitCode));
        Check("pull-missing", pull);
        Check("pull-refused", refused);
        Check("error-usage", usage);
        Check("error-not-trusted", push, victim.Sandbox.Root);
        Check("error-no-repository", outside, victim.Sandbox.Root);
    }

    [Fact]
    public async Task The_reports_of_models_have_their_shapes()
    {
        using var sandbox = new Sandbox();
        using var server = new MlflowServer();
        sandbox.Set("MLFLOW_TRACKING_URI", server.Address);
        foreach (int number in (int[])[1, 2])
        {
            var version = new MlflowServerVersion { Name = "fraud", Number = number, Source = $"s3://bucket/{number}", RunId = "" };
            version.Tags["dv.model.sha256"] = new string((char)('a' + number), 64);
            server.State.Models.TryAdd("fraud", []);
            server.State.Models["fraud"].Add(version);
        }
        new TinyModel().WriteTo(sandbox.At("models"));
        string[] both = ["--alias", "champion", "--stage", "Production", "--json"];
        await sandbox.DvOkAsync(sandbox.Root, ["model", "promote", "fraud", "1", .. both]);

        Check("model-promote", await sandbox.DvOkAsync(sandbox.Root, ["model", "promote", "fraud", "2", "--archive-existing", .. both]));
        Check("model-list", await sandbox.DvOkAsync(sandbox.Root, "model", "list", "fraud", "--json"));
        Check("model-show", await sandbox.DvOkAsync(sandbox.Root, "model", "show", "fraud@champion", "--json"));
        Check("export", await sandbox.DvOkAsync(sandbox.Root, "export", "models", "--layout", "triton", "-o", "out", "--json"), sandbox.Root);
    }

    [Fact]
    public async Task The_version_has_its_shape()
    {
        using var sandbox = new Sandbox();

        Ran ran = await sandbox.DvOkAsync(sandbox.Root, "version", "--json");

        using JsonDocument json = JsonDocument.Parse(ran.Output);
        Assert.Equal(["version", "commit", "runtime", "os"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Check("version", ran with { Output = Values().Replace(ran.Output, "$1\"…\"") });
    }

    private static void Check(string name, Ran ran, string? root = null)
    {
        string actual = root is null ? ran.Output : ran.Output.Replace(root, "ROOT", StringComparison.Ordinal);
        using (JsonDocument.Parse(actual))
        {
            // It must be JSON whatever the golden file says.
        }
        string path = Path.Combine(Golden(), $"{name}.json");
        if (Update)
            Sandbox.Write(Golden(), $"{name}.json", actual);
        Assert.True(File.Exists(path), $"{path} is missing: write it with DV_UPDATE_GOLDEN=1");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Golden()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "DataVersion.sln")))
            directory = Path.GetDirectoryName(directory);
        return Path.Combine(directory ?? throw new InvalidOperationException("the tests do not run inside the repository"), "tests/golden/json");
    }

    [GeneratedRegex("""("(?:version|commit|runtime|os)":\s*)(?:"[^"]*"|null)""")]
    private static partial Regex Values();
}
