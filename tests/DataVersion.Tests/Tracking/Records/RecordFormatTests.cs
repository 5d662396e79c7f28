using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Records;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Records;

/// <summary>provenance.json and the statement: bytes that auditors keep.</summary>
public class RecordFormatTests
{
    [Fact]
    public void A_record_is_written_as_it_always_was_and_read_back_whole()
    {
        byte[] bytes = RunRecordJson.Write(SampleRecords.Full());

        GoldenFile.Check("tests/golden/runs/provenance.json", Encoding.UTF8.GetString(bytes));
        Assert.Equal(bytes, RunRecordJson.Write(RunRecordJson.Read(bytes, "it")));
        Assert.True(double.IsNaN(RunRecordJson.Read(bytes, "it").Metrics!.Final["loss"]));
    }

    [Fact]
    public void The_published_schema_is_the_programs_and_accepts_what_it_writes()
    {
        JsonNode schema = JsonSchemaExporter.GetJsonSchemaAsNode(RunRecordJson.Default.Options, typeof(RunRecord), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        schema["title"] = RunRecord.CurrentSchema;
        GoldenFile.Check("docs/schemas/provenance-1.json", schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");

        foreach (RunRecord record in (RunRecord[])[SampleRecords.Minimal(), SampleRecords.Full()])
            Assert.Empty(SchemaCheck.Problems(schema, JsonNode.Parse(RunRecordJson.Write(record))!, schema, "$"));
        JsonObject broken = JsonNode.Parse(RunRecordJson.Write(SampleRecords.Full()))!.AsObject();
        broken["attempt"] = "two";
        broken.Remove("stage");
        Assert.Equal(2, SchemaCheck.Problems(schema, broken, schema, "$").Count);
    }

    [Fact]
    public void The_statement_names_every_output_and_every_input()
    {
        RunRecord record = SampleRecords.Full();
        byte[] bytes = StatementWriter.Write(record, [(DocumentNames.Record, SampleRecords.Hash('9'))]);

        GoldenFile.Check("tests/golden/runs/statement.intoto.json", Encoding.UTF8.GetString(bytes));
        using JsonDocument statement = JsonDocument.Parse(bytes);
        JsonElement root = statement.RootElement;
        Assert.Equal(["models", "models/model.onnx", "models/größe.json"], root.GetProperty("subject").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        // in-toto: a resource descriptor has at least one of uri, digest and content.
        Assert.All(Descriptors(root), d => Assert.NotEmpty(d.GetProperty("digest").EnumerateObject().Select(p => p.Value.GetString())));
        Assert.Equal(4, root.GetProperty("predicate").GetProperty("buildDefinition").GetProperty("resolvedDependencies").GetArrayLength());
        Assert.Equal(record.RunUuid, root.GetProperty("predicate").GetProperty("runDetails").GetProperty("metadata").GetProperty("invocationId").GetString());
    }

    [Fact]
    public void The_digest_of_all_data_is_what_sha256sum_says_of_the_lines()
    {
        string lines = $"data/old.csv\tmd5:{new string('c', 32)}\ndata/train\tsha256:{SampleRecords.Hash('a')}\n";

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines))), DataDigest.Of(SampleRecords.Full().Data));
        Assert.Equal(DataDigest.Of(SampleRecords.Full().Data), DataDigest.Of(SampleRecords.Full().Data.Reverse()));
        Assert.Null(DataDigest.Of([]));
        DataFacts one = SampleRecords.Full().Data[0];
        Assert.NotEqual(DataDigest.Of([one with { Path = "a\nb" }]), DataDigest.Of([one with { Path = "a\\nb" }]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"schema\":\"dv.provenance/2\",\"runUuid\":\"019dd9f0-1b3c-7000-8000-0000000000aa\",\"stage\":\"complete\",\"startedOn\":\"2026-11-28T05:00:00Z\",\"tool\":{\"name\":\"dv\",\"version\":\"2\"},\"train\":{\"command\":[]}}")]
    [InlineData("{\"runUuid\":\"../../etc\",\"stage\":\"complete\",\"startedOn\":\"2026-11-28T05:00:00Z\",\"tool\":{\"name\":\"dv\",\"version\":\"2\"},\"train\":{\"command\":[]}}")]
    public void What_is_no_record_is_said_to_be_none(string text) =>
        Assert.Throws<InvalidFormatException>(() => RunRecordJson.Read(Encoding.UTF8.GetBytes(text), "it"));

    [Fact]
    public void Members_of_a_later_writer_are_no_harm()
    {
        JsonObject later = JsonNode.Parse(RunRecordJson.Write(SampleRecords.Minimal()))!.AsObject();
        later["weather"] = "fine";

        Assert.Equal("running", RunRecordJson.Read(Encoding.UTF8.GetBytes(later.ToJsonString()), "it").Stage);
    }

    [Fact]
    public void Any_bytes_are_a_record_or_a_typed_error()
    {
        byte[] good = RunRecordJson.Write(SampleRecords.Full());
        Prop.ForAll(Gen.Zip(Gen.Choose(0, good.Length - 1), Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            byte[] bytes = [.. good];
            bytes[change.Item1] = (byte)change.Item2;
            try
            {
                return RunIds.IsId(RunRecordJson.Read(bytes, "it").RunUuid);
            }
            catch (InvalidFormatException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
        Prop.ForAll<byte[]>(bytes => bytes is null || Throws(bytes)).QuickCheckThrowOnFailure();
    }

    private static bool Throws(byte[] bytes)
    {
        Assert.Throws<InvalidFormatException>(() => RunRecordJson.Read(bytes, "it"));
        return true;
    }

    private static IEnumerable<JsonElement> Descriptors(JsonElement root)
    {
        JsonElement predicate = root.GetProperty("predicate");
        return root.GetProperty("subject").EnumerateArray()
            .Concat(predicate.GetProperty("buildDefinition").GetProperty("resolvedDependencies").EnumerateArray())
            .Concat(predicate.GetProperty("runDetails").GetProperty("byproducts").EnumerateArray());
    }
}
