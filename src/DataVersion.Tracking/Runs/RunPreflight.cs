using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Tracking.Preflight;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>What must hold before anything is pulled: a GPU if one is required, room on the disks, permission to write.</summary>
internal sealed class RunPreflight(Repository repository, RunRequest request, RunHost host, IRunView view)
{
    /// <summary>Looks at the GPU side.</summary>
    public GpuReport Gpu() => GpuProbe.Run(host.Machine, host.Variables);

    /// <summary>Judges what was seen.</summary>
    /// <exception cref="RunFailedException">There is no usable GPU, and one is required.</exception>
    public void Judge(GpuReport report)
    {
        if (!request.RequireGpu)
            return;
        if (!report.IsUsable)
            throw new RunFailedException(RunExitCodes.NoGpu, $"no usable GPU: {report.Reason}", report.Hint ?? "see: dv doctor --gpu");
        foreach (GpuWarning warning in report.Verdict.Warnings)
            view.Warn(warning.Text);
    }

    /// <summary>What is recorded of it.</summary>
    public GpuFacts Describe(GpuReport report) => new()
    {
        Required = request.RequireGpu,
        Driver = report.Driver.Version?.ToString(),
        CudaDriver = report.Driver.Cuda?.ToString(),
        CudaRuntime = report.RuntimeCuda?.ToString() ?? report.CudaRuntime.Version,
        Cudnn = report.Cudnn.Version,
        Ort = report.OnnxRuntime.Version ?? (report.OnnxRuntime.IsFound ? "found" : null),
        Provider = report.Provider,
        Verdict = report.Reason,
        Devices = [.. report.Devices.Where(d => d.Uuid is not null).Select(d => new GpuDeviceFacts(d.Uuid!, d.Name ?? "GPU", d.Capability?.ToString(), d.MemoryMiB, d.Mig))],
    };

    /// <summary>Looks at the disks.</summary>
    /// <returns>What has to be pulled and placed.</returns>
    /// <exception cref="RunFailedException">There is too little room, or nothing may be written.</exception>
    public async Task<PendingBytes> DisksAsync(IReadOnlyList<RunInput> inputs, CancellationToken cancellationToken)
    {
        PendingBytes pending = await new PendingData(repository).EstimateAsync([.. inputs.Select(i => i.Placed)], cancellationToken);
        if (pending.Download > 0)
            Require(repository.Cache.Root, pending.Download, "for what is to be pulled");
        if (pending.Place > 0)
            RequireWritable(repository.Layout.Root);
        foreach (string output in request.Outputs.Append(request.Checkpoint).OfType<string>())
            RequireWritable(ExistingParent(Path.GetFullPath(output, request.WorkingDirectory)));
        return pending;
    }

    /// <summary>What the run leaves behind must have somewhere to go: said before the trainer works for a day.</summary>
    /// <exception cref="RemoteNotTrustedException">The remote came with the repository or the pin.</exception>
    /// <exception cref="UsageException">There is no such remote.</exception>
    public void Remotes()
    {
        Settings settings = repository.Settings;
        if (request.Outputs.Count > 0 && !request.NoPush && settings.Remotes.Count > 0)
            RequireTrusted(settings.RequireRemote(request.Remote));
        if (request.Checkpoint is not null)
            RequireTrusted(settings.RequireRemote(settings.RunRemote ?? request.Remote));
    }

    /// <summary>True where the workspace may be written.</summary>
    public bool MayWrite => WriteCheck.Check(repository.Layout.Root) is null;

    private static void RequireTrusted(RemoteSettings remote)
    {
        if (!remote.Trusted)
            throw new RemoteNotTrustedException(remote.Name, RemoteUrl.Redact(remote.Url));
    }

    private static void Require(string directory, long bytes, string what)
    {
        SpaceResult space = SpaceCheck.Check(directory, bytes);
        if (!space.IsEnough)
        {
            throw new RunFailedException(RunExitCodes.CannotWrite, string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"'{PathRules.Printable(directory)}' has {space.FreeBytes:#,0} bytes free, and {bytes:#,0} are needed {what}"), "make room, or name a cache elsewhere: DV_CACHE_DIR");
        }
    }

    private static void RequireWritable(string directory)
    {
        if (WriteCheck.Check(directory) is { } problem)
            throw new RunFailedException(RunExitCodes.CannotWrite, $"'{PathRules.Printable(directory)}' cannot be written: {problem}", "mount a writable volume there, or name another folder");
    }

    private static string ExistingParent(string path)
    {
        string? at = Path.GetDirectoryName(path);
        while (at is not null && !Directory.Exists(at))
            at = Path.GetDirectoryName(at);
        return at ?? "/";
    }
}
