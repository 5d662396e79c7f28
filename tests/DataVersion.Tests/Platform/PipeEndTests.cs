using System.IO.Pipes;
using DataVersion.Platform;
using Xunit;

namespace DataVersion.Tests.Platform;

public class PipeEndTests
{
    [Fact]
    public void A_pipe_has_a_reader_until_its_other_end_is_closed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "poll(2) is asked on Linux only");
        using var end = new AnonymousPipeServerStream(PipeDirection.Out);
        int descriptor = (int)end.SafePipeHandle.DangerousGetHandle();

        bool before = PipeEnd.HasReader(descriptor);
        end.ClientSafePipeHandle.Dispose();

        Assert.True(before);
        // A program that another test starts has the other end, too, for the moment between fork and exec.
        Assert.True(SpinWait.SpinUntil(() => !PipeEnd.HasReader(descriptor), TimeSpan.FromMinutes(1)), "it goes on having a reader");
    }

    [Fact]
    public void What_is_no_pipe_counts_as_read()
    {
        using FileStream file = File.Create(Path.GetTempFileName(), 1, FileOptions.DeleteOnClose);

        Assert.True(PipeEnd.HasReader((int)file.SafeFileHandle.DangerousGetHandle()));
        Assert.True(PipeEnd.HasReader(-1));
    }
}
