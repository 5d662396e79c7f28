using System.Security.Cryptography;
using System.Text;
using Amazon.S3.Model;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>A packed, compressed remote in which something is gone, or something else, and one that not everybody may list; a real S3 server.</summary>
public sealed class PackedDamageTests
{
    private static readonly string[] Small = ["a.txt", "b.txt", "c.bin", "d.bin"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RadosGateway Ceph => RadosGateway.Instance;

    [Fact]
    public async Task What_somebody_deleted_is_named_and_a_deep_push_heals_it()
    {
        await using S3Scene scene = await PushedAsync();
        foreach ((string kind, string says) in ((string, string)[])[("packs", "(its pack sha256:"), ("indexes", "(an index of packs) on remote 'ceph'"), ("objects", "is missing on remote 'ceph'")])
        {
            foreach (S3Object blob in await scene.ObjectsAsync($"dvstore/v1/{kind}/"))
                await Ceph.Client.DeleteObjectAsync(RadosGateway.Bucket, blob.Key, Token);
            string there = await scene.CloneAsync(kind);

            Ran pull = await scene.Sandbox.DvAsync(there, "pull");
            await scene.Sandbox.DvOkAsync(scene.Here, "push", "--deep");
            await scene.Sandbox.DvOkAsync(there, "pull");

            Assert.True(pull.ExitCode == 4, pull.ToString());
            Assert.Contains(says, pull.Errors, StringComparison.Ordinal);
            AssertReadable(pull);
            await PackedJourneyTests.ExpectSameAsync(scene, there);
        }
    }

    [Fact]
    public async Task Other_bytes_of_the_same_length_are_never_placed_and_a_push_that_reads_them_back_replaces_them()
    {
        await using S3Scene scene = await PushedAsync();
        string[] all = [.. Small, "table.hex", "weights.bin"];
        (string What, string[] Lost)[] cases =
        [
            ("a raw object of a pack", ["c.bin"]),
            ("a zstd frame of a pack", ["a.txt"]),
            ("a tree of a pack", all),
            ("an index of contents", Small),
            ("a zstd frame of a large object", ["table.hex"]),
            ("the table of a large object", ["table.hex"]),
            ("a large object", ["weights.bin"]),
        ];
        foreach ((string what, string[] lost) in cases)
        {
            await DamageAsync(scene, what);
            string there = await scene.CloneAsync(what.Replace(' ', '-'));

            Ran pull = await scene.Sandbox.DvAsync(there, "pull");

            Assert.True(pull.ExitCode == 5, $"{what}: {pull}");
            AssertReadable(pull);
            Assert.Contains("corrupt", pull.Errors, StringComparison.Ordinal);
            string data = Path.Combine(there, "data");
            string[] placed = Directory.Exists(data) ? [.. Directory.EnumerateFiles(data).Select(f => Path.GetFileName(f))] : [];
            Assert.Equal(all.Except(lost).Order(StringComparer.Ordinal), placed.Order(StringComparer.Ordinal));
            Assert.All(placed, f => Assert.Equal(Hash(Path.Combine(scene.Here, "data", f)), Hash(Path.Combine(data, f))));
            // What can be seen without reading all data is healed by less.
            bool seen = what is "an index of contents" or "the table of a large object";
            Assert.Contains(what == "an index of contents" ? "hint: push it again from a place that has it: dv push --deep" : "hint: replace it from a place that has a good one: dv push --verify", pull.Errors, StringComparison.Ordinal);
            Ran healed = await scene.Sandbox.DvOkAsync(scene.Here, "push", seen ? "--deep" : "--verify");
            if (!seen)
                Assert.Contains("on the remote: 1 damaged, now replaced", healed.Output, StringComparison.Ordinal);
            await scene.Sandbox.DvOkAsync(there, "pull");
            Assert.Equal(Sandbox.Snapshot(Path.Combine(scene.Here, "data")), Sandbox.Snapshot(data));
        }
    }

    [Fact]
    public async Task Where_packs_of_contents_are_gone_each_file_is_named_with_its_own_object()
    {
        await using S3Scene scene = await PushedAsync();
        foreach (S3Object blob in await scene.ObjectsAsync("dvstore/v1/packs/"))
        {
            if (!StoredPacks.EntriesOf(await scene.ReadAsync(blob.Key))[0].Tree)
                await Ceph.Client.DeleteObjectAsync(RadosGateway.Bucket, blob.Key, Token);
        }
        string there = await scene.CloneAsync();

        Ran pull = await scene.Sandbox.DvAsync(there, "pull");

        Assert.True(pull.ExitCode == 4, pull.ToString());
        foreach (string name in Small)
            Assert.Contains($"data/{name}: object sha256:{Hash(Path.Combine(scene.Here, "data", name))} is missing on remote 'ceph' (its pack sha256:", pull.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_read_but_not_list_pulls_everything()
    {
        await using S3Scene scene = await PushedAsync();
        string bucket = $"dv-packed-{Guid.NewGuid():N}";
        await Ceph.Client.PutBucketAsync(bucket, Token);
        await Ceph.Client.PutBucketPolicyAsync(
            new PutBucketPolicyRequest
            {
                BucketName = bucket,
                Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/stranger"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}]}""".Replace("BUCKET", bucket, StringComparison.Ordinal),
            }, Token);
        await scene.Sandbox.DvOkAsync(scene.Here, "remote", "modify", "ceph", "url", $"s3://{bucket}/project");
        await scene.Sandbox.CommitAsync(scene.Here, "another bucket");
        await scene.ConfigureAsync(scene.Here);
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        string there = await scene.CloneAsync();
        await scene.ConfigureAsync(there, "strangerkey", "strangersecret");

        await scene.Sandbox.DvOkAsync(there, "pull");
        await PackedJourneyTests.ExpectSameAsync(scene, there);
        // And where something is gone, it is said as well as can be.
        string large = (await Ceph.Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, Prefix = "project/dvstore/v1/objects/" }, Token)).S3Objects.Single(o => o.Key.EndsWith(".zst", StringComparison.Ordinal)).Key;
        await Ceph.Client.DeleteObjectAsync(bucket, large, Token);
        string third = await scene.CloneAsync("third");
        await scene.ConfigureAsync(third, "strangerkey", "strangersecret");
        Ran ran = await scene.Sandbox.DvAsync(third, "pull");

        Assert.True(ran.ExitCode is 4 or 6, ran.ToString());
        Assert.Contains("missing, or reading it is denied", ran.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(third, "data/table.hex")));
        Assert.True(File.Exists(Path.Combine(third, "data/weights.bin")));
    }

    [Fact]
    public async Task A_dv_that_does_not_know_the_layout_says_so_in_one_line()
    {
        await using S3Scene scene = await PushedAsync();
        S3Object document = Assert.Single(await scene.ObjectsAsync("dvstore/v1/dv.json"));
        // An older dv sees "packs" and "zstd" as this one sees a word of the future.
        string text = Encoding.UTF8.GetString(await scene.ReadAsync(document.Key));
        Assert.Contains("\"requires\":[\"packs\",\"zstd\"]", text, StringComparison.Ordinal);
        await scene.OverwriteAsync(document.Key, Encoding.UTF8.GetBytes(text.Replace("\"zstd\"]", "\"zstd\",\"chunks\"]", StringComparison.Ordinal)));
        string there = await scene.CloneAsync();

        foreach (string[] command in (string[][])[["pull"], ["push"], ["status", "--remote"], ["ls", "-R", "data"], ["cat", "data/a.txt"]])
        {
            Ran ran = await scene.Sandbox.DvAsync(there, command);
            Assert.True(ran.ExitCode == 2, ran.ToString());
            Assert.Contains("chunks", Assert.Single(ran.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => l.Contains("error:", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    // Two small files that compressing pays for and two that it does not, a large one of each kind.
    private static async Task<S3Scene> PushedAsync()
    {
        S3Scene scene = await PackedJourneyTests.CreateAsync();
        var random = new Random(8);
        foreach (string name in Small)
        {
            byte[] bytes = new byte[20_000 + name[0]];
            random.NextBytes(bytes);
            string text = name.EndsWith(".txt", StringComparison.Ordinal) ? Convert.ToHexStringLower(bytes) : "";
            Sandbox.Write(scene.Here, $"data/{name}", text);
            if (text.Length == 0)
                await File.WriteAllBytesAsync(Path.Combine(scene.Here, $"data/{name}"), bytes, Token);
        }
        scene.WriteHexText("data/table.hex", megabytes: 4);
        byte[] weights = new byte[3 << 20];
        random.NextBytes(weights);
        await File.WriteAllBytesAsync(Path.Combine(scene.Here, "data/weights.bin"), weights, Token);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        return scene;
    }

    private static async Task DamageAsync(S3Scene scene, string what)
    {
        string below = what.Contains("index", StringComparison.Ordinal) ? "indexes" : what.Contains("pack", StringComparison.Ordinal) ? "packs" : "objects";
        foreach (S3Object blob in await scene.ObjectsAsync($"dvstore/v1/{below}/"))
        {
            byte[] bytes = await scene.ReadAsync(blob.Key);
            int? at = what switch
            {
                "a raw object of a pack" => Middle(bytes, e => !e.Tree && e.Hex == Hash(Path.Combine(scene.Here, "data/c.bin"))),
                "a zstd frame of a pack" => Middle(bytes, e => !e.Tree && e.Hex == Hash(Path.Combine(scene.Here, "data/a.txt"))),
                "a tree of a pack" => Middle(bytes, e => e.Tree),
                // The last digit of an object's id: still a listing, of another object.
                "an index of contents" => bytes.AsSpan().IndexOf("\no "u8) >= 0 ? bytes.AsSpan().IndexOf("\nend "u8) - 1 : null,
                "a zstd frame of a large object" => blob.Key.EndsWith(".zst", StringComparison.Ordinal) ? bytes.Length / 2 : null,
                "the table of a large object" => blob.Key.EndsWith(".zst", StringComparison.Ordinal) ? bytes.Length - 20 : null,
                "a large object" => blob.Key.EndsWith(".zst", StringComparison.Ordinal) ? null : bytes.Length / 2,
                _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
            };
            if (at is not { } place)
                continue;
            bytes[place] = what == "an index of contents" ? (byte)(bytes[place] == '0' ? '1' : '0') : (byte)(bytes[place] ^ 0x55);
            await scene.OverwriteAsync(blob.Key, bytes);
            return;
        }
        throw new InvalidOperationException($"there is no {what}");
    }

    private static int? Middle(byte[] pack, Func<StoredEntry, bool> which) =>
        StoredPacks.EntriesOf(pack).FirstOrDefault(which) is { } entry ? entry.Offset + (entry.Stored / 2) : null;

    // A line for each object that cannot be had, and what to do; never a stack trace.
    private static void AssertReadable(Ran ran)
    {
        string[] lines = ran.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", ran.Errors, StringComparison.Ordinal);
        Assert.InRange(lines.Length, 1, 9);
    }

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
