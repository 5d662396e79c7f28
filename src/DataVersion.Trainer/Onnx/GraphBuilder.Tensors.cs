namespace DataVersion.Trainer.Onnx;

/// <summary>Operators on whole tensors (onnx/docs/Operators.md, opset 18).</summary>
public sealed partial class GraphBuilder
{
    /// <summary><c>MatMul</c> (since 13), of two matrices.</summary>
    public Value MatMul(Value a, Value b)
    {
        Require(a.Type.IsReal() && a.Type == b.Type && a.Shape.Rank == 2 && b.Shape.Rank == 2 && a.Shape[1] == b.Shape[0], "MatMul", a, b);
        return Apply("MatMul", a.Type, new Shape(a.Shape[0], b.Shape[1]), [a, b]);
    }

    /// <summary><c>Gemm</c> (since 13), with alpha = beta = 1: A'·B' + C, where A' is A or its transpose, B' likewise, and C is broadcast.</summary>
    public Value Gemm(Value a, Value b, Value? c = null, bool transA = false, bool transB = false)
    {
        Require(a.Type.IsReal() && a.Type == b.Type && a.Shape.Rank == 2 && b.Shape.Rank == 2, "Gemm", a, b);
        (Dimension m, Dimension k) = transA ? (a.Shape[1], a.Shape[0]) : (a.Shape[0], a.Shape[1]);
        (Dimension inner, Dimension n) = transB ? (b.Shape[1], b.Shape[0]) : (b.Shape[0], b.Shape[1]);
        var shape = new Shape(m, n);
        Require(k == inner, "Gemm", a, b);
        if (c is not null)
            Require(c.Type == a.Type && Shape.Broadcast(shape, c.Shape).Equals(shape), "Gemm", a, b, c);
        OnnxAttribute[] attributes =
        [
            .. transA ? [new OnnxAttribute("transA", 1L)] : Array.Empty<OnnxAttribute>(),
            .. transB ? [new OnnxAttribute("transB", 1L)] : Array.Empty<OnnxAttribute>(),
        ];
        return Apply("Gemm", a.Type, shape, c is null ? [a, b] : [a, b, c], attributes);
    }

    /// <summary><c>ReduceSum</c> (since 13) over some axes, or over all of them.</summary>
    public Value ReduceSum(Value x, bool keepDims, params int[] axes) => Reduce("ReduceSum", x, keepDims, axes);

    /// <summary><c>ReduceMean</c> (since 18) over some axes, or over all of them.</summary>
    public Value ReduceMean(Value x, bool keepDims, params int[] axes) => Reduce("ReduceMean", x, keepDims, axes);

    /// <summary><c>Gather</c> (since 13): the entries of an axis that <paramref name="indices"/> names.</summary>
    public Value Gather(Value data, Value indices, int axis = 0)
    {
        Require(indices.Type.IsIndex() && data.Shape.Rank > 0, "Gather", data, indices);
        int at = data.Shape.Axis(axis);
        var shape = new Shape([.. data.Shape.Dims.Take(at), .. indices.Shape.Dims, .. data.Shape.Dims.Skip(at + 1)]);
        return Apply("Gather", data.Type, shape, [data, indices], new OnnxAttribute("axis", (long)at));
    }

    /// <summary>
    /// <c>ScatterND</c> (since 18) with reduction <c>add</c>, of whole rows: <paramref name="updates"/>[i] is added to row <paramref name="indices"/>[i, 0] of <paramref name="data"/>; an
    /// index may come several times.
    /// </summary>
    public Value ScatterAddRows(Value data, Value indices, Value updates)
    {
        Require(indices.Type == ElementType.Int64 && indices.Shape.Rank == 2 && indices.Shape[1] == 1 && data.Type == updates.Type && data.Shape.Rank == 2
            && updates.Shape.Equals(new Shape(indices.Shape[0], data.Shape[1])), "ScatterND", data, indices, updates);
        return Apply("ScatterND", data.Type, data.Shape, [data, indices, updates], new OnnxAttribute("reduction", "add"));
    }

    /// <summary><c>Concat</c> (since 13).</summary>
    public Value Concat(int axis, params Value[] parts)
    {
        Require(parts.Length > 0 && parts.All(p => p.Type == parts[0].Type && p.Shape.Rank == parts[0].Shape.Rank && p.Shape.Rank > 0), "Concat", parts);
        if (parts.Length == 1)
            return parts[0];
        int at = parts[0].Shape.Axis(axis);
        Require(parts.All(p => p.Shape[at].IsFixed && p.Shape.With(at, 1).Equals(parts[0].Shape.With(at, 1))), "Concat", parts);
        return Apply("Concat", parts[0].Type, parts[0].Shape.With(at, parts.Sum(p => p.Shape[at].Factor)), [.. parts], new OnnxAttribute("axis", (long)at));
    }

    /// <summary><c>Split</c> (since 18) into parts of given sizes.</summary>
    public IReadOnlyList<Value> Split(Value x, int axis, params long[] sizes)
    {
        int at = x.Shape.Axis(axis);
        Require(x.Shape[at].IsFixed && sizes.Sum() == x.Shape[at].Factor && sizes.All(s => s > 0), "Split", x);
        return sizes.Length == 1 ? [x]
            : Apply("Split", "", [.. sizes.Select(s => (x.Type, x.Shape.With(at, s)))], [x, Integers(sizes)], new OnnxAttribute("axis", (long)at));
    }

    /// <summary><c>Slice</c> (since 13): entries of an axis from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    public Value Slice(Value x, int axis, long start, long end)
    {
        int at = x.Shape.Axis(axis);
        Require(start >= 0 && end > start && x.Shape[at].IsFixed && end <= x.Shape[at].Factor, "Slice", x);
        return Apply("Slice", x.Type, x.Shape.With(at, end - start), [x, Integers(start), Integers(end), Integers(at)]);
    }

    /// <summary><c>Slice</c> (since 13) of the outermost axis, from and to where is said when the graph runs.</summary>
    /// <param name="x">What to cut.</param>
    /// <param name="start">The first row, <c>int64[1]</c>.</param>
    /// <param name="end">Behind the last row, <c>int64[1]</c>.</param>
    /// <param name="rows">What the number of rows is called.</param>
    public Value Slice(Value x, Value start, Value end, string rows)
    {
        var one = new Shape(1);
        Require(x.Shape.Rank > 0 && start.Type == ElementType.Int64 && end.Type == ElementType.Int64 && start.Shape.Equals(one) && end.Shape.Equals(one), "Slice", x, start, end);
        return Apply("Slice", x.Type, x.Shape.With(0, rows), [x, start, end, Integers(0)]);
    }

    /// <summary><c>Reshape</c> (since 14): as many elements in other dimensions, of which at most one is not known.</summary>
    public Value Reshape(Value x, params Dimension[] shape)
    {
        var target = new Shape(shape);
        Require(x.Shape.HasCountOf(target) && shape.Count(d => !d.IsFixed) <= 1, $"Reshape to {target}", x);
        return x.Shape.Equals(target) ? x : Apply("Reshape", x.Type, target, [x, Integers([.. shape.Select(d => d.IsFixed ? d.Factor : -1)])]);
    }

    /// <summary><c>Transpose</c> (since 13) of a matrix.</summary>
    public Value Transpose(Value x)
    {
        Require(x.Shape.Rank == 2, "Transpose", x);
        return Apply("Transpose", x.Type, new Shape(x.Shape[1], x.Shape[0]), [x], new OnnxAttribute("perm", new long[] { 1, 0 }));
    }

    /// <summary><c>Expand</c> (since 13): repeats along dimensions of size 1, to the shape of another value (<c>Shape</c>, since 15).</summary>
    public Value ExpandLike(Value x, Value like)
    {
        Require(Shape.Broadcast(x.Shape, like.Shape).Equals(like.Shape), "Expand", x, like);
        return x.Shape.Equals(like.Shape) ? x
            : Apply("Expand", x.Type, like.Shape, [x, Apply("Shape", ElementType.Int64, new Shape(like.Shape.Rank), [like])]);
    }

    /// <summary><c>Size</c> (since 13): how many elements there are, as a scalar of the type of <paramref name="x"/>.</summary>
    public Value Size(Value x) => Cast(Apply("Size", ElementType.Int64, Shape.Scalar, [x]), x.Type);

    private Value Reduce(string op, Value x, bool keepDims, int[] axes)
    {
        Require(x.Type.IsReal(), op, x);
        HashSet<int> reduced = [.. axes.Length == 0 ? Enumerable.Range(0, x.Shape.Rank) : axes.Select(x.Shape.Axis)];
        IEnumerable<Dimension> dims = keepDims
            ? x.Shape.Dims.Select((d, i) => reduced.Contains(i) ? 1 : d)
            : x.Shape.Dims.Where((_, i) => !reduced.Contains(i));
        var keep = new OnnxAttribute("keepdims", keepDims ? 1L : 0L);
        var shape = new Shape([.. dims]);
        return axes.Length == 0 ? Apply(op, x.Type, shape, [x], keep) : Apply(op, x.Type, shape, [x, Integers([.. reduced.Order().Select(i => (long)i)])], keep);
    }
}
