namespace DataVersion.Platform;

/// <summary>What can be told of the other end of a pipe.</summary>
internal static class PipeEnd
{
    private const short Error = 8;

    /// <summary>False where a descriptor writes into a pipe or socket whose reader has gone (poll(2): <c>POLLERR</c>); true for everything else, and where that cannot be told.</summary>
    public static bool HasReader(int descriptor)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        var poll = new Libc.PollDescriptor { Descriptor = descriptor };
        return Libc.Poll(ref poll, 1, 0) <= 0 || (poll.Found & Error) == 0;
    }
}
