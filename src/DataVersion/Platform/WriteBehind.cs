using Microsoft.Win32.SafeHandles;

namespace DataVersion.Platform;

/// <summary>Lets a file that is written from its beginning to its end, and then flushed, go to the disk meanwhile: the flush finds little left to do.</summary>
internal sealed class WriteBehind(SafeFileHandle file)
{
    private const long Step = 8 * 1024 * 1024;
    private long _begun;

    /// <summary>Everything before <paramref name="end"/> has been written to the file.</summary>
    public void Wrote(long end)
    {
        if (end - _begun < Step)
            return;
        FileSync.StartWriteBack(file, _begun, end - _begun);
        _begun = end;
    }
}
