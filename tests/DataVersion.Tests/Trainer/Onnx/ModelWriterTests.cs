using DataVersion.Trainer.Onnx;
using Xunit;

namespace DataVersion.Tests.Trainer.Onnx;

public sealed class ModelWriterTests
{
    [Fact]
    public void A_model_says_its_versions_and_what_goes_in_and_out()
    {
        IReadOnlyList<ProtoField> model = ProtoReader.Read(Sample().ToBytes());

        Assert.Equal(8, model.One(1).Integer);
        Assert.Equal("DataVersion", model.One(2).Text);
        Assert.Equal([("", 18L), ("ai.onnx.ml", 3L)], model.All(8).Select(i => (i.Fields.All(1).FirstOrDefault()?.Text ?? "", i.Fields.One(2).Integer)));
        ProtoField property = model.One(14);
        Assert.Equal(("target", "y"), (property.Fields.One(1).Text, property.Fields.One(2).Text));
        IReadOnlyList<ProtoField> graph = model.One(7).Fields;
        Assert.Equal("sample", graph.One(2).Text);
        Assert.Equal(["x", "word"], graph.All(11).Select(i => i.Fields.One(1).Text));
        Assert.Equal(["score"], graph.All(12).Select(o => o.Fields.One(1).Text));
        IReadOnlyList<ProtoField> tensor = graph.All(11).First().Fields.One(2).Fields.One(1).Fields;
        Assert.Equal((long)ElementType.Float, tensor.One(1).Integer);
        Assert.Equal("N", tensor.One(2).Fields.All(1).First().Fields.One(2).Text);
        Assert.Equal(3, tensor.One(2).Fields.All(1).Last().Fields.One(1).Integer);
    }

    [Fact]
    public void Operators_have_inputs_outputs_attributes_and_their_domain()
    {
        IReadOnlyList<ProtoField> graph = ProtoReader.Read(Sample().ToBytes()).One(7).Fields;
        IReadOnlyList<ProtoField> product = graph.All(1).Single(n => n.Fields.One(4).Text == "Gemm").Fields;
        IReadOnlyList<ProtoField> encoder = graph.All(1).Single(n => n.Fields.One(4).Text == "LabelEncoder").Fields;

        Assert.Equal(["x", "weight"], product.All(1).Select(i => i.Text));
        IReadOnlyList<ProtoField> transB = product.One(5).Fields;
        Assert.Equal(("transB", 1L, 2L), (transB.One(1).Text, transB.One(3).Integer, transB.One(20).Integer));
        Assert.Empty(product.All(7));
        Assert.Equal("ai.onnx.ml", encoder.One(7).Text);
        Assert.Equal(["é", "b"], encoder.All(5).Single(a => a.Fields.One(1).Text == "keys_strings").Fields.All(9).Select(k => k.Text));
        Assert.Equal([1L, 2], encoder.All(5).Single(a => a.Fields.One(1).Text == "values_int64s").Fields.All(8).Select(k => k.Integer));
    }

    [Fact]
    public void Constants_are_little_endian_bytes()
    {
        IReadOnlyList<ProtoField> weight = ProtoReader.Read(Sample().ToBytes()).One(7).Fields.All(5).Single(t => t.Fields.One(8).Text == "weight").Fields;

        Assert.Equal([1L, 3], weight.All(1).Select(d => d.Integer));
        Assert.Equal((long)ElementType.Float, weight.One(2).Integer);
        Assert.Equal([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f], weight.One(9).Bytes);
    }

    [Fact]
    public void The_same_graph_gives_the_same_bytes() => Assert.Equal(Sample().ToBytes(), Sample().ToBytes());

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Numbers_come_back_as_they_were(long number)
    {
        var writer = new ProtoWriter();
        writer.Integer(1, number);
        writer.Real(300, 1.5f);
        writer.Message(2, w => w.Text(3, "ü"));

        IReadOnlyList<ProtoField> fields = ProtoReader.Read(writer.Bytes);

        Assert.Equal((number, 1.5f, "ü"), (fields.One(1).Integer, fields.One(300).Real, fields.One(2).Fields.One(3).Text));
    }

    private static GraphBuilder Sample()
    {
        var graph = new GraphBuilder("sample");
        graph.Properties.Add(new("target", "y"));
        Value x = graph.Input("x", ElementType.Float, "N", 3), word = graph.Input("word", ElementType.String, "N", 1);
        Value code = graph.Cast(graph.LabelEncoder(word, ["é", "b"], [1, 2], 0), ElementType.Float);
        graph.Output("score", graph.Gemm(x, graph.Constant("weight", [1, -2, 0.5f], 1, 3), transB: true) + code);
        return graph;
    }
}
