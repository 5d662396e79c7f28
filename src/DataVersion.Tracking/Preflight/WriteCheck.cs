using System.Runtime.InteropServices;

namespace DataVersion.Tracking.Preflight;

/// <summary>Looks whether files can be written, by writing one.</summary>
public static class WriteCheck
{
    // errno(3) of Linux; WindowsDiskFull is ERROR_DISK_FULL.
    private const int NoSpace = 28, ReadOnly = 30, Quota = 122, WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Writes a small file into a folder, or into the nearest one above that exists, and removes it.</summary>
    /// <param name="directory">An absolute path.</param>
    /// <returns>Null if that works; else the reason, which begins with the folder that was tried.</returns>
    public static string? Check(string directory)
    {
        string existing = ExistingFolder.Of(directory);
        if (File.Exists(existing))
            return $"'{existing}' is a file, not a folder";
        try
        {
            using var file = new FileStream(Path.Combine(existing, $".dv-write-{Guid.NewGuid():N}"), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
                BufferSize = 0,
            });
            file.WriteByte(0);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"'{existing}': {Describe(e)}";
        }
    }

    private static string Describe(Exception error) => error.HResult switch
    {
        _ when error is UnauthorizedAccessException { InnerException.HResult: not ReadOnly } => "permission denied",
        ReadOnly => "the file system is read-only",
        NoSpace or WindowsDiskFull => "no space left on the disk",
        Quota => "the disk quota is used up",
        > 0 and < 200 when !OperatingSystem.IsWindows() => Marshal.GetPInvokeErrorMessage(error.HResult),
        _ => error.Message.ReplaceLineEndings(" "),
    };
}
