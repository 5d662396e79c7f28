using System.Globalization;
using System.Text;

namespace DataVersion.Benchmarks;

/// <summary>Folders for one comparison, and the data in them. The same data for every tool, written anew for each run.</summary>
internal sealed class Scratch : IDisposable
{
    private const int Chunk = 1 << 20;
    private int _count;

    public Scratch(string? parent) =>
        Root = Directory.CreateDirectory(Path.Combine(parent ?? Path.GetTempPath(), $"dv-bench-{Environment.ProcessId}")).FullName;

    public string Root { get; }

    /// <summary>A new Git repository with dv in it.</summary>
    public string DvRepository(string dv)
    {
        string folder = GitRepository();
        Measured.Run(folder, dv, "init", "-q");
        return folder;
    }

    /// <summary>A new Git repository in which Git LFS takes everything below data/.</summary>
    public string LfsRepository()
    {
        string folder = GitRepository();
        Measured.Run(folder, "git", "lfs", "install", "--local", "--skip-smudge");
        File.WriteAllText(Path.Combine(folder, ".gitattributes"), "data/** filter=lfs diff=lfs merge=lfs -text\n");
        Measured.Run(folder, "git", "add", ".gitattributes");
        return folder;
    }

    /// <summary>Small files with different contents, a thousand in each folder.</summary>
    public static void WriteSmallFiles(string folder, int count, int size)
    {
        byte[] bytes = new byte[size];
        var random = new Random(1);
        for (int i = 0; i < count; i++)
        {
            if (i % 1000 == 0)
                Directory.CreateDirectory(Path.Combine(folder, "data", $"{i / 1000:d3}"));
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(folder, "data", $"{i / 1000:d3}", $"{i:d6}.bin"), bytes);
        }
    }

    /// <summary>Changes the bytes of one of the small files, another one in each run, and leaves its size.</summary>
    public static void EditSmallFile(string folder, int run)
    {
        string file = Path.Combine(folder, "data", $"{run:d3}", $"{(run * 1000) + 7:d6}.bin");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[0]++;
        File.WriteAllBytes(file, bytes);
    }

    /// <summary>One large file of random bytes.</summary>
    public static void WriteLargeFile(string folder, long size)
    {
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        byte[] bytes = new byte[Chunk];
        var random = new Random(2);
        using FileStream stream = File.Create(Path.Combine(folder, "data", "large.bin"));
        for (long written = 0; written < size; written += Chunk)
        {
            random.NextBytes(bytes);
            stream.Write(bytes);
        }
    }

    /// <summary>Tables of payments as text: what compresses well and is what most datasets of rows look like.</summary>
    public static void WriteTables(string folder, int count, long size)
    {
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        string[] categories = ["groceries", "travel", "fuel", "restaurants", "electronics", "health"];
        var random = new Random(3);
        for (int table = 0; table < count; table++)
        {
            using StreamWriter writer = new(Path.Combine(folder, "data", $"payments-{table}.csv"), false, new UTF8Encoding(false), Chunk);
            writer.NewLine = "\n";
            writer.WriteLine("id,time,amount,merchant_category,hour,card,fraud");
            for (long id = 0; writer.BaseStream.Position < size; id++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{id},2026-11-{random.Next(1, 29):d2}T{random.Next(24):d2}:{random.Next(60):d2}:{random.Next(60):d2}Z,{random.NextDouble() * 900:0.00},{categories[random.Next(categories.Length)]},{random.Next(24)},{random.Next():x8},{(random.Next(50) == 0 ? 1 : 0)}"));
            }
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private string GitRepository()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Root, $"{_count++}")).FullName;
        Measured.Run(folder, "git", "init", "-q");
        return folder;
    }
}
