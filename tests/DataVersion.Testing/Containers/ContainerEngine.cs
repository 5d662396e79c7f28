using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace DataVersion.Testing.Containers;

/// <summary>
/// buildah, podman and skopeo with a storage of their own, below one folder: nothing of the machine's own images or configuration plays a part, and nothing
/// is left behind. What a killed test program left is removed by the next.
/// </summary>
public sealed class ContainerEngine : IAsyncDisposable
{
    private const string FolderPrefix = "dv-images-";

    /// <param name="readOnlyStore">A storage whose images are there as well, and are only read; null for none.</param>
    /// <param name="folder">Where everything lies; null for a folder that is removed at the end.</param>
    public ContainerEngine(string? readOnlyStore = null, string? folder = null)
    {
        IsTemporary = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory($"{FolderPrefix}{Environment.ProcessId}-").FullName;
        Directory.CreateDirectory(Folder);
        string more = readOnlyStore is null ? "" : $"[storage.options]\nadditionalimagestores = [\"{readOnlyStore}\"]\n";
        Write("storage.conf", $"[storage]\ndriver = \"overlay\"\ngraphroot = \"{Storage}\"\nrunroot = \"{Folder}/run\"\n{more}");
        // Machines without the right to raise limits, with cgroups of both kinds, without systemd.
        Write("containers.conf", "[containers]\ndefault_ulimits = []\nlog_driver = \"k8s-file\"\n[engine]\nruntime = \"runc\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n");
        Write("registries.conf", "unqualified-search-registries = []\n[[registry]]\nlocation = \"127.0.0.1\"\ninsecure = true\n");
        Variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CONTAINERS_STORAGE_CONF"] = Path.Combine(Folder, "storage.conf"),
            ["CONTAINERS_CONF"] = Path.Combine(Folder, "containers.conf"),
            ["CONTAINERS_REGISTRIES_CONF"] = Path.Combine(Folder, "registries.conf"),
            ["BUILDAH_ISOLATION"] = "chroot",
            ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(Folder, "tmp")).FullName,
        };
    }

    /// <summary>Where everything of it lies.</summary>
    public string Folder { get; }

    /// <summary>Images and containers.</summary>
    public string Storage => Path.Combine(Folder, "storage");

    /// <summary>The variables that make these programs use this storage: for others that stand on them, such as podman's service.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    private bool IsTemporary { get; }

    /// <summary>Removes what engines of killed programs left.</summary>
    public static async Task RemoveLeftoversAsync()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.GetTempPath(), $"{FolderPrefix}*"))
        {
            string owner = Path.GetFileName(folder)[FolderPrefix.Length..].Split('-', 2)[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out int pid) && !Directory.Exists($"/proc/{pid}"))
                await RemoveAsync(folder);
        }
    }

    /// <summary>Starts one of the programs; its input is closed.</summary>
    public Process Start(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Variables)
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Runs one of the programs to its end.</summary>
    public async Task<ContainerRan> RunAsync(string program, params IEnumerable<string> arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ContainerRan(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs one of the programs, which must succeed, and returns what it printed.</summary>
    public async Task<string> RunOkAsync(string program, params IEnumerable<string> arguments)
    {
        ContainerRan ran = await RunAsync(program, arguments);
        Assert.True(ran.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {ran}");
        return ran.Output.Trim();
    }

    /// <summary>Runs podman, which must succeed.</summary>
    public Task<string> PodmanAsync(params IEnumerable<string> arguments) => RunOkAsync("podman", arguments);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!IsTemporary)
            return;
        await RunAsync("podman", "rm", "--all", "--force", "--time", "0");
        await RemoveAsync(Folder);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    private static async Task RemoveAsync(string folder)
    {
        // Layers are mounted below it, deepest last.
        string[] mounts = [.. (await File.ReadAllLinesAsync("/proc/mounts")).Select(line => line.Split(' ')[1]).Where(place => place.StartsWith($"{folder}/", StringComparison.Ordinal))];
        foreach (string mount in mounts.Reverse())
            await ExecuteAsync("umount", "-l", mount);
        await ExecuteAsync("rm", "-rf", folder);
    }

    private static async Task ExecuteAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
    }
}
