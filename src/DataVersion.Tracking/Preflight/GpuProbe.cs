namespace DataVersion.Tracking.Preflight;

/// <summary>Finds out what GPUs there are, and what stands between them and a trainer, without nvidia-smi and without touching a device.</summary>
public static class GpuProbe
{
    /// <summary>
    /// Looks at a machine. Nothing that is missing, unreadable or strange is an error: it is left out of the report. Libraries are loaded into this
    /// process and stay.
    /// </summary>
    /// <param name="paths">Where to look.</param>
    /// <param name="environment">All environment variables that the trainer will have.</param>
    public static GpuReport Run(MachinePaths paths, IReadOnlyDictionary<string, string> environment)
    {
        NvmlAnswer? nvml = Nvml.Ask(paths.NvmlLibrary);
        IReadOnlyList<GpuNode> nodes = GpuNodes.List(paths);
        var libraries = new RuntimeLibraries(new LibraryFinder(paths, environment));
        (GpuLibrary cudart, CudaVersion? runtime) = libraries.Cudart();
        (GpuLibrary core, IReadOnlyList<string> providers) = libraries.OnnxRuntime();
        return new GpuReport
        {
            Driver = Driver(paths, nvml),
            ImageCuda = CudaVersion.TryParse(environment.GetValueOrDefault("CUDA_VERSION"), out CudaVersion? image) ? image : null,
            CudaRuntime = cudart,
            RuntimeCuda = runtime,
            Cudnn = libraries.Cudnn(),
            OnnxRuntime = core,
            OnnxProviders = providers,
            Devices = nvml?.Devices ?? GpuNodes.Devices(paths, nodes),
            Nodes = nodes,
            NvidiaVisibleDevices = environment.GetValueOrDefault("NVIDIA_VISIBLE_DEVICES"),
            NvidiaDriverCapabilities = environment.GetValueOrDefault("NVIDIA_DRIVER_CAPABILITIES"),
            CudaVisibleDevices = environment.GetValueOrDefault("CUDA_VISIBLE_DEVICES"),
            SharedMemoryBytes = SharedMemory(Path.Combine(paths.DevDirectory, "shm")),
        };
    }

    private static GpuDriver Driver(MachinePaths paths, NvmlAnswer? nvml)
    {
        NativeModule? cuda = NativeModule.TryLoad(paths.CudaLibrary);
        (DriverVersion? version, DriverSource? source) = Version(paths, nvml);
        return new GpuDriver
        {
            Version = version,
            Source = source,
            Cuda = CudaOf(cuda) ?? nvml?.Cuda,
            HasCudaLibrary = cuda is not null,
            CudaLibraryPath = cuda?.PathOf("cuDriverGetVersion"),
            HasNvml = nvml is not null,
            NvmlError = nvml?.Error ?? 0,
            NvmlMessage = nvml?.Message,
        };
    }

    private static (DriverVersion? Version, DriverSource? Source) Version(MachinePaths paths, NvmlAnswer? nvml)
    {
        if (DriverVersion.TryFind(nvml?.DriverVersion, out DriverVersion? version))
            return (version, DriverSource.Nvml);
        if (DriverVersion.TryFind(SmallFile.TryRead(Path.Combine(paths.ProcDirectory, "driver", "nvidia", "version")), out version))
            return (version, DriverSource.Proc);
        if (DriverVersion.TryFind(SmallFile.TryRead(Path.Combine(paths.SysDirectory, "module", "nvidia", "version")), out version))
            return (version, DriverSource.Sys);
        return (null, null);
    }

    private static unsafe CudaVersion? CudaOf(NativeModule? cuda)
    {
        // Works before cuInit, and so without a device.
        var get = cuda is null ? null : (delegate* unmanaged[Cdecl]<int*, int>)cuda.Find("cuDriverGetVersion");
        int number = 0;
        return get is not null && get(&number) == 0 ? CudaVersion.OfNumber(number) : null;
    }

    private static long? SharedMemory(string directory)
    {
        try
        {
            return !OperatingSystem.IsWindows() && Directory.Exists(directory) ? new DriveInfo(directory).TotalSize : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
