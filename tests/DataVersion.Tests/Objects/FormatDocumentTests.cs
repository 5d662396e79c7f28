using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Records;
using DataVersion.Tracking.Runs;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Objects;

/// <summary>docs/format.md says what is: its vectors are run by the shell, as a stranger would, and read by our code.</summary>
public sealed partial class FormatDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(GoldenFile.Root, "docs", "format.md"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Vectors()
    {
        var vectors = new TheoryData<string, string>();
        foreach (string block in Blocks("console"))
        {
            foreach (string vector in block.Split("$ ", StringSplitOptions.RemoveEmptyEntries))
                vectors.Add(vector[..vector.IndexOf('\n')], vector[(vector.IndexOf('\n') + 1)..]);
        }
        return vectors;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task The_shell_prints_what_the_document_says(string command, string printed)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("the vectors are written for GNU coreutils");
        Assert.Equal(printed, Encoding.UTF8.GetString(await RunAsync(command)));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task Our_code_names_and_reads_the_same_bytes(string command, string printed)
    {
        Match match = HashOfPrintf.Match(command);
        if (!OperatingSystem.IsLinux() || !match.Success)
            return;
        byte[] bytes = await RunAsync(match.Groups["printf"].Value);
        HashKind kind = match.Groups["sum"].Value == "md5sum" ? HashKind.Md5 : HashKind.Sha256;
        Assert.Equal(printed, $"{IdentityHash.Of(kind, bytes).Hex}  -\n");
        if (bytes.AsSpan().StartsWith("dv-tree"u8))
            Assert.Equal(bytes, Rewrite(bytes));
        if (PointerDocument.LooksLikePointer(bytes))
            Assert.Equal(bytes, PointerDocument.Write(PointerDocument.Parse(bytes, "x.dv").Pointer));
    }

    [Fact]
    public void Names_that_end_parts_are_those_of_the_document()
    {
        Assert.True(TreeLimits.EndsPart("4163"));
        Assert.False(TreeLimits.EndsPart("n"));
    }

    [Fact]
    public void Examples_are_the_golden_files()
    {
        string[] plain = [.. Blocks("")];
        Assert.Equal(Golden("trees", "example.tree"), Assert.Single(plain, b => b.StartsWith("dv-tree 1\n", StringComparison.Ordinal)));
        string parts = Assert.Single(plain, b => b.StartsWith("dv-tree-parts 1\n", StringComparison.Ordinal));
        Assert.StartsWith(parts, Golden("trees", "parts.tree"), StringComparison.Ordinal);
        Assert.Equal(Golden("pointers", "directory.dv"), Assert.Single(Blocks("yaml")));
    }

    [Fact]
    public void The_data_digest_is_that_of_the_document()
    {
        Match vector = DataLines.Match(Document);
        DataFacts[] data = [.. vector.Groups["lines"].Value.Split("\\n", StringSplitOptions.RemoveEmptyEntries).Reverse().Select(Fact)];

        Assert.Equal(2, data.Length);
        Assert.Equal(vector.Groups["digest"].Value, DataDigest.Of(data));

        static DataFacts Fact(string line)
        {
            string[] parts = line.Split("\\t");
            string[] id = parts[1].Split(':');
            return new DataFacts { Path = parts[0], Kind = "file", Algo = id[0], Hash = id[1], Size = 0, Nfiles = 1, Pointer = parts[0] + ".dv", Verified = true };
        }
    }

    [Fact]
    public void The_manifest_and_the_checkpoint_are_what_our_code_reads()
    {
        string[] examples = [.. Blocks("json")];
        Assert.Equal(Golden("manifests", "data.manifest.json"), Assert.Single(examples, b => b.Contains("dv.manifest/1", StringComparison.Ordinal)));
        Assert.Contains($"'{Golden("manifests", "empty.manifest.json").TrimEnd('\n')}\\n'", Document, StringComparison.Ordinal);

        string checkpoint = Assert.Single(examples, b => b.Contains("\"savedOn\"", StringComparison.Ordinal)).Replace("sha256:…", $"sha256:{new string('a', 64)}", StringComparison.Ordinal);
        Assert.Equal(10, CheckpointDocument.Parse(Encoding.UTF8.GetBytes(checkpoint), "it").Size);
    }

    [Fact]
    public void The_names_of_documents_and_keys_are_those_of_the_document()
    {
        Assert.All(DocumentNames.BesideRecord.Append(DocumentNames.Record), name => Assert.Contains($"| `{name}` |", Document, StringComparison.Ordinal));
        Assert.All(
            (string[])[RunLedger.ByCommit, RunLedger.ByData, RunLedger.ByModel, RunLedger.ByKey],
            key => Assert.Contains($"{RemoteDocuments.RunsPrefix}{key}/", Document, StringComparison.Ordinal));
    }

    [Fact]
    public void Xxh128_vectors_are_ours()
    {
        Assert.Contains(IdentityHash.Of(HashKind.Xxh128, []).Hex, Document, StringComparison.Ordinal);
        Assert.Contains(IdentityHash.Of(HashKind.Xxh128, "abc"u8).Hex, Document, StringComparison.Ordinal);
    }

    [GeneratedRegex("^(?<printf>printf '[^']*') \\| (?<sum>\\w+)$")]
    private static partial Regex HashOfPrintf { get; }

    [GeneratedRegex("printf '(?<lines>data/old[^']*)' \\| sha256sum\n(?<digest>[0-9a-f]{64})")]
    private static partial Regex DataLines { get; }

    private static byte[] Rewrite(byte[] bytes)
    {
        TreeObject tree = TreeParser.Parse(bytes, HashKind.Sha256, "t");
        return tree.Entries is { } entries ? TreeFormat.Write(entries) : TreeFormat.Write(tree.Parts!);
    }

    private static string Golden(string folder, string name) => File.ReadAllText(Path.Combine(GoldenFile.Root, "tests", "golden", folder, name));

    private static IEnumerable<string> Blocks(string language)
    {
        string[] parts = Document.Split("```");
        for (int i = 1; i < parts.Length; i += 2)
        {
            if (parts[i].StartsWith(language + "\n", StringComparison.Ordinal))
                yield return parts[i][(language.Length + 1)..];
        }
    }

    private static async Task<byte[]> RunAsync(string command)
    {
        var start = new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardOutput = true };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, Token);
        await process.WaitForExitAsync(Token);
        return output.ToArray();
    }
}
