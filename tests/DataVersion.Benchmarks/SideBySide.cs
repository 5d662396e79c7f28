namespace DataVersion.Benchmarks;

/// <summary>The same work by <c>dv</c> and by Git LFS, run in turn, so that a machine whose speed drifts treats both alike.</summary>
internal sealed class SideBySide(Scratch scratch, string dv, int runs)
{
    private const int Files = 20_000;
    private const int FileSize = 4096;
    private const long LargeSize = 1L << 30;

    public void Run()
    {
        Console.WriteLine("| work | dv | Git LFS | LFS ÷ dv |\n|---|---|---|---|");
        Compare($"add {Files:n0} files of {FileSize / 1024} KiB", folder => Scratch.WriteSmallFiles(folder, Files, FileSize), out string dvRepository, out string lfsRepository);
        // What comes first after an add looks at each file's entry in the index; from then on whole folders are known.
        Row("status, the first after the add", Measured.Run(dvRepository, dv, "status"), Measured.Run(lfsRepository, "git", "status", "--porcelain"));
        Again("add them again, unchanged", dvRepository, ["add", "data"], lfsRepository, ["add", "data"], Nothing);
        Again("status, unchanged", dvRepository, ["status"], lfsRepository, ["status", "--porcelain"], Nothing);
        Again("status, one file edited", dvRepository, ["status"], lfsRepository, ["status", "--porcelain"], Scratch.EditSmallFile);
        Again("add, one file edited", dvRepository, ["add", "data"], lfsRepository, ["add", "data"], Scratch.EditSmallFile);
        Compare("add one file of 1 GiB", folder => Scratch.WriteLargeFile(folder, LargeSize), out dvRepository, out _);
        Console.WriteLine();
        Reference(dvRepository);
    }

    private void Compare(string work, Action<string> write, out string dvRepository, out string lfsRepository)
    {
        var ours = new List<Measured>();
        var theirs = new List<Measured>();
        dvRepository = lfsRepository = "";
        for (int i = 0; i < runs; i++)
        {
            dvRepository = scratch.DvRepository(dv);
            write(dvRepository);
            ours.Add(Measured.Run(dvRepository, dv, "add", "-q", "data"));
            lfsRepository = scratch.LfsRepository();
            write(lfsRepository);
            theirs.Add(Measured.Run(lfsRepository, "git", "add", "data"));
        }
        Row(work, Measured.Median(ours), Measured.Median(theirs));
    }

    private static void Nothing(string folder, int run)
    {
    }

    private void Again(string work, string dvRepository, string[] ours, string lfsRepository, string[] theirs, Action<string, int> before)
    {
        List<Measured> first = [], second = [];
        for (int i = 0; i < runs; i++)
        {
            before(dvRepository, i);
            before(lfsRepository, i);
            first.Add(Measured.Run(dvRepository, dv, ours));
            second.Add(Measured.Run(lfsRepository, "git", theirs));
        }
        Row(work, Measured.Median(first), Measured.Median(second));
    }

    private void Reference(string repository)
    {
        string file = Path.Combine(repository, "data", "large.bin");
        Measured hash = Measured.Median(Enumerable.Range(0, runs).Select(_ => Measured.Run(repository, "sha256sum", file)));
        Measured copy = Measured.Median(Enumerable.Range(0, runs).Select(i => Measured.Run(repository, "cp", "--reflink=never", file, Path.Combine(repository, $"copy{i}"))));
        Console.WriteLine($"For comparison, the same 1 GiB: `sha256sum` {hash.Seconds:0.00} s, `cp` {copy.Seconds:0.00} s.\n");
    }

    private static void Row(string work, Measured ours, Measured theirs) =>
        Console.WriteLine($"| {work} | {ours.Seconds:0.00} s, {ours.PeakMiB:0} MiB | {theirs.Seconds:0.00} s, {theirs.PeakMiB:0} MiB | {theirs.Seconds / ours.Seconds:0.0} |");
}
