using System.ComponentModel;
using System.Diagnostics;
using DataVersion.Compression;
using DataVersion.Testing;
using Xunit;

namespace DataVersion.Tests.Compression;

/// <summary>Whoever has no dv any more gets the data back with the program zstd; and what that program writes is read.</summary>
public sealed class ZstdProgramTests
{
    public static TheoryData<string, byte[]> Contents => new()
    {
        { "empty", [] },
        { "one byte", [1] },
        { "a frame", Samples.Text(Samples.MiB) },
        { "mixed", [.. Samples.Text(2_000_000), .. Samples.Noise(1_500_000), .. new byte[2 * Samples.MiB]] },
    };

    [Theory]
    [MemberData(nameof(Contents), DisableDiscoveryEnumeration = true)]
    public async Task It_restores_a_seekable_file(string name, byte[] raw)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.At("a.zst"), await Samples.SeekableAsync(raw));

        Zstd("-q", "-d", folder.At("a.zst"));

        Assert.True(File.ReadAllBytes(folder.At("a")).AsSpan().SequenceEqual(raw), name);
    }

    [Theory]
    [MemberData(nameof(Contents), DisableDiscoveryEnumeration = true)]
    public void It_restores_a_frame_and_its_own_are_read(string name, byte[] raw)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.At("a.zst"), Samples.Frame(raw));

        Zstd("-q", "-d", folder.At("a.zst"));
        Assert.True(File.ReadAllBytes(folder.At("a")).AsSpan().SequenceEqual(raw), name);

        foreach (string[] options in new string[][] { ["-1", "--no-check"], ["-3", "--check"], ["-12", "--no-content-size"], ["-19", "--long=27"] })
        {
            Zstd(["-q", "-f", .. options, folder.At("a"), "-o", folder.At("b.zst")]);
            var read = new byte[raw.Length];
            Assert.True(ZstdFrame.TryDecompress(File.ReadAllBytes(folder.At("b.zst")), read), string.Join(' ', options));
            Assert.Equal(raw, read);
        }
    }

    private static void Zstd(params string[] arguments)
    {
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo("zstd", arguments) { RedirectStandardError = true });
        }
        catch (Win32Exception)
        {
            Assert.Skip("the program zstd is not installed");
        }
        using (process)
        {
            string said = process!.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
        }
    }
}
