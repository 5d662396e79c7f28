using DataVersion.Testing.Models;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Exports;
using Xunit;
using static DataVersion.Tests.Tracking.Exports.OnnxBytes;

namespace DataVersion.Tests.Tracking.Exports;

public sealed class TritonExportTests : IDisposable
{
    private const int Float = 1;

    private readonly string _folder = Directory.CreateTempSubdirectory("dv-test-export-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Source => Path.Combine(_folder, "models");

    private string Repository => Path.Combine(_folder, "triton");

    private string Config => Path.Combine(Repository, "fraud", "config.pbtxt");

    private TritonRequest Request => new() { Output = Repository, Name = "fraud" };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_configuration_of_a_trained_model_is_golden() =>
        GoldenFile.Check("tests/golden/models/config.pbtxt", TritonConfig.Write("fraud", Read(new TinyModel().Onnx), 1024));

    [Fact]
    public void Shapes_types_and_names_are_the_models()
    {
        byte[] model = Model(
            Node(), Weight("weight"), Input("weight", Float, 3, 3), Input("pixels", Float, -1, 3, 224, 224), Input("a \"b\"\\\n", 7, -1), Output("embedding", 10, -1, -1), Output("score", 11, -1));

        Assert.Equal(
            """
            name: "m"
            backend: "onnxruntime"
            max_batch_size: 8
            dynamic_batching { }
            input [
              {
                name: "pixels"
                data_type: TYPE_FP32
                dims: [ 3, 224, 224 ]
              },
              {
                name: "a \"b\"\\\012"
                data_type: TYPE_INT64
                dims: [ 1 ]
                reshape: { shape: [ ] }
              }
            ]
            output [
              {
                name: "embedding"
                data_type: TYPE_FP16
                dims: [ -1 ]
              },
              {
                name: "score"
                data_type: TYPE_FP64
                dims: [ 1 ]
                reshape: { shape: [ ] }
              }
            ]

            """, TritonConfig.Write("m", Read(model), 8));
    }

    [Fact]
    public void A_model_whose_first_dimension_is_fixed_somewhere_takes_no_batches()
    {
        string config = TritonConfig.Write("m", Read(Model(Input("x", Float, 1, -1), Output("y", Float, -1, 2))), 8);

        Assert.Contains("max_batch_size: 0\n", config, StringComparison.Ordinal);
        Assert.Contains("dims: [ 1, -1 ]", config, StringComparison.Ordinal);
        Assert.Contains("dims: [ -1, 2 ]", config, StringComparison.Ordinal);
        Assert.DoesNotContain("dynamic_batching", config, StringComparison.Ordinal);
    }

    [Fact]
    public void What_triton_cannot_take_is_said()
    {
        Assert.Contains("ONNX type 16", Refused(Model(Input("x", Float, -1), Output("y", 16, -1))), StringComparison.Ordinal);
        Assert.Contains("ONNX type 14", Refused(Model(Input("x", 14, -1), Output("y", Float, -1))), StringComparison.Ordinal);
        Assert.Contains("what shape 'x' has", Refused(Model(InputWithoutShape("x"), Output("y", Float, -1))), StringComparison.Ordinal);
        Assert.Contains("of size 0", Refused(Model(Input("x", Float, 0), Output("y", Float, -1))), StringComparison.Ordinal);

        static string Refused(byte[] model) => Assert.Throws<UsageException>(() => TritonConfig.Write("m", Read(model), 8)).Message;
    }

    [Fact]
    public void No_bytes_make_the_reader_fail_in_another_way_than_it_says()
    {
        byte[] model = new TinyModel().Onnx;
        var random = new Random(7);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = i < model.Length ? model[..i] : (byte[])model.Clone();
            if (i >= model.Length)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Assert.NotEmpty(Read(bytes).Outputs);
            }
            catch (InvalidFormatException e)
            {
                Assert.Equal(ErrorKind.Corrupt, e.Kind);
            }
        }
        Assert.Throws<InvalidFormatException>(() => Read([]));
        Assert.Throws<InvalidFormatException>(() => Read("not a model"u8.ToArray()));
    }

    [Fact]
    public async Task A_version_is_written_whole_and_a_second_time_not_at_all()
    {
        TinyModel model = Train(0);

        TritonResult first = await ExportAsync(Request);
        TritonResult again = await ExportAsync(Request);

        Assert.True(first.IsNew);
        Assert.False(again.IsNew);
        Assert.Equal((model.Sha256, model.Onnx.LongLength), (first.Sha256, first.Bytes));
        Assert.Equal(model.Onnx, File.ReadAllBytes(Path.Combine(Repository, "fraud", "1", "model.onnx")));
        Assert.Equal(["1", "config.pbtxt"], Entries(Path.Combine(Repository, "fraud")));
    }

    [Fact]
    public async Task Another_model_is_another_version_and_never_replaces_one_unasked()
    {
        Train(0);
        await ExportAsync(Request);
        TinyModel next = Train(1);

        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => ExportAsync(Request));
        await ExportAsync(Request with { Version = 2 });
        await ExportAsync(Request with { Force = true });

        Assert.Contains("is there already, and differs", refused.Message, StringComparison.Ordinal);
        Assert.All((string[])["1", "2"], v => Assert.Equal(next.Onnx, File.ReadAllBytes(Path.Combine(Repository, "fraud", v, "model.onnx"))));
        Assert.Equal(["1", "2", "config.pbtxt"], Entries(Path.Combine(Repository, "fraud")));
    }

    [Fact]
    public async Task A_configuration_that_was_edited_is_kept_or_replaced_as_is_asked()
    {
        Train(0);
        await ExportAsync(Request);
        File.AppendAllText(Config, "instance_group [ { count: 2 } ]\n");

        RefusedException refused = await Assert.ThrowsAsync<RefusedException>(() => ExportAsync(Request with { Version = 2 }));
        Assert.False(Directory.Exists(Path.Combine(Repository, "fraud", "2")));
        await ExportAsync(Request with { Version = 2, KeepConfig = true });
        Assert.Contains("instance_group", File.ReadAllText(Config), StringComparison.Ordinal);
        await ExportAsync(Request with { Version = 2, Force = true });

        Assert.Contains("--keep-config", refused.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("instance_group", File.ReadAllText(Config), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_in_files_of_their_own_go_with_the_model()
    {
        Write("model.onnx", Model(Weight("a", "weights/a.bin"), Weight("b", "b.bin"), Weight("c", "b.bin"), Input("x", Float, -1, 2), Output("y", Float, -1, 2)));
        Write("weights/a.bin", [1, 2, 3]);

        UsageException missing = await Assert.ThrowsAsync<UsageException>(() => ExportAsync(Request));
        Write("b.bin", [4]);
        TritonResult result = await ExportAsync(Request);

        Assert.Contains("lacks 'b.bin'", missing.Message, StringComparison.Ordinal);
        Assert.Equal(["b.bin", "weights/a.bin"], result.Model.ExternalFiles);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(result.Folder, "weights", "a.bin")));
        Assert.Equal(["b.bin", "model.onnx", "weights"], Entries(result.Folder));
        Assert.Equal(["1", "config.pbtxt"], Entries(Path.Combine(Repository, "fraud")));
    }

    [Fact]
    public void Files_of_constants_and_of_inner_graphs_are_found_and_their_inputs_are_not_the_models()
    {
        OnnxInterface model = Read(Model(Nodes("c.bin", Weight("w", "inner.bin"), Input("inner", Float, 1), Output("o", Float, 1), Nodes("deep.bin")), Input("x", Float, -1), Output("y", Float, -1)));

        Assert.Equal(["c.bin", "deep.bin", "inner.bin"], model.ExternalFiles);
        Assert.Equal(["x"], model.Inputs.Select(i => i.Name));
        Assert.Equal(["y"], model.Outputs.Select(o => o.Name));
    }

    [Fact]
    public void Graphs_without_end_are_refused()
    {
        byte[] graph = Output("y", Float, 1);
        for (int i = 0; i < 100; i++)
            graph = [.. Nodes("c.bin", graph), .. Output("y", Float, 1)];

        Assert.Contains("nested more than", Assert.Throws<InvalidFormatException>(() => Read(Model(graph))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/hostname")]
    [InlineData("a//b")]
    [InlineData("model.onnx")]
    public async Task A_model_does_not_reach_out_of_its_folder(string file)
    {
        Write("model.onnx", Model(Weight("a", file), Output("y", Float, 1)));

        UsageException error = await Assert.ThrowsAsync<UsageException>(() => ExportAsync(Request));

        Assert.Contains("which is not a file below its folder", error.Message, StringComparison.Ordinal);
        Assert.Empty(Entries(Path.Combine(Repository, "fraud")));
    }

    [Fact]
    public async Task A_model_that_its_signature_does_not_know_is_not_exported()
    {
        Train(0);

        await Assert.ThrowsAsync<ObjectCorruptException>(() => ExportAsync(Request with { ExpectedSha256 = new string('0', 64) }));

        Assert.Empty(Entries(Path.Combine(Repository, "fraud")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    public async Task A_name_that_is_no_folders_is_refused(string name)
    {
        Train(0);
        await Assert.ThrowsAsync<UsageException>(() => ExportAsync(Request with { Name = name }));
    }

    private static OnnxInterface Read(byte[] bytes) => OnnxInterface.Read(new MemoryStream(bytes), "model.onnx");

    private TinyModel Train(float bias)
    {
        var model = new TinyModel(bias);
        model.WriteTo(Source);
        return model;
    }

    private void Write(string name, byte[] bytes)
    {
        string file = Path.Combine(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
    }

    private Task<TritonResult> ExportAsync(TritonRequest request) => new TritonExport(request).RunAsync(new FolderSource("models", Source, "model.onnx"), Token);

    private static string[] Entries(string folder) => Directory.Exists(folder) ? [.. Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e)).Order(StringComparer.Ordinal)] : [];
}
