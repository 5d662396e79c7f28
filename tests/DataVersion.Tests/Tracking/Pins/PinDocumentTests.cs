using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using DataVersion.Hashing;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Pins;
using DataVersion.Workspaces;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Pins;

public sealed class PinDocumentTests
{
    private const string Golden = "tests/golden/pins/every-member.json";

    private static readonly PinDocument Example = new()
    {
        Created = new DateTimeOffset(2026, 1, 31, 14, 30, 5, 999, TimeSpan.FromHours(2)),
        Pin = new Pin
        {
            Source = PinSource.Repository,
            DataCommit = "0123456789abcdef0123456789abcdef01234567",
            CodeBranch = "feature/größe",
            CodeTags = ["v1.0", "v1.0-rc \"1\""],
            DataRepository = "https://example.org/team/model.git",
            Dirty = true,
            Items =
            [
                new PinnedItem("data/train", "data/train.dv", new string('1', 64), new Pointer { IsDirectory = true, Hash = Id('a'), Size = 18330402211, Files = 202599, Remote = "big" }),
                new PinnedItem("models/init \U0001F600.bin", "models/init \U0001F600.bin.dv", new string('2', 64),
                    new Pointer { IsDirectory = false, Hash = Id('b'), Size = 67108865, BlocksId = Id('c') }),
                new PinnedItem("run.sh", "run.sh.dv", new string('3', 64), new Pointer { IsDirectory = false, Hash = Id('d'), Size = 0, Executable = true }),
            ],
            Remotes =
            [
                new PinnedRemote { Name = "big", Url = "s3://bucket/prefix", Options = new Dictionary<string, string> { ["region"] = "eu-central-1", ["endpoint"] = "https://minio:9000" } },
                new PinnedRemote { Name = "origin", Url = "/srv/store", IsDefault = true },
            ],
        },
    };

    [Fact]
    public void The_text_is_what_the_golden_file_says() => GoldenFile.Check(Golden, Encoding.UTF8.GetString(Example.ToBytes()));

    [Fact]
    public void The_golden_file_is_read_and_written_again_as_it_is()
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(GoldenFile.Root, Golden));

        PinDocument read = PinDocument.Parse(bytes, "dv.pin.json");

        Assert.Equal(bytes, read.ToBytes());
        Assert.Equal(Example.Pin.Items, read.Pin.Items);
        Assert.Equal((PinSource.Baked, true, "feature/größe"), (read.Pin.Source, read.Pin.Dirty, read.Pin.CodeBranch));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 30, 5, TimeSpan.Zero), read.Created);
        Assert.Equal("https://minio:9000", read.Pin.Remotes[0].Options["endpoint"]);
        Assert.True(read.Pin.Remotes[1].IsDefault);
    }

    [Fact]
    public void Its_hash_is_that_of_the_text_without_it()
    {
        string text = Encoding.UTF8.GetString(Example.ToBytes());
        int at = text.LastIndexOf(",\"sha256\":", StringComparison.Ordinal);

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text[..at] + "}")));

        Assert.EndsWith($",\"sha256\":\"{hash}\"}}\n", text, StringComparison.Ordinal);
        Assert.Equal(hash, PinDocument.Parse(Example.ToBytes(), "x").Pin.PinSha256);
    }

    [Fact]
    public void White_space_and_escapes_do_not_matter_and_unknown_members_are_covered_by_the_hash()
    {
        JsonNode node = Parse();
        node["later"] = new JsonObject { ["a"] = new JsonArray(1.50m, null, "é\n\u0001\"") };
        node["items"]![0]!["later"] = true;
        string signed = Sign(node);

        Assert.Equal(3, Read(signed).Pin.Items.Count);
        Assert.Equal(3, Read(JsonNode.Parse(signed)!.ToJsonString(new() { WriteIndented = true })).Pin.Items.Count);
        Assert.Contains("'sha256'", Fail(signed.Replace("1.50", "1.51", StringComparison.Ordinal)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dv.pin", "0", "'dv.pin'")]
    [InlineData("dv.pin", "\"1\"", "'dv.pin'")]
    [InlineData("dv.pin", "2", "a newer dv wrote this pin")]
    [InlineData("commit", "\"0123\"", "'commit'")]
    [InlineData("commit", "\"0123456789ABCDEF0123456789abcdef01234567\"", "'commit'")]
    [InlineData("commit", "null", "'commit'")]
    [InlineData("branch", "1", "'branch'")]
    [InlineData("tags", "{}", "'tags'")]
    [InlineData("tags", "[1]", "'tags[0]'")]
    [InlineData("dirty", "\"no\"", "'dirty'")]
    [InlineData("created", "\"2026-01-31 12:00:00\"", "'created'")]
    [InlineData("items", "[[]]", "'items[0]'")]
    [InlineData("items[1].path", "\"../x\"", "'items[1].path'")]
    [InlineData("items[1].path", "\"/x\"", "'items[1].path'")]
    [InlineData("items[1].path", "\"data/train\"", "'items[1].path'")]
    [InlineData("items[1].path", "\"a\"", "'items[1].path'")]
    [InlineData("items[0].pointer", "\".git/x\"", "'items[0].pointer'")]
    [InlineData("items[0].pointerSha256", "\"12\"", "'items[0].pointerSha256'")]
    [InlineData("items[0].type", "\"link\"", "'items[0].type'")]
    [InlineData("items[0].hash", "\"sha256:12\"", "'items[0].hash'")]
    [InlineData("items[0].size", "-1", "'items[0].size'")]
    [InlineData("items[0].size", "1.5", "'items[0].size'")]
    [InlineData("items[0].size", "9223372036854775808", "'items[0].size'")]
    [InlineData("items[0].files", "1000000001", "'items[0].files'")]
    [InlineData("items[1].files", "2", "'items[1].files'")]
    [InlineData("items[1].size", "1", "'items[1].blocks'")]
    [InlineData("items[0].executable", "true", "'items[0].executable'")]
    [InlineData("items[0].remote", "[]", "'items[0].remote'")]
    [InlineData("remotes[0].url", "7", "'remotes[0].url'")]
    [InlineData("remotes[0].region", "7", "'remotes[0].region'")]
    [InlineData("remotes[1].default", "7", "'remotes[1].default'")]
    public void A_member_that_is_wrong_is_named(string member, string value, string named)
    {
        JsonNode root = Parse();
        (JsonNode parent, string name) = Find(root, member);
        parent[name] = JsonNode.Parse(value);

        Assert.Contains(named, Fail(Sign(root)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dv.pin")]
    [InlineData("commit")]
    [InlineData("tags")]
    [InlineData("dirty")]
    [InlineData("created")]
    [InlineData("items")]
    [InlineData("remotes")]
    [InlineData("items[2].path")]
    [InlineData("items[2].pointer")]
    [InlineData("items[2].pointerSha256")]
    [InlineData("items[2].type")]
    [InlineData("items[2].hash")]
    [InlineData("items[2].size")]
    [InlineData("items[2].files")]
    [InlineData("remotes[1].name")]
    [InlineData("remotes[1].url")]
    public void A_member_that_is_missing_is_named(string member)
    {
        JsonNode root = Parse();
        (JsonNode parent, string name) = Find(root, member);
        parent.AsObject().Remove(name);

        Assert.Contains($"'{member}' is missing", Fail(Sign(root)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"dv.pin\":1}")]
    [InlineData("{\"dv.pin\":1,\"dv.pin\":1}")]
    [InlineData("{\"dv.pin\":1,\"a\":\"\\ud800\",\"sha256\":\"\"}")]
    [InlineData("{\"dv.pin\":1,\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]],\"sha256\":\"\"}")]
    public void What_is_no_pin_is_a_typed_error(string text) => Fail(text);

    [Fact]
    public void Any_change_of_a_byte_gives_a_typed_error_or_the_same_pin()
    {
        byte[] bytes = Example.ToBytes();
        Gen<(int At, byte To)> gen = from at in Gen.Choose(0, bytes.Length - 1) from to in Gen.Choose(0, 255) select (at, (byte)to);
        Prop.ForAll(gen.ToArbitrary(), change =>
        {
            byte[] changed = [.. bytes];
            changed[change.At] = change.To;
            return TryRead(changed) is not { } read || read.ToBytes().AsSpan().SequenceEqual(bytes);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Any_bytes_give_a_pin_or_a_typed_error()
    {
        Gen<string> json = Gen.Elements("{", "}", "[", "]", ",", ":", "\"dv.pin\"", "\"items\"", "\"sha256\"", "1", "null", "\"x\"", "true", " ", "\\", "\0", "é", "\"\\ud800\"")
            .ListOf().Select(string.Concat);
        Prop.ForAll(json.ToArbitrary(), text => TryRead(Encoding.UTF8.GetBytes(text)) is null).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
        Prop.ForAll(ArbMap.Default.GeneratorFor<byte[]>().ToArbitrary(), bytes => TryRead(bytes) is null).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void What_is_written_is_read_back_whatever_the_names_are()
    {
        Gen<string> name = Gen.OneOf(Gen.Elements("a", "b c", "é", "日本", "\U0001F600", "\u2028", "\ue000", "\uffff", "\"", "\\", "\t", "\u0001", "\u007f"), Gen.Elements("x"))
            .NonEmptyListOf().Select(string.Concat);
        Gen<PinDocument> gen =
            from names in name.ListOf()
            from size in Gen.Choose(0, int.MaxValue)
            from dirty in Gen.Elements(true, false)
            from branch in Gen.OneOf(Gen.Constant<string?>(null), name.Select(n => (string?)n))
            from tags in name.ListOf()
            select Example with { Pin = Example.Pin with { Dirty = dirty, CodeBranch = branch, CodeTags = [.. tags], Items = [.. names.Distinct().Select(n => Item(n, size))] } };
        Prop.ForAll(gen.ToArbitrary(), document =>
        {
            byte[] bytes = document.ToBytes();
            try
            {
                PinDocument read = PinDocument.Parse(bytes, "x");
                return read.ToBytes().AsSpan().SequenceEqual(bytes) && read.Pin.Items.ToHashSet().SetEquals(document.Pin.Items) && read.Pin.CodeBranch == document.Pin.CodeBranch;
            }
            catch (InvalidFormatException e)
            {
                // Names that may not be placed anywhere.
                return e.Message.Contains("may not be placed", StringComparison.Ordinal);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void The_vector_of_the_format_document_is_a_pin()
    {
        string line = File.ReadLines(Path.Combine(GoldenFile.Root, "docs", "format.md")).Single(l => l.StartsWith("$ printf '{\"dv.pin\"", StringComparison.Ordinal));
        string body = line.Split('\'')[1];
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

        Assert.Empty(Read($"{body[..^1]},\"sha256\":\"{hash}\"}}\n").Pin.Items);
    }

    private static PinnedItem Item(string name, long size) => new(name, name + ".dv", new string('0', 64), new Pointer { IsDirectory = false, Hash = Id('e'), Size = size });

    private static ObjectId Id(char digit) => ObjectId.Parse("sha256:" + new string(digit, 64));

    private static JsonNode Parse() => JsonNode.Parse(Example.ToBytes())!;

    private static (JsonNode Parent, string Name) Find(JsonNode root, string member)
    {
        int dot = member.IndexOf("].", StringComparison.Ordinal);
        if (dot < 0)
            return (root, member);
        int open = member.IndexOf('[', StringComparison.Ordinal);
        return (root[member[..open]]![int.Parse(member[(open + 1)..dot], CultureInfo.InvariantCulture)]!, member[(dot + 2)..]);
    }

    // With a hash that agrees, so that the reader gets to what is wrong.
    private static string Sign(JsonNode root)
    {
        root.AsObject().Remove("sha256");
        using var document = System.Text.Json.JsonDocument.Parse(root.ToJsonString());
        root["sha256"] = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(document.RootElement, "sha256")));
        return root.ToJsonString();
    }

    private static PinDocument Read(string text) => PinDocument.Parse(Encoding.UTF8.GetBytes(text), "dv.pin.json");

    private static InvalidFormatException Fail(string text)
    {
        InvalidFormatException e = Assert.Throws<InvalidFormatException>(() => Read(text));
        Assert.StartsWith("dv.pin.json:", e.Message, StringComparison.Ordinal);
        return e;
    }

    private static PinDocument? TryRead(byte[] bytes)
    {
        try
        {
            return PinDocument.Parse(bytes, "x");
        }
        catch (InvalidFormatException)
        {
            return null;
        }
    }
}
