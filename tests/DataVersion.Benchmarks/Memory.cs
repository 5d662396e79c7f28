namespace DataVersion.Benchmarks;

/// <summary>Peak memory of the two adds that the project promises to bound.</summary>
internal sealed class Memory(Scratch scratch, string dv)
{
    private const int Files = 200_000;
    private const int FileSize = 64;
    private const long SparseSize = 20L << 30;

    public void Run()
    {
        Console.WriteLine("| work | time | peak memory |\n|---|---|---|");
        string many = scratch.DvRepository(dv);
        Scratch.WriteSmallFiles(many, Files, FileSize);
        Row($"add {Files:n0} files of {FileSize} bytes", Measured.Run(many, dv, "add", "-q", "data"));
        Row("status of them, the first", Measured.Run(many, dv, "status"));
        Row("status of them, unchanged", Measured.Run(many, dv, "status"));
        Row("add them again, unchanged", Measured.Run(many, dv, "add", "-q", "data"));
        string sparse = scratch.DvRepository(dv);
        Directory.CreateDirectory(Path.Combine(sparse, "data"));
        using (FileStream file = File.Create(Path.Combine(sparse, "data", "sparse.bin")))
            file.SetLength(SparseSize);
        Row("add one sparse file of 20 GiB", Measured.Run(sparse, dv, "add", "-q", "data/sparse.bin"));
        Console.WriteLine();
    }

    private static void Row(string work, Measured run) => Console.WriteLine($"| {work} | {run.Seconds:0.0} s | {run.PeakMiB:0} MiB |");
}
