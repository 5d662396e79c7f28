using System.Text;

namespace DataVersion.Tracking.Processes;

/// <summary>
/// The file from which Kubernetes takes the reason of a container's end: at most 4,096 bytes
/// (<c>terminationMessagePath</c> in its documentation). It is there only in a pod.
/// </summary>
public static class TerminationLog
{
    /// <summary>Where Kubernetes puts the file unless the pod says otherwise.</summary>
    public const string DefaultPath = "/dev/termination-log";

    /// <summary>What Kubernetes reads at most.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Writes the reason where the file exists; it is never created. The end of a text that is too long is left out. Throws nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">The reason, without secrets.</param>
    /// <returns>True if it was written.</returns>
    public static bool Write(string path, string text)
    {
        try
        {
            if (!File.Exists(path))
                return false;
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            if (stream.CanSeek)
                stream.SetLength(0);
            stream.Write(bytes.AsSpan(0, Cut(bytes)));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>At most 4,096 bytes that end between two characters.</summary>
    private static int Cut(byte[] utf8)
    {
        if (utf8.Length <= MaxBytes)
            return utf8.Length;
        int length = MaxBytes;
        while (length > 0 && (utf8[length] & 0xC0) == 0x80)
            length--;
        return length;
    }
}
