namespace DataVersion.Trainer.Onnx;

/// <summary>What a tensor is made of, with the numbers of <c>TensorProto.DataType</c> (onnx.proto).</summary>
public enum ElementType
{
    /// <summary>32-bit floating point.</summary>
    Float = 1,

    /// <summary>Bytes.</summary>
    UInt8 = 2,

    /// <summary>32-bit integers.</summary>
    Int32 = 6,

    /// <summary>64-bit integers.</summary>
    Int64 = 7,

    /// <summary>UTF-8 text.</summary>
    String = 8,

    /// <summary>Truth values, one byte each.</summary>
    Bool = 9,

    /// <summary>64-bit floating point.</summary>
    Double = 11,
}

/// <summary>What the operators ask of element types.</summary>
internal static class ElementTypes
{
    /// <summary>True for the types that can be differentiated.</summary>
    internal static bool IsReal(this ElementType type) => type is ElementType.Float or ElementType.Double;

    /// <summary>True for the types that can be indices.</summary>
    internal static bool IsIndex(this ElementType type) => type is ElementType.Int32 or ElementType.Int64;
}
