using System.Globalization;

namespace DataVersion.Trainer.Onnx;

/// <summary>A dimension: a number, or a number times a size that is only known when the graph runs.</summary>
/// <param name="Factor">The number.</param>
/// <param name="Name">The size that is not known; null where all is.</param>
public readonly record struct Dimension(long Factor, string? Name = null)
{
    /// <summary>True where the size is known.</summary>
    public bool IsFixed => Name is null;

    /// <summary>A number is a dimension.</summary>
    public static implicit operator Dimension(long size) => new(size);

    /// <summary>A name is a dimension.</summary>
    public static implicit operator Dimension(string name) => new(1, name);

    /// <summary><c>3</c>, <c>rows</c>, <c>3*rows</c>.</summary>
    public override string ToString() =>
        Name is null ? Factor.ToString(CultureInfo.InvariantCulture) : Factor == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Factor}*{Name}");
}

/// <summary>The dimensions of a tensor; none of a scalar.</summary>
public sealed class Shape(params Dimension[] dims) : IEquatable<Shape>
{
    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new();

    /// <summary>The dimensions, the outermost first.</summary>
    public IReadOnlyList<Dimension> Dims { get; } = dims;

    /// <summary>How many dimensions there are.</summary>
    public int Rank => Dims.Count;

    /// <summary>One dimension; negative numbers count from the end.</summary>
    public Dimension this[int axis] => Dims[Axis(axis)];

    /// <summary>How many elements there are.</summary>
    /// <exception cref="GraphException">That is not known before the graph runs.</exception>
    public long Count => Dims.All(d => d.IsFixed) ? Dims.Aggregate(1L, (n, d) => n * d.Factor) : throw new GraphException($"the size of {this} is not known");

    /// <summary>The axis as a number from 0.</summary>
    /// <exception cref="GraphException">There is no such axis.</exception>
    public int Axis(int axis) =>
        axis >= -Rank && axis < Rank ? (axis < 0 ? axis + Rank : axis) : throw new GraphException($"{this} has no axis {axis}");

    /// <summary>The same with another dimension.</summary>
    public Shape With(int axis, Dimension dim)
    {
        var dims = Dims.ToArray();
        dims[Axis(axis)] = dim;
        return new Shape(dims);
    }

    /// <summary>True where both have as many elements, whatever the sizes that are not known.</summary>
    public bool HasCountOf(Shape other)
    {
        static (long, string) Size(Shape s) =>
            (s.Dims.Aggregate(1L, (n, d) => n * d.Factor), string.Join('*', s.Dims.Where(d => !d.IsFixed).Select(d => d.Name).Order(StringComparer.Ordinal)));
        return Size(this) == Size(other);
    }

    /// <summary>The shape of <c>a + b</c> (ONNX, Broadcasting.md: multidirectional, as in NumPy).</summary>
    /// <exception cref="GraphException">They do not fit.</exception>
    public static Shape Broadcast(Shape a, Shape b)
    {
        var dims = new Dimension[Math.Max(a.Rank, b.Rank)];
        for (int i = 1; i <= dims.Length; i++)
        {
            Dimension x = i <= a.Rank ? a[-i] : 1, y = i <= b.Rank ? b[-i] : 1;
            dims[^i] = x == y || y == 1 ? x : x == 1 ? y : throw new GraphException($"{a} and {b} do not fit together");
        }
        return new Shape(dims);
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && Dims.SequenceEqual(other.Dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => Dims.Aggregate(17, HashCode.Combine);

    /// <summary><c>[rows, 3]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Dims)}]";
}

/// <summary>A graph was put together wrongly: a fault of the program, found before anything runs.</summary>
public sealed class GraphException(string message) : InvalidOperationException(message);
