using System.Runtime.InteropServices;

namespace DataVersion.Tracking.Preflight;

/// <summary>
/// A shared library that was loaded to be asked a few questions. It stays loaded: libraries of this kind set up handlers for the process's end, and
/// taking them away from under those is worse than a mapping that nobody uses.
/// </summary>
internal sealed unsafe partial class NativeModule
{
    private readonly nint _handle;

    private NativeModule(nint handle) => _handle = handle;

    /// <summary>Loads a library by a name for the loader, or by its path; null where that fails.</summary>
    internal static NativeModule? TryLoad(string nameOrPath) => NativeLibrary.TryLoad(nameOrPath, out nint handle) ? new NativeModule(handle) : null;

    /// <summary>The address of a function; 0 where the library has none of that name.</summary>
    internal nint Find(string function) => NativeLibrary.TryGetExport(_handle, function, out nint address) ? address : 0;

    /// <summary>The file that holds a function, as the loader found it; null where that cannot be told.</summary>
    internal string? PathOf(string function)
    {
        if (Find(function) is not (not 0 and var address) || !OperatingSystem.IsLinux())
            return null;
        try
        {
            return DlAddr(address, out DlInfo info) != 0 ? Marshal.PtrToStringUTF8(info.FileName) : null;
        }
        catch (EntryPointNotFoundException)
        {
            // Before version 2.34 of the GNU C library it stands in another library.
            return null;
        }
    }

    /// <summary>The text in a buffer that a library has filled, up to its first zero.</summary>
    internal static string Text(ReadOnlySpan<byte> buffer)
    {
        int end = buffer.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? buffer : buffer[..end]);
    }

    [LibraryImport("libc", EntryPoint = "dladdr")]
    private static partial int DlAddr(nint address, out DlInfo info);

    /// <summary>Dl_info of dladdr(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct DlInfo
    {
        public nint FileName;
        public nint Base;
        public nint SymbolName;
        public nint Symbol;
    }
}
