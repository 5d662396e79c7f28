using System.Globalization;
using System.Text;
using DataVersion.Tracking;

namespace DataVersion.Testing.Native;

/// <summary>
/// A machine of one's own making: folders in place of /proc, /sys, /dev and /etc, and libraries in place of NVIDIA's. What is not added is not there.
/// </summary>
public sealed class FakeMachine : IDisposable
{
    private readonly TempFolder _folder = new();

    public FakeMachine()
    {
        foreach (string name in (string[])["proc", "sys", "dev", "etc", "lib", "program"])
            Directory.CreateDirectory(_folder.At(name));
        CudaLibrary = Library("libcuda.so.1");
    }

    public MachinePaths Paths => new()
    {
        ProcDirectory = _folder.At("proc"),
        SysDirectory = _folder.At("sys"),
        DevDirectory = _folder.At("dev"),
        EtcDirectory = _folder.At("etc"),
        NvmlLibrary = Library("libnvidia-ml.so.1"),
        CudaLibrary = CudaLibrary,
        LibraryDirectories = [_folder.At("lib")],
        ProgramDirectory = _folder.At("program"),
        UsesLoader = false,
    };

    /// <summary>Where CUDA's driver library is looked for.</summary>
    public string CudaLibrary { get; set; }

    public void Dispose() => _folder.Dispose();

    public string At(string relative) => _folder.At(relative);

    public string Library(string name) => _folder.At($"lib/{name}");

    /// <summary>Everything a trainer on ONNX Runtime needs, with one GPU.</summary>
    public FakeMachine Complete(string driver = "560.35.03", int cuda = 12060)
    {
        AddNvml(driver, cuda, new FakeGpu());
        AddLibcuda(cuda);
        AddNodes(0);
        AddCudart(cuda);
        AddCudnn();
        AddOnnxRuntime("cuda");
        return this;
    }

    public void AddFile(string relative, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(relative))!);
        File.WriteAllText(At(relative), text);
    }

    public void AddProcVersion(string driver) => AddFile("proc/driver/nvidia/version",
        $"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {driver}  Fri Aug 16 21:39:15 UTC 2024\nGCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)\n");

    public void AddSysVersion(string driver) => AddFile("sys/module/nvidia/version", driver + "\n");

    /// <summary>The nodes of these GPUs, and those of the driver.</summary>
    public void AddNodes(params int[] minors)
    {
        foreach (string name in minors.Select(m => string.Create(CultureInfo.InvariantCulture, $"nvidia{m}")).Concat(["nvidiactl", "nvidia-uvm"]))
            AddFile($"dev/{name}", "");
    }

    /// <summary>NVIDIA's management library, as far as dv asks it.</summary>
    public void AddNvml(string driver, int cuda, params FakeGpu[] gpus) =>
        NativeLibraryBuilder.Build(Library("libnvidia-ml.so.1"), NvmlSource(driver, cuda, gpus));

    /// <summary>One that refuses to begin.</summary>
    public void AddFailingNvml(int error, string message) => NativeLibraryBuilder.Build(Library("libnvidia-ml.so.1"), $$"""
        int nvmlInit_v2(void) { return {{error}}; }
        const char *nvmlErrorString(int e) { return e == {{error}} ? "{{message}}" : "?"; }
        int nvmlSystemGetDriverVersion(char *b, unsigned n) { __builtin_trap(); }
        int nvmlShutdown(void) { __builtin_trap(); }
        """);

    /// <summary>One that has only these functions, as an old driver's would.</summary>
    public void AddPartialNvml(params string[] functions) => NativeLibraryBuilder.Build(Library("libnvidia-ml.so.1"),
        string.Join('\n', NvmlSource("560.35.03", 12060, [new FakeGpu()]).Split('\n')
            .Where(line => !line.StartsWith("int nvml", StringComparison.Ordinal) || functions.Any(f => line.StartsWith($"int {f}(", StringComparison.Ordinal)))));

    public void AddLibcuda(int cuda, string folder = "lib")
    {
        CudaLibrary = NativeLibraryBuilder.Build(At($"{folder}/libcuda.so.1"), $"int cuDriverGetVersion(int *v) {{ *v = {cuda}; return 0; }}");
    }

    public void AddCudart(int cuda) =>
        NativeLibraryBuilder.Build(Library($"libcudart.so.{cuda / 1000}"), $"int cudaRuntimeGetVersion(int *v) {{ *v = {cuda}; return 0; }}");

    public void AddCudnn() => NativeLibraryBuilder.Build(Library("libcudnn.so.9"), "unsigned long cudnnGetVersion(void) { return 90501; }");

    public void AddOnnxRuntime(params string[] providers)
    {
        NativeLibraryBuilder.Build(Library("libonnxruntime.so"), """
            struct base { const void *(*api)(unsigned); const char *(*version)(void); };
            static const void *api(unsigned v) { return 0; }
            static const char *version(void) { return "1.20.1"; }
            static const struct base b = { api, version };
            const struct base *OrtGetApiBase(void) { return &b; }
            """);
        // It is never loaded.
        foreach (string provider in providers)
            AddFile($"lib/libonnxruntime_providers_{provider}.so", "");
    }

    private static string NvmlSource(string driver, int cuda, FakeGpu[] gpus)
    {
        var rows = new StringBuilder();
        foreach (FakeGpu gpu in gpus)
        {
            int mig = gpu.Mig is { } on ? on ? 1 : 0 : -1;
            rows.Append(CultureInfo.InvariantCulture, $"{{\"{gpu.Uuid}\",\"{gpu.Name}\",{gpu.Major},{gpu.Minor},{gpu.MemoryMiB}ull,{mig}}},");
        }
        // Nothing may be asked before the beginning or after the end; buffers are filled to their last byte.
        return $$"""
            #include <string.h>
            struct gpu { const char *uuid, *name; int major, minor; unsigned long long mem; int mig; };
            static struct gpu gpus[] = { {{rows}} {0} };
            static int open;
            static int put(char *b, unsigned n, const char *s) { if (!open) return 1; if (strlen(s) + 1 > n) return 7; memset(b, 'x', n); strcpy(b, s); return 0; }
            const char *nvmlErrorString(int e) { return "some error"; }
            int nvmlInit_v2(void) { open++; return 0; }
            int nvmlShutdown(void) { open--; return 0; }
            int nvmlSystemGetDriverVersion(char *b, unsigned n) { return put(b, n, "{{driver}}"); }
            int nvmlSystemGetCudaDriverVersion_v2(int *v) { *v = {{cuda}}; return !open; }
            int nvmlDeviceGetCount_v2(unsigned *n) { *n = {{gpus.Length}}; return !open; }
            int nvmlDeviceGetHandleByIndex_v2(unsigned i, struct gpu **g) { if (i >= {{gpus.Length}}) return 2; *g = gpus + i; return !strcmp(gpus[i].name, "lost") ? 15 : 0; }
            int nvmlDeviceGetName(struct gpu *g, char *b, unsigned n) { return put(b, n, g->name); }
            int nvmlDeviceGetUUID(struct gpu *g, char *b, unsigned n) { return put(b, n, g->uuid); }
            int nvmlDeviceGetMemoryInfo(struct gpu *g, unsigned long long *m) { m[0] = g->mem << 20; m[1] = m[2] = 0; return 0; }
            int nvmlDeviceGetCudaComputeCapability(struct gpu *g, int *a, int *b) { *a = g->major; *b = g->minor; return 0; }
            int nvmlDeviceGetMigMode(struct gpu *g, unsigned *a, unsigned *b) { if (g->mig < 0) return 3; *a = *b = g->mig; return 0; }
            """;
    }
}
