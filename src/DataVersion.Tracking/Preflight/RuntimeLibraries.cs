using System.Globalization;
using System.Runtime.InteropServices;

namespace DataVersion.Tracking.Preflight;

/// <summary>Looks for the libraries that a trainer uses a GPU through. Their versions are asked of them; no device is touched by that.</summary>
internal sealed unsafe class RuntimeLibraries(LibraryFinder finder)
{
    private const string ProviderPrefix = "onnxruntime_providers_";

    private static readonly string[] CudartNames =
        OperatingSystem.IsWindows() ? ["cudart64_13.dll", "cudart64_12.dll"] : ["libcudart.so.13", "libcudart.so.12"];

    private static readonly string[] CudnnNames = OperatingSystem.IsWindows() ? ["cudnn64_9.dll"] : ["libcudnn.so.9"];

    private static readonly string[] CoreNames = OperatingSystem.IsWindows() ? ["onnxruntime.dll"] : ["libonnxruntime.so", "libonnxruntime.so.1"];

    private static readonly (string Library, string Provider)[] Providers = [("cuda", "CUDA"), ("tensorrt", "TensorRT"), ("nv_tensorrt_rtx", "NvTensorRTRTX")];

    /// <summary>CUDA's runtime and its version.</summary>
    internal (GpuLibrary Library, CudaVersion? Version) Cudart()
    {
        (NativeModule? module, string? path) = finder.Load(CudartNames);
        var get = module is null ? null : (delegate* unmanaged[Cdecl]<int*, int>)module.Find("cudaRuntimeGetVersion");
        int number = 0;
        CudaVersion? version = get is not null && get(&number) == 0 ? CudaVersion.OfNumber(number) : null;
        return (Describe(module, path, version?.ToString(), "cudaRuntimeGetVersion"), version);
    }

    /// <summary>cuDNN.</summary>
    internal GpuLibrary Cudnn()
    {
        (NativeModule? module, string? path) = finder.Load(CudnnNames);
        var get = module is null ? null : (delegate* unmanaged[Cdecl]<nuint>)module.Find("cudnnGetVersion");
        return Describe(module, path, get is null ? null : CudnnVersion(get()), "cudnnGetVersion");
    }

    /// <summary>ONNX Runtime's core, and the providers that lie beside it or elsewhere on the way.</summary>
    internal (GpuLibrary Core, IReadOnlyList<string> Providers) OnnxRuntime()
    {
        (NativeModule? module, string? path) = finder.Load(CoreNames);
        if (module is null && path is null)
            return (GpuLibrary.Missing, []);
        path ??= module!.PathOf("OrtGetApiBase");
        return (new GpuLibrary(true, path, module is null ? null : OnnxVersion(module)), ["CPU", .. Providers.Where(p => HasProvider(path, p.Library)).Select(p => p.Provider)]);
    }

    private bool HasProvider(string? core, string library)
    {
        string name = OperatingSystem.IsWindows() ? $"{ProviderPrefix}{library}.dll" : $"lib{ProviderPrefix}{library}.so";
        // ONNX Runtime looks beside itself first. The library is not loaded: it cannot be without the core's help.
        return (core is not null && File.Exists(Path.Combine(Path.GetDirectoryName(core)!, name))) || finder.Find(name) is not null;
    }

    private static GpuLibrary Describe(NativeModule? module, string? path, string? version, string function) =>
        module is null && path is null ? GpuLibrary.Missing : new GpuLibrary(true, path ?? module!.PathOf(function), version);

    // CUDNN_VERSION is major × 10000 + minor × 100 + patch since version 9.
    private static string CudnnVersion(nuint number) =>
        string.Create(CultureInfo.InvariantCulture, $"{number / 10000}.{number / 100 % 100}.{number % 100}");

    // struct OrtApiBase of onnxruntime_c_api.h: GetApi, GetVersionString.
    private static string? OnnxVersion(NativeModule module)
    {
        var getBase = (delegate* unmanaged[Cdecl]<nint*>)module.Find("OrtGetApiBase");
        nint* functions = getBase is null ? null : getBase();
        if (functions is null || functions[1] == 0)
            return null;
        return Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<byte*>)functions[1])());
    }
}
