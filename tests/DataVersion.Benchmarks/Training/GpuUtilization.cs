using System.Runtime.InteropServices;

namespace DataVersion.Benchmarks.Training;

/// <summary>
/// The share of time in which a GPU ran kernels, as NVIDIA's management library counts it over the last part of a second (nvmlDeviceGetUtilizationRates in nvml.h). The library
/// comes with the driver; no program of NVIDIA's is needed.
/// </summary>
internal sealed class GpuUtilization
{
    private readonly GetRates? _rates;
    private readonly nint _device;

    /// <param name="library">The library's name for the loader, or its path.</param>
    /// <param name="uuid">The GPU's identity, <c>GPU-…</c>; null for the first one.</param>
    internal GpuUtilization(string library, string? uuid)
    {
        if (!NativeLibrary.TryLoad(library, out nint handle) || Find<Init>(handle, "nvmlInit_v2") is not { } init || init() != 0)
            return;
        bool isOpen = uuid is not null
            ? Find<OpenByUuid>(handle, "nvmlDeviceGetHandleByUUID") is { } byUuid && byUuid(uuid, out _device) == 0
            : Find<OpenByIndex>(handle, "nvmlDeviceGetHandleByIndex_v2") is { } byIndex && byIndex(0, out _device) == 0;
        if (isOpen)
            _rates = Find<GetRates>(handle, "nvmlDeviceGetUtilizationRates");
    }

    private delegate int Init();

    private delegate int OpenByUuid([MarshalAs(UnmanagedType.LPUTF8Str)] string uuid, out nint device);

    private delegate int OpenByIndex(uint index, out nint device);

    private delegate int GetRates(nint device, out Rates rates);

    /// <summary>From 0 to 1; null where the library does not say.</summary>
    internal double? Read() => _rates is not null && _rates(_device, out Rates rates) == 0 ? rates.Gpu / 100.0 : null;

    private static T? Find<T>(nint library, string function) where T : Delegate =>
        NativeLibrary.TryGetExport(library, function, out nint address) ? Marshal.GetDelegateForFunctionPointer<T>(address) : null;

    /// <summary>nvmlUtilization_t, in percent.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Rates
    {
        public uint Gpu;
        public uint Memory;
    }
}
