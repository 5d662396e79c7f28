using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace DataVersion.Testing.Native;

/// <summary>Makes shared libraries from C. Where there is no gcc, the test that asks is skipped.</summary>
public static class NativeLibraryBuilder
{
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> Built = [];

    /// <summary>Compiles a source into a library at a path, whose folder is made. The same source is compiled once.</summary>
    public static string Build(string path, string source)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "shared libraries are built on Linux only");
        byte[] library = Built.GetOrAdd(source, s => new Lazy<byte[]>(() => Compile(s))).Value;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Never written over: another test's copy of the same name may be mapped.
        File.Delete(path);
        File.WriteAllBytes(path, library);
        return path;
    }

    private static byte[] Compile(string source)
    {
        using var folder = new TempFolder();
        string path = folder.At("library.so");
        var start = new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O0", "-w", "-x", "c", "-o", path, "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using Process gcc = Start(start);
        gcc.StandardInput.Write(source);
        gcc.StandardInput.Close();
        string errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.True(gcc.ExitCode == 0, errors);
        return File.ReadAllBytes(path);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("there is no gcc");
            throw;
        }
    }
}
