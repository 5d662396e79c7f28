using System.Runtime.InteropServices;
using System.Text;

namespace DataVersion.Tracking.Processes;

/// <summary>A list of strings as C has it: pointers to UTF-8 that ends in NUL, and a null pointer at the end.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly byte** _pointers;
    private readonly int _count;

    public NativeStrings(IReadOnlyCollection<string> strings)
    {
        _pointers = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        foreach (string text in strings)
        {
            int length = Encoding.UTF8.GetByteCount(text);
            byte* bytes = (byte*)NativeMemory.Alloc((nuint)length + 1);
            Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
            bytes[length] = 0;
            _pointers[_count++] = bytes;
        }
    }

    public byte** Pointer => _pointers;

    public void Dispose()
    {
        for (int i = 0; i < _count; i++)
            NativeMemory.Free(_pointers[i]);
        NativeMemory.Free(_pointers);
    }
}
