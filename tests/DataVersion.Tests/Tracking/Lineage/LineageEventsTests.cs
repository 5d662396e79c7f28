using System.Text;
using System.Text.Json;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Lineage;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Lineage;

public sealed class LineageEventsTests
{
    private const string Secret = "hunter2";
    private static readonly DateTimeOffset At = new(2026, 3, 1, 14, 5, 6, 789, TimeSpan.FromHours(2));

    private static readonly LineageFacts Facts = new()
    {
        RunId = Guid.Parse("0196b7a1-8b1e-7c3d-9a55-0123456789ab"),
        JobNamespace = "team",
        JobName = "org/model train.py",
        ProducerVersion = "0.1.0+a b",
        Code = new LineageCode("git@example.org:org/model.git", "4d7a214614ab2935c943f9e0ff69d22eadbb8f32", "main", "v1"),
        Inputs = [new LineageDataset("s3://bucket", "data/train", "sha256:aa", 1234, 12), new LineageDataset("file", "data/x.csv", "md5:bb")],
        Outputs = [new LineageDataset("s3://bucket", "models/m.onnx", "sha256:cc", 99, 1)],
        Parent = new LineageParent(Guid.Parse("0196b7a1-0000-7000-8000-000000000001"), "airflow", "dag.task"),
        Error = "the trainer ended with exit code 3",
    };

    [Theory]
    [InlineData(LineageState.Start)]
    [InlineData(LineageState.Running)]
    [InlineData(LineageState.Complete)]
    [InlineData(LineageState.Fail)]
    [InlineData(LineageState.Abort)]
    public void An_event_is_told_in_these_words(LineageState state) => GoldenFile.Check(
        $"tests/golden/lineage/{state.ToString().ToLowerInvariant()}.json",
        Indent(LineageEvents.Write(state, state == LineageState.Start ? Facts with { Outputs = [], Parent = null } : Facts, At)));

    [Fact]
    public void What_is_not_known_is_left_out() => GoldenFile.Check("tests/golden/lineage/bare.json", Indent(LineageEvents.Write(
        LineageState.Fail,
        new LineageFacts { RunId = Guid.Empty, JobNamespace = "default", JobName = "job", ProducerVersion = "1", Code = new LineageCode("/srv/git/x", "abc") },
        At)));

    [Fact]
    public void An_event_is_one_line_with_what_the_specification_demands()
    {
        byte[] bytes = LineageEvents.Write(LineageState.Fail, Facts with { Error = "line\nline" }, At);
        Assert.DoesNotContain((byte)'\n', bytes);
        using var document = JsonDocument.Parse(bytes);
        JsonElement root = document.RootElement;
        Assert.Equal("2026-03-01T12:05:06.789Z", root.GetProperty("eventTime").GetString());
        Assert.Equal(Facts.RunId, root.GetProperty("run").GetProperty("runId").GetGuid());
        Assert.Equal("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent", root.GetProperty("schemaURL").GetString());
        Assert.True(Uri.TryCreate(root.GetProperty("producer").GetString(), UriKind.Absolute, out _));
        List<JsonElement> facets = [.. Facets(root)];
        // Of the run 3, of the job 2, of each dataset 3, of the two with sizes 1 more.
        Assert.Equal(3 + 2 + 9 + 2, facets.Count);
        foreach (JsonElement facet in facets)
        {
            Assert.Equal(root.GetProperty("producer").GetString(), facet.GetProperty("_producer").GetString());
            Assert.Matches(@"^https://openlineage\.io/spec/facets/\d-\d-\d/(\w+)\.json#/\$defs/\1$", facet.GetProperty("_schemaURL").GetString());
        }
    }

    [Theory]
    [InlineData("https://user:hunter2@example.org/org/m.git", "https://example.org/org/m.git")]
    [InlineData("https://hunter2@example.org/org/m.git?token=hunter2#hunter2", "https://example.org/org/m.git")]
    [InlineData("ssh://me:hunter2@example.org:2222/org/m.git", "ssh://git@example.org:2222/org/m.git")]
    [InlineData("example.org:/org/m.git", "ssh://git@example.org/org/m.git")]
    [InlineData("/srv/git/m.git", "git:abc")]
    [InlineData("C:/git/m.git", "git:abc")]
    [InlineData("file:///srv/m.git", "git:abc")]
    [InlineData("", "git:abc")]
    [InlineData(null, "git:abc")]
    public void The_repository_is_told_as_a_link_without_credentials(string? repository, string url)
    {
        byte[] bytes = LineageEvents.Write(LineageState.Start, Facts with { Code = new LineageCode(repository, "abc") }, At);
        using var document = JsonDocument.Parse(bytes);
        JsonElement location = document.RootElement.GetProperty("job").GetProperty("facets").GetProperty("sourceCodeLocation");
        Assert.Equal(url, location.GetProperty("url").GetString());
        Assert.Equal(!url.StartsWith("git:", StringComparison.Ordinal), location.TryGetProperty("repoUrl", out _));
        Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void No_event_tells_a_secret_that_a_URL_holds()
    {
        string url = $"https://u:{Secret}@example.org/path?X-Amz-Signature={Secret}";
        var dataset = new LineageDataset($"s3://k:{Secret}@bucket", url, "sha256:aa");
        var facts = new LineageFacts
        {
            RunId = Facts.RunId,
            JobNamespace = url,
            JobName = url,
            ProducerVersion = "1",
            Code = new LineageCode(url, "abc"),
            Inputs = [dataset],
            Outputs = [dataset],
            Parent = new LineageParent(Facts.RunId, url, url),
            Error = $"cannot reach {url}, nor ({url}) or 'http://{Secret}@p@ss@host'",
        };
        foreach (LineageState state in Enum.GetValues<LineageState>())
        {
            string text = Encoding.UTF8.GetString(LineageEvents.Write(state, facts, At));
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.Contains("example.org", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Any_facts_give_valid_JSON_of_bounded_size() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
        Arb.From(ArbMap.Default.GeneratorFor<string>().Where(s => s is not null)), text =>
        {
            string error = string.Concat(Enumerable.Repeat(text + "://", 5000));
            var facts = Facts with { JobName = text, Error = error, Code = new LineageCode(text, text), Inputs = [new LineageDataset(text, text, text)] };
            byte[] bytes = LineageEvents.Write(LineageState.Fail, facts, At);
            using var document = JsonDocument.Parse(bytes);
            return bytes.Length < 100_000 && bytes.AsSpan().SequenceEqual(LineageEvents.Write(LineageState.Fail, facts, At));
        }));

    [Theory]
    [InlineData("ns/job/0196b7a1-0000-7000-8000-000000000001", "ns", "job")]
    [InlineData("http://h:1/dag.task/0196b7a1-0000-7000-8000-000000000001", "http://h:1", "dag.task")]
    [InlineData("job/0196b7a1-0000-7000-8000-000000000001", null, null)]
    [InlineData("ns//0196b7a1-0000-7000-8000-000000000001", null, null)]
    [InlineData("ns/job/7", null, null)]
    [InlineData("//", null, null)]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void The_parent_is_read_as_schedulers_write_it(string? text, string? jobNamespace, string? job)
    {
        LineageParent? parent = LineageParent.TryParse(text);
        Assert.Equal((jobNamespace, job), (parent?.JobNamespace, parent?.JobName));
    }

    private static string Indent(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            document.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static IEnumerable<JsonElement> Facets(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.Name is "facets" or "inputFacets" or "outputFacets"
            ? p.Value.EnumerateObject().Select(f => f.Value)
            : Facets(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Facets),
        _ => [],
    };
}
