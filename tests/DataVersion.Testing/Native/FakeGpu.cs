namespace DataVersion.Testing.Native;

/// <summary>A GPU as the fake driver tells of it.</summary>
public sealed record FakeGpu
{
    public string Uuid { get; init; } = "GPU-11111111-2222-3333-4444-555555555555";
    public string Name { get; init; } = "NVIDIA H100 80GB HBM3";
    public int Major { get; init; } = 9;
    public int Minor { get; init; }
    public long MemoryMiB { get; init; } = 81559;

    /// <summary>Null for a GPU that cannot be cut: the question is answered with NVML_ERROR_NOT_SUPPORTED.</summary>
    public bool? Mig { get; init; } = false;
}
