using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using DataVersion.Tracking.Processes;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Reproduction;

/// <summary>Podman or Docker, through its program.</summary>
public sealed class ContainerEngine
{
    // Podman first: it needs neither a daemon nor root.
    private static readonly string[] Names = ["podman", "docker"];

    private readonly IReadOnlyDictionary<string, string> _variables;

    private ContainerEngine(string name, string path, IReadOnlyDictionary<string, string> variables)
    {
        Name = name;
        Path = path;
        _variables = variables;
    }

    /// <summary><c>podman</c> or <c>docker</c>.</summary>
    public string Name { get; }

    /// <summary>The program's file.</summary>
    public string Path { get; }

    /// <summary>Finds one on the search path; null where there is none.</summary>
    /// <param name="variables">All variables, for the search path and for the engine itself.</param>
    /// <param name="workingDirectory">What relative folders of the search path are seen from.</param>
    public static ContainerEngine? Find(IReadOnlyDictionary<string, string> variables, string workingDirectory)
    {
        foreach (string name in Names)
        {
            var start = new ChildStart(name, [], workingDirectory, variables, variables.GetValueOrDefault("PATH"), NewProcessGroup: false);
            if (CommandSearch.Find(start).Path is { } path)
                return new ContainerEngine(name, path, variables);
        }
        return null;
    }

    /// <summary>The name by which an image is taken: with its digest, where that is known.</summary>
    public static string NameOf(ImageFacts image) =>
        image.Digest is { } digest && !image.Reference.Contains('@', StringComparison.Ordinal) ? $"{image.Reference}@{digest}" : image.Reference;

    /// <summary>True where the engine has the image here.</summary>
    public async Task<bool> HasAsync(string image, CancellationToken cancellationToken) => (await RunAsync(["image", "inspect", image], cancellationToken)).ExitCode == 0;

    /// <summary>Pulls an image.</summary>
    /// <returns>Why it did not come, in one line; null where it came.</returns>
    public async Task<string?> PullAsync(string image, CancellationToken cancellationToken)
    {
        (int exitCode, string errors) = await RunAsync(["pull", "--quiet", image], cancellationToken);
        return exitCode == 0 ? null : errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? $"{Name} pull ended with {exitCode}";
    }

    /// <summary>The trainer in a container: what is mounted lies there where it lies here.</summary>
    /// <param name="child">The trainer as it would run here.</param>
    /// <param name="run">What it needs there.</param>
    public ChildStart Wrap(ChildStart child, ContainerRun run)
    {
        var arguments = new List<string> { "run", "--rm", "--workdir", child.WorkingDirectory, "--security-opt", "label=disable" };
        if (!OperatingSystem.IsWindows())
        {
            // Rootless podman maps users: without this the trainer could write nothing that is mounted.
            if (Name == "podman" && Posix.UserId() != 0)
                arguments.Add("--userns=keep-id");
            arguments.AddRange(["--user", string.Create(CultureInfo.InvariantCulture, $"{Posix.UserId()}:{Posix.GroupId()}")]);
        }
        foreach (string folder in run.Folders)
            arguments.AddRange(["-v", $"{folder}:{folder}"]);
        foreach (string folder in run.ReadOnlyFolders)
            arguments.AddRange(["-v", $"{folder}:{folder}:ro"]);
        if (run.UsesGpu)
            arguments.AddRange(Name == "podman" ? ["--device", "nvidia.com/gpu=all"] : ["--gpus", "all"]);
        // Names alone: values come from the engine's own environment, and stand on no command line.
        foreach (string name in child.Environment.Keys.Where(run.Passes).Order(StringComparer.Ordinal))
            arguments.AddRange(["-e", name]);
        // Images of trainers have "dv run" for their entry point, which is done here already.
        arguments.AddRange(["--entrypoint", child.FileName, run.Image, .. child.Arguments]);
        return child with { FileName = Path, Arguments = arguments };
    }

    private async Task<(int ExitCode, string Errors)> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment.Clear();
        foreach ((string name, string value) in _variables)
            start.Environment[name] = value;
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            process.OutputDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            try
            {
                string errors = await process.StandardError.ReadToEndAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
                return (process.ExitCode, errors);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (Win32Exception e)
        {
            throw new FileAccessException(Path, $"does not start: {e.Message}", null, e);
        }
    }
}

/// <summary>What a trainer needs in its container.</summary>
/// <param name="Image">The image.</param>
/// <param name="Folders">Folders that it may write; absolute.</param>
/// <param name="ReadOnlyFolders">Folders that it may read; absolute.</param>
/// <param name="UsesGpu">Give it all GPUs.</param>
/// <param name="Passes">Which variables it gets.</param>
public sealed record ContainerRun(string Image, IReadOnlyList<string> Folders, IReadOnlyList<string> ReadOnlyFolders, bool UsesGpu, Func<string, bool> Passes);
