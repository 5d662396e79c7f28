using System.Runtime.InteropServices;

namespace DataVersion.Tracking.Preflight;

/// <summary>
/// Asks NVIDIA's management library (nvml.h): what nvidia-smi would say, without that program. A function that a library lacks, or that fails, leaves
/// its answer out.
/// </summary>
internal sealed unsafe class Nvml(NativeModule library)
{
    internal const int DriverNotLoaded = 9, VersionMismatch = 18;

    // nvmlReturn_t has no number for "there is no such function to call" in a library that is loaded; this one means it, too.
    private const int FunctionNotFound = 13;

    // NVML_DEVICE_NAME_V2_BUFFER_SIZE and NVML_DEVICE_UUID_V2_BUFFER_SIZE are 96, the version's is 80.
    private const int TextLength = 96;

    private const int MiBShift = 20;

    /// <summary>What it says; null where the library is not there.</summary>
    internal static NvmlAnswer? Ask(string libraryName) => NativeModule.TryLoad(libraryName) is { } module ? new Nvml(module).Ask() : null;

    private NvmlAnswer Ask()
    {
        var init = (delegate* unmanaged[Cdecl]<int>)library.Find("nvmlInit_v2");
        int error = init is null ? FunctionNotFound : init();
        if (error != 0)
            return new NvmlAnswer { Error = error, Message = Describe(error) };
        try
        {
            return new NvmlAnswer { DriverVersion = DriverVersion(), Cuda = Cuda(), Devices = Devices() };
        }
        finally
        {
            var shutdown = (delegate* unmanaged[Cdecl]<int>)library.Find("nvmlShutdown");
            if (shutdown is not null)
                _ = shutdown();
        }
    }

    private string? DriverVersion()
    {
        var get = (delegate* unmanaged[Cdecl]<byte*, uint, int>)library.Find("nvmlSystemGetDriverVersion");
        byte* buffer = stackalloc byte[TextLength];
        return get is not null && get(buffer, TextLength) == 0 ? NativeModule.Text(new ReadOnlySpan<byte>(buffer, TextLength)) : null;
    }

    private CudaVersion? Cuda()
    {
        var get = (delegate* unmanaged[Cdecl]<int*, int>)library.Find("nvmlSystemGetCudaDriverVersion_v2");
        int number = 0;
        return get is not null && get(&number) == 0 ? CudaVersion.OfNumber(number) : null;
    }

    private List<GpuDevice>? Devices()
    {
        var count = (delegate* unmanaged[Cdecl]<uint*, int>)library.Find("nvmlDeviceGetCount_v2");
        var open = (delegate* unmanaged[Cdecl]<uint, nint*, int>)library.Find("nvmlDeviceGetHandleByIndex_v2");
        uint number = 0;
        if (count is null || open is null || count(&number) != 0)
            return null;
        var devices = new List<GpuDevice>();
        for (uint i = 0; i < number; i++)
        {
            nint device = 0;
            // One that is lost, or that this process may not open, is none that a trainer could use.
            if (open(i, &device) == 0)
                devices.Add(Describe(device));
        }
        return devices;
    }

    private GpuDevice Describe(nint device) => new()
    {
        Uuid = Text("nvmlDeviceGetUUID", device),
        Name = Text("nvmlDeviceGetName", device),
        Capability = Capability(device),
        MemoryMiB = Memory(device),
        Mig = Mig(device),
    };

    private string? Text(string function, nint device)
    {
        var get = (delegate* unmanaged[Cdecl]<nint, byte*, uint, int>)library.Find(function);
        byte* buffer = stackalloc byte[TextLength];
        return get is not null && get(device, buffer, TextLength) == 0 ? NativeModule.Text(new ReadOnlySpan<byte>(buffer, TextLength)) : null;
    }

    private ComputeCapability? Capability(nint device)
    {
        var get = (delegate* unmanaged[Cdecl]<nint, int*, int*, int>)library.Find("nvmlDeviceGetCudaComputeCapability");
        int major = 0, minor = 0;
        return get is not null && get(device, &major, &minor) == 0 ? new ComputeCapability(major, minor) : null;
    }

    private long? Memory(nint device)
    {
        var get = (delegate* unmanaged[Cdecl]<nint, ulong*, int>)library.Find("nvmlDeviceGetMemoryInfo");
        // nvmlMemory_t: total, free, used.
        ulong* memory = stackalloc ulong[3];
        return get is not null && get(device, memory) == 0 ? (long)(memory[0] >> MiBShift) : null;
    }

    private bool? Mig(nint device)
    {
        var get = (delegate* unmanaged[Cdecl]<nint, uint*, uint*, int>)library.Find("nvmlDeviceGetMigMode");
        uint current = 0, pending = 0;
        return get is not null && get(device, &current, &pending) == 0 ? current != 0 : null;
    }

    private string Describe(int error)
    {
        var describe = (delegate* unmanaged[Cdecl]<int, byte*>)library.Find("nvmlErrorString");
        string? text = describe is null ? null : Marshal.PtrToStringUTF8((nint)describe(error));
        return string.IsNullOrEmpty(text) ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"error {error}") : text;
    }
}

/// <summary>What the management library said.</summary>
internal sealed record NvmlAnswer
{
    internal int Error { get; init; }
    internal string? Message { get; init; }
    internal string? DriverVersion { get; init; }
    internal CudaVersion? Cuda { get; init; }

    /// <summary>Null where it could not list them.</summary>
    internal IReadOnlyList<GpuDevice>? Devices { get; init; }
}
