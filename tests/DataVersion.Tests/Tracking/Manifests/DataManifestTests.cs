using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DataVersion.Hashing;
using DataVersion.Tests.Cli;
using DataVersion.Tests.Objects;
using DataVersion.Tracking.Manifests;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Manifests;

public sealed class DataManifestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_manifest_has_these_bytes()
    {
        string text = await WriteAsync(
            Item("data", 19), File("data/a/é\n.csv", 12), File("data/a-b", 3) with { Executable = true }, File("data/latest", 4) with { Link = true },
            Item("empty", 0), Item("one.bin", 5), File("one.bin", 5), Item("unsized", 7), new ManifestFile("unsized/x", TreeTexts.X, null));
        GoldenFile.Check("tests/golden/manifests/data.manifest.json", text);
        GoldenFile.Check("tests/golden/manifests/empty.manifest.json", await WriteAsync());
    }

    [Fact]
    public async Task The_hash_and_length_are_those_of_the_bytes()
    {
        using var stream = new MemoryStream();
        WrittenManifest written = await DataManifest.WriteAsync(stream, Many(3000), Token);
        Assert.Equal(stream.Length, written.Length);
        Assert.Equal(new ObjectId(HashKind.Sha256, SHA256.HashData(stream.ToArray())), written.Sha256);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public async Task No_entry_is_held_once_it_is_written_or_read()
    {
        const int Files = 100_000;
        using var temporary = new DataVersion.Testing.TempFolder();
        var seen = new List<WeakReference>();
        await using (FileStream file = System.IO.File.Create(temporary.At("m")))
            await DataManifest.WriteAsync(file, Watch(Many(Files), seen, atEnd: () => Assert.InRange(Alive(seen), 0, 2)), Token);
        Assert.Equal(Files + 1, seen.Count);
        seen.Clear();
        await using FileStream read = System.IO.File.OpenRead(temporary.At("m"));
        // Those of one piece of the file come together.
        await foreach (ManifestEntry _ in Watch(DataManifest.ReadAsync(read, "m", Token), seen, atEnd: () => Assert.InRange(Alive(seen), 0, 2000)))
        {
        }
        Assert.Equal(Files + 1, seen.Count);
    }

    [Fact]
    public void What_was_written_is_read_back_however_the_bytes_arrive() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(
        Arb.From(from entries in Entries from piece in Gen.Choose(1, 200) select (entries, piece)), x =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(WriteAsync(x.entries).GetAwaiter().GetResult());
            using var document = JsonDocument.Parse(bytes);
            return ReadAsync(new SlowStream(bytes, x.piece)).GetAwaiter().GetResult().SequenceEqual(x.entries)
                && document.RootElement.GetProperty("items").GetArrayLength() == x.entries.OfType<ManifestItem>().Count();
        }));

    [Fact]
    public void Any_bytes_are_a_manifest_or_a_typed_error() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(
        Arb.From(Damaged), bytes => TryRead(bytes) is not { } entries || TryRead(Encoding.UTF8.GetBytes(WriteAsync(entries).GetAwaiter().GetResult()))!.SequenceEqual(entries)));

    [Fact]
    public async Task Every_cut_is_noticed()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(await WriteAsync(Item("d", 3), File("d/a", 1), File("d/b", 2)));
        for (int length = 0; length < bytes.Length - 1; length++)
            Assert.True(TryRead(bytes[..length]) is null, $"cut to {length} bytes");
    }

    [Theory]
    [InlineData("[]", "is no JSON object")]
    [InlineData("""{"items":[]}""", "does not begin with its 'schema'")]
    [InlineData("""{"schema":"dv.manifest/1"}""", "has no 'items'")]
    [InlineData("""{"schema":"dv.manifest/2","items":[]}""", "of a newer kind")]
    [InlineData("""{"schema":"other","items":[]}""", "its schema is 'other'")]
    [InlineData("""{"schema":"dv.manifest/1","items":{}}""", "'items' is no list")]
    [InlineData("""{"schema":"dv.manifest/1","items":[],"items":[]}""", "'items' is there twice")]
    [InlineData("""{"schema":"dv.manifest/1","items":[3]}""", "something that is no item")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":0}]}""", "has no 'files'")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","size":0,"files":[]}]}""", "before its 'files'")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"x","size":0,"files":[]}]}""", "'x' is no hash")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":1.5,"files":[]}]}""", "'size' is no whole number")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":-1,"files":[]}]}""", "is negative")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":1,"files":[]}]}""", "have 0 bytes, where 1 are declared")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"../a","hash":"HASH","size":0,"files":[]}]}""", "no empty names")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":0,"files":[{"path":"ab","hash":"HASH"}]}]}""", "does not lie in 'a'")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":0,"files":[{"path":"a/b"}]}]}""", "no 'path' or no 'hash'")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":0,"files":[{"path":"a/\ud800","hash":"HASH"}]}]}""", "not valid Unicode")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":0,"files":[{"path":"a/b","hash":"HASH","link":1}]}]}""", "neither true nor false")]
    [InlineData("""{"\ud800":1,"schema":"dv.manifest/1","items":[]}""", "a name with half of a character")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"\udc00":1}]}""", "a name with half of a character")]
    [InlineData("""{"schema":"dv.manifest/1","items":[{"path":"a","hash":"HASH","size":0,"files":[{"pat\ud800":1}]}]}""", "a name with half of a character")]
    [InlineData("""{"schema":"dv.manifest/1","items":[]} x""", "is not valid JSON")]
    public async Task What_is_wrong_is_said(string text, string problem)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.Replace("HASH", TreeTexts.X.ToString(), StringComparison.Ordinal));
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => ReadAsync(new MemoryStream(bytes)));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("m.json:", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task Unknown_members_are_passed_over()
    {
        string text = $$"""{"schema":"dv.manifest/1","more":{"items":[1]},"items":[{"size":1,"note":[{}],"hash":"{{TreeTexts.X}}","path":"a","files":[{"x":{},"hash":"{{TreeTexts.X}}","path":"a","size":1}],"after":0}]}""";
        List<ManifestEntry> entries = await ReadAsync(new SlowStream(Encoding.UTF8.GetBytes(text), 7));
        Assert.Equal([new ManifestItem("a", TreeTexts.X, 1), new ManifestFile("a", TreeTexts.X, 1)], entries);
    }

    [Fact]
    public async Task An_entry_without_end_does_not_fill_the_memory()
    {
        byte[] bytes = Encoding.UTF8.GetBytes($$"""{"schema":"dv.manifest/1","x":"{{new string('x', 2 << 20)}}","items":[]}""");
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => ReadAsync(new MemoryStream(bytes)));
        Assert.Contains("more than 1048576 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_out_of_order_are_not_written()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Item("d", 2), File("d/b", 1), File("d/a", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Item("d", 0), Item("d", 0)));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(File("d/b", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Item("d", 2), File("d/b", 1)));
    }

    private static ManifestItem Item(string path, long size) => new(path, TreeTexts.IdOf(path), size);

    private static ManifestFile File(string path, long size) => new(path, TreeTexts.IdOf(path), size);

    private static async IAsyncEnumerable<ManifestEntry> Many(int files)
    {
        await Task.CompletedTask;
        yield return new ManifestItem("data", TreeTexts.X, files);
        for (int i = 0; i < files; i++)
            yield return new ManifestFile(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"data/{i:d7}.png"), TreeTexts.X, 1);
    }

    private static async IAsyncEnumerable<ManifestEntry> Watch(IAsyncEnumerable<ManifestEntry> entries, List<WeakReference> seen, Action atEnd)
    {
        await foreach (ManifestEntry entry in entries)
        {
            seen.Add(new WeakReference(entry));
            yield return entry;
        }
        atEnd();
    }

    private static int Alive(List<WeakReference> seen)
    {
        GC.Collect();
        return seen.Count(reference => reference.IsAlive);
    }

    private static async Task<string> WriteAsync(params IReadOnlyList<ManifestEntry> entries)
    {
        using var stream = new MemoryStream();
        await DataManifest.WriteAsync(stream, entries.ToAsyncEnumerable(), CancellationToken.None);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static async Task<List<ManifestEntry>> ReadAsync(Stream stream) =>
        await DataManifest.ReadAsync(stream, "m.json", CancellationToken.None).ToListAsync();

    private static List<ManifestEntry>? TryRead(byte[] bytes)
    {
        try
        {
            return ReadAsync(new SlowStream(bytes, 50)).GetAwaiter().GetResult();
        }
        catch (InvalidFormatException)
        {
            return null;
        }
    }

    private static readonly Gen<List<ManifestEntry>> Entries =
        from items in (from name in Gen.Elements("a", "a-b", "b/c", "é", "😀", "z\n")
                       from files in TreeTexts.Listing
                       select (name, files)).ListOf()
        select Flatten(items.DistinctBy(i => i.name).OrderBy(i => i.name, Comparer<string>.Create((x, y) => ManifestOrder.Compare(x, y))));

    private static List<ManifestEntry> Flatten(IEnumerable<(string Name, List<DataVersion.Objects.TreeEntry> Files)> items)
    {
        var entries = new List<ManifestEntry>();
        foreach ((string name, List<DataVersion.Objects.TreeEntry> files) in items)
        {
            entries.Add(Item(name, files.Sum(f => f.Size!.Value)));
            entries.AddRange(files.Select(f => File($"{name}/{f.Name}", f.Size!.Value) with { Executable = f.Files > 50, Link = f.Files == 1 }));
        }
        return entries;
    }

    private static readonly Gen<byte[]> Damaged =
        from entries in Entries
        from change in Gen.Choose(0, 3)
        from at in Gen.Choose(0, int.MaxValue - 1)
        from noise in Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf()
        let text = Encoding.UTF8.GetBytes(WriteAsync(entries).GetAwaiter().GetResult())
        let place = at % (text.Length + 1)
        select change switch
        {
            0 => noise,
            1 => [.. text[..place], .. noise, .. text[place..]],
            2 => [.. text[..place], .. noise.Take(text.Length - place), .. text[Math.Min(text.Length, place + noise.Length)..]],
            _ => [.. text[..place], .. text[Math.Min(text.Length, place + 1 + noise.Length)..]],
        };

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class SlowStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer.Length > piece ? buffer[..piece] : buffer, cancellationToken);
    }
}
