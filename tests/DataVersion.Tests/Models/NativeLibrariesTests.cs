using System.Text;
using DataVersion.Trainer.Data.DuckDb;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace DataVersion.Tests.Models;

/// <summary>The C libraries of the packages are found beside the program, and are the ones that the code is written for.</summary>
public class NativeLibrariesTests
{
    [Fact]
    public void Onnx_runtime_adds_two_vectors_on_the_cpu()
    {
        using var session = new InferenceSession(AddModel());
        using OrtValue a = OrtValue.CreateTensorValueFromMemory([1f, 2f, 3f], [3]);
        using OrtValue b = OrtValue.CreateTensorValueFromMemory([10f, 20f, 30.5f], [3]);

        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["a", "b"], [a, b], ["c"]);

        Assert.Equal([11f, 22f, 33.5f], results[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void DuckDb_answers_a_query()
    {
        using var database = DuckDatabase.Open(new DuckSettings());
        using DuckConnection connection = database.Connect();

        Assert.Equal(42, Query(connection, "select 42::bigint"));
        Assert.Equal(4_999_950_000, Query(connection, "select sum(i)::bigint from range(100000) t(i)"));
        Assert.Null(Query(connection, "select null::bigint"));
        Assert.Null(Query(connection, "select 1::bigint where false"));
    }

    [Fact]
    public void DuckDb_says_what_is_wrong_with_a_query()
    {
        using var database = DuckDatabase.Open(new DuckSettings());
        using DuckConnection connection = database.Connect();

        var error = Assert.Throws<DuckException>(() => Query(connection, "select nothing_of_the_kind"));

        Assert.Contains("nothing_of_the_kind", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, Query(connection, "select 1::bigint"));
    }

    [Fact]
    public void DuckDb_is_of_the_version_that_is_bound() =>
        Assert.StartsWith("v1.5.", DuckNative.TextOf(DuckNative.LibraryVersion()), StringComparison.Ordinal);

    private static long? Query(DuckConnection connection, string sql)
    {
        using DuckStatement statement = connection.Prepare(sql);
        using DuckResult result = statement.Execute();
        using DuckChunk? chunk = result.TryFetch();
        return chunk is null || chunk.Column(0).IsMissing(0) ? null : chunk.Column(0).Values<long>()[0];
    }

    /// <summary>onnx.proto, by hand: ModelProto with ir_version 8, opset 17 and one node c = Add(a, b), all float[3].</summary>
    private static byte[] AddModel()
    {
        byte[] node = [.. Message(1, "a"), .. Message(1, "b"), .. Message(2, "c"), .. Message(4, "Add")];
        byte[] graph = [.. Message(1, node), .. Message(2, "g"), .. Message(11, Vector("a")), .. Message(11, Vector("b")), .. Message(12, Vector("c"))];
        return [.. Number(1, 8), .. Message(7, graph), .. Message(8, Number(2, 17))];
    }

    // ValueInfoProto { name, type: TypeProto { tensor_type { elem_type: FLOAT, shape { dim { dim_value: 3 } } } } }
    private static byte[] Vector(string name) =>
        [.. Message(1, name), .. Message(2, Message(1, [.. Number(1, 1), .. Message(2, Message(1, Number(1, 3)))]))];

    private static byte[] Number(int field, byte value) => [(byte)(field << 3), value];

    private static byte[] Message(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    // A length in one byte: all of it is shorter than 128.
    private static byte[] Message(int field, byte[] content) => [(byte)((field << 3) | 2), checked((byte)(sbyte)content.Length), .. content];
}
