using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DataVersion.Testing;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Compose;

/// <summary>
/// A machine as container/README.md wants it: Compose, an engine (podman, by its Docker-compatible socket), the images, the folder container/ with settings
/// and secrets by prepare.sh, and a project whose data are in the bucket of profile s3.
/// </summary>
internal sealed class PlatformScene : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ContainerEngine _engine;
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private Process? _service;
    private Task _timer = Task.CompletedTask;

    private PlatformScene(ContainerEngine engine) => _engine = engine;

    /// <summary>The copy of <c>container/</c>, in which commands are typed.</summary>
    internal string Folder => _folder.At("container");

    /// <summary>The ports that are used for those that the document prints.</summary>
    internal IReadOnlyDictionary<string, int> Ports { get; } = new Dictionary<string, int> { ["MLFLOW_PORT"] = PortFor(5000), ["SERVING_PORT"] = PortFor(8000), ["S3_PORT"] = PortFor(8333) };

    internal static async Task<PlatformScene> StartAsync()
    {
        ContainerTools.Require();
        ComposeProgram.Require();
        await ContainerEngine.RemoveLeftoversAsync();
        var scene = new PlatformScene(new ContainerEngine(await StandInBases.EnsureAsync()));
        try
        {
            await scene.PrepareAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs commands as they are printed, but for the ports, where the printed ones are taken on this machine.</summary>
    internal Task<ShellRan> TypeAsync(params IEnumerable<string> commands)
    {
        string text = string.Join('\n', commands);
        foreach ((string name, int printed) in ((string, int)[])[("MLFLOW_PORT", 5000), ("SERVING_PORT", 8000), ("S3_PORT", 8333)])
            text = text.Replace($"localhost:{printed}", string.Create(CultureInfo.InvariantCulture, $"localhost:{Ports[name]}"), StringComparison.Ordinal);
        return ShellRan.OfAsync(Shell(text, Folder));
    }

    /// <summary>What the engine says of every container: its configuration with variables and arguments.</summary>
    internal async Task<string> InspectAsync() =>
        await _engine.PodmanAsync(["container", "inspect", .. (await _engine.PodmanAsync("ps", "--all", "--quiet")).Split('\n', StringSplitOptions.RemoveEmptyEntries)]);

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Folder) && _service is not null)
            await TypeAsync("docker compose --profile '*' down --volumes --timeout 5 --remove-orphans");
        await _end.CancelAsync();
        await _timer;
        if (_service is { } service)
        {
            service.Kill();
            await service.WaitForExitAsync();
            service.Dispose();
        }
        await _engine.DisposeAsync();
        _folder.Dispose();
        _end.Dispose();
    }

    private async Task PrepareAsync()
    {
        (string project, string commit) = await MakeProjectAsync();
        await new PlatformImages(_engine, Directory.CreateDirectory(_folder.At("images")).FullName).BuildAsync(project, commit);
        await CopySettingsAsync();
        StartEngine();
        _timer = PlayTimerAsync();
        // README, "The local S3 server"; the stand-in has its bucket.
        ShellRan up = await TypeAsync("docker compose --profile s3 up --detach --wait s3");
        Assert.True(up.ExitCode == 0, up.ToString());
        ShellRan pushed = await ShellRan.OfAsync(Shell($"""
            export AWS_SHARED_CREDENTIALS_FILE='{Folder}/secrets/remote_credentials' AWS_ENDPOINT_URL_S3=http://127.0.0.1:{Ports["S3_PORT"]} DV_TRUST_REMOTE=1
            dv push
            """, project));
        Assert.True(pushed.ExitCode == 0, pushed.ToString());
    }

    // As docs/training.md has it.
    private async Task<(string Folder, string Commit)> MakeProjectAsync()
    {
        string project = Directory.CreateDirectory(_folder.At("project")).FullName;
        ShellRan made = await ShellRan.OfAsync(Shell("""
            git init --quiet --initial-branch=main
            git config user.name Test
            git config user.email test@example.invalid
            dv init
            mkdir data
            dv-train generate --rows 4000 --seed 1 --out data/payments.parquet
            dv add data/payments.parquet
            dv remote add storage s3://bucket/fraud
            git add --all
            git commit --quiet --message Payments
            dv pin
            """, project));
        Assert.True(made.ExitCode == 0, made.ToString());
        return (project, (await ShellRan.OfAsync(Shell("git rev-parse HEAD", project))).Output.Trim());
    }

    private async Task CopySettingsAsync()
    {
        Directory.CreateDirectory(Folder);
        foreach (string file in Directory.EnumerateFiles(ProjectFolder.At("container"), "compose*.yaml").Concat([ProjectFolder.At("container", ".env.example"), ProjectFolder.At("container", "prepare.sh")]))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        ShellRan prepared = await ShellRan.OfAsync(Shell("./prepare.sh", Folder));
        Assert.True(prepared.ExitCode == 0, prepared.ToString());
        Dictionary<string, string> values = new(PlatformImages.Variables, StringComparer.Ordinal) { ["AWS_ENDPOINT_URL_S3"] = "http://s3:8333" };
        foreach ((string name, int port) in Ports)
            values[name] = port.ToString(CultureInfo.InvariantCulture);
        string[] kept = [.. File.ReadAllLines(Path.Combine(Folder, ".env")).Where(l => !values.ContainsKey(l.Split('=')[0]))];
        File.WriteAllLines(Path.Combine(Folder, ".env"), [.. kept, .. values.Select(v => $"{v.Key}={v.Value}")]);
    }

    private void StartEngine()
    {
        string configuration = _folder.At("containers.conf");
        // Names of containers are answered by netavark's name server only.
        File.WriteAllText(configuration, $"{File.ReadAllText(_engine.Variables["CONTAINERS_CONF"])}[network]\nnetwork_backend = \"netavark\"\nnetwork_config_dir = \"{_folder.At("networks")}\"\n");
        string socket = _folder.At("podman.sock");
        var start = new ProcessStartInfo("podman", ["system", "service", "--time=0", $"unix://{socket}"]) { RedirectStandardInput = true, RedirectStandardError = true };
        foreach ((string name, string value) in _engine.Variables)
            start.Environment[name] = _variables[name] = value;
        start.Environment["CONTAINERS_CONF"] = _variables["CONTAINERS_CONF"] = configuration;
        _variables["DOCKER_HOST"] = $"unix://{socket}";
        _variables["COMPOSE_PROJECT_NAME"] = string.Create(CultureInfo.InvariantCulture, $"dv-test-{Environment.ProcessId}");
        _variables["COMPOSE_FILE"] = "compose.yaml:compose.cpu.yaml";
        _service = Process.Start(start)!;
        _service.StandardInput.Close();
        // It complains of every timer that it cannot set.
        _service.BeginErrorReadLine();
    }

    // podman leaves health checks to timers of systemd, which is not here: this is the timer.
    private async Task PlayTimerAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            ShellRan listed = await ShellRan.OfAsync(Shell("podman ps --format '{{.Names}}'", _folder.Path));
            foreach (string name in listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                await ShellRan.OfAsync(Shell($"podman healthcheck run {name}", _folder.Path));
            await Task.Delay(500, CancellationToken.None);
        }
    }

    private ProcessStartInfo Shell(string text, string folder)
    {
        // What waits for a container that never becomes healthy waits for ever.
        var start = new ProcessStartInfo("timeout", ["300", "bash", "-euo", "pipefail", "-c", text]) { WorkingDirectory = folder };
        string[] programs = ["Cli", "Trainer"];
        start.Environment["PATH"] = string.Join(':', [ComposeProgram.WriteDocker(_folder.At("bin")), .. programs.Select(p => ProjectFolder.At("artifacts", "bin", $"DataVersion.{p}", "release")), Environment.GetEnvironmentVariable("PATH")]);
        start.Environment["HOME"] = _folder.Path;
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment.Remove("CI");
        foreach ((string name, string value) in _variables)
            start.Environment[name] = value;
        return start;
    }

    private static int PortFor(int printed)
    {
        foreach (int port in (int[])[printed, 0])
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Any, port);
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
        throw new InvalidOperationException("no port is free");
    }
}
