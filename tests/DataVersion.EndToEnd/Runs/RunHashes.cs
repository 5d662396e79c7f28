using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary>Recomputes every hash of a record from the real bytes, by means of its own.</summary>
internal static class RunHashes
{
    /// <summary>Checks the record, the statement and the manifest of a run against the workspace that it ran in.</summary>
    public static void AssertRecomputed(string workspace, string run)
    {
        JsonElement record = RunScene.ReadRecord(run);
        var lines = new List<string>();
        foreach (JsonElement data in record.GetProperty("data").EnumerateArray())
        {
            string path = data.Text("path")!;
            Assert.Equal(HashOf(Path.Combine(workspace, path)), data.Text("hash"));
            Assert.Equal(OfFile(Path.Combine(workspace, data.Text("pointer")!)), data.Text("pointerSha256"));
            Assert.Equal("True", data.Text("verified"));
            lines.Add($"{path}\t{data.Text("algo")}:{data.Text("hash")}\n");
        }
        Assert.Equal(Of(Encoding.UTF8.GetBytes(string.Concat(lines.Order(StringComparer.Ordinal)))), record.Text("dataDigest"));
        if (record.Text("metrics.historySha256") is { } history)
            Assert.Equal(OfFile(Path.Combine(run, "metrics.jsonl")), history);
        if (record.Text("code.diffSha256") is { } diff)
            Assert.Equal(OfFile(Path.Combine(run, "diff.patch")), diff);
        var subjects = new Dictionary<string, string>();
        foreach (JsonElement output in record.GetProperty("outputs").EnumerateArray())
        {
            string path = output.Text("path")!;
            Assert.Equal(HashOf(Path.Combine(workspace, path)), output.Text("sha256"));
            subjects[path] = output.Text("sha256")!;
            foreach (JsonElement file in output.GetProperty("files").EnumerateArray())
            {
                string full = Path.Combine(workspace, path, file.Text("path")!);
                Assert.Equal(OfFile(full), file.Text("sha256"));
                Assert.Equal(new FileInfo(full).Length.ToString(CultureInfo.InvariantCulture), file.Text("size"));
                subjects[Path.GetRelativePath(workspace, full)] = file.Text("sha256")!;
            }
        }
        AssertStatement(run, record, subjects);
        AssertManifest(workspace, run);
    }

    /// <summary>A remote must have the same documents, and the keys that lead to the run.</summary>
    public static void AssertOnRemote(string run, string remoteRuns)
    {
        string id = Path.GetFileName(run);
        Assert.Equal(Sandbox.Snapshot(run), Sandbox.Snapshot(Path.Combine(remoteRuns, id)));
        JsonElement record = RunScene.ReadRecord(run);
        List<string> keys = [$"by-commit/{record.Text("code.commit")}", $"by-data/{record.Text("dataDigest")}"];
        keys.AddRange(record.GetProperty("data").EnumerateArray().Select(d => $"by-data/{d.Text("hash")}"));
        keys.AddRange(record.GetProperty("outputs").EnumerateArray().Select(o => $"by-model/{o.Text("sha256")}"));
        keys.AddRange(record.GetProperty("outputs").EnumerateArray().SelectMany(o => o.GetProperty("files").EnumerateArray()).Select(f => $"by-model/{f.Text("sha256")}"));
        foreach (string key in keys)
            Assert.True(File.Exists(Path.Combine(remoteRuns, key, id)), $"no key {key}");
    }

    /// <summary>The list of files must be that of the workspace.</summary>
    public static void AssertManifest(string workspace, string run)
    {
        JsonElement manifest = RunScene.Json(File.ReadAllText(Path.Combine(run, "data.manifest.json")));
        int files = 0;
        foreach (JsonElement item in manifest.GetProperty("items").EnumerateArray())
        {
            Assert.Equal($"sha256:{HashOf(Path.Combine(workspace, item.Text("path")!))}", item.Text("hash"));
            foreach (JsonElement file in item.GetProperty("files").EnumerateArray())
            {
                Assert.Equal($"sha256:{OfFile(Path.Combine(workspace, file.Text("path")!))}", file.Text("hash"));
                files++;
            }
        }
        Assert.Equal(4, files);
    }

    private static void AssertStatement(string run, JsonElement record, Dictionary<string, string> subjects)
    {
        JsonElement statement = RunScene.Json(File.ReadAllText(Path.Combine(run, "statement.intoto.json")));
        Assert.Equal("https://in-toto.io/Statement/v1", statement.Text("_type"));
        Assert.Equal("https://slsa.dev/provenance/v1", statement.Text("predicateType"));
        Assert.Equal(subjects.OrderBy(s => s.Key, StringComparer.Ordinal), Descriptors(statement.GetProperty("subject")).OrderBy(s => s.Key, StringComparer.Ordinal));
        JsonElement predicate = statement.GetProperty("predicate");
        Assert.Equal(record.Text("runUuid"), predicate.Text("runDetails.metadata.invocationId"));
        foreach ((string name, string digest) in Descriptors(predicate.GetProperty("runDetails").GetProperty("byproducts")))
            Assert.Equal(OfFile(Path.Combine(run, name)), digest);
        Assert.Contains("provenance.json", Descriptors(predicate.GetProperty("runDetails").GetProperty("byproducts")).Keys);
        JsonElement dependencies = predicate.GetProperty("buildDefinition").GetProperty("resolvedDependencies");
        string[] digests = [.. dependencies.EnumerateArray().Select(Digest)];
        Assert.Equal([record.Text("code.commit")!, .. record.GetProperty("data").EnumerateArray().Select(d => d.Text("hash")!)], digests);
    }

    private static Dictionary<string, string> Descriptors(JsonElement list) => list.EnumerateArray().ToDictionary(d => d.Text("name")!, Digest);

    private static string Digest(JsonElement descriptor) => descriptor.GetProperty("digest").EnumerateObject().Single().Value.GetString()!;

    // A folder without folders in it, as docs/format.md has it.
    private static string HashOf(string path) => File.Exists(path)
        ? OfFile(path)
        : Of(Encoding.UTF8.GetBytes("dv-tree 1\n" + string.Concat(Directory.GetFiles(path).Order(StringComparer.Ordinal)
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"f {new FileInfo(f).Length} sha256:{OfFile(f)} {Path.GetFileName(f)}\n")))));

    private static string OfFile(string path) => Of(File.ReadAllBytes(path));

    private static string Of(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
