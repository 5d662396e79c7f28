using System.Diagnostics;
using DataVersion.Tracking.Processes;
using Xunit;

namespace DataVersion.Tests.Tracking.Processes;

/// <summary>The way without posix_spawn, which Windows has.</summary>
public sealed class PortableChildTests : IDisposable
{
    private readonly ChildBox _box = new();

    public PortableChildTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "programs of Linux");

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task Arguments_environment_folder_and_code_are_the_given_ones()
    {
        _box.Variables["ODD"] = "a b";
        PortableChild child = Start("sh", "-c", "printf '%s|%s|%s|%s\\n' \"$1\" \"$ODD\" \"$HOME\" \"$PWD\" >out; exit 5", "sh", "x 'y' \"z\"");
        Assert.Equal(new ChildExit(5, null), await child.Exited);
        Assert.Equal($"x 'y' \"z\"|a b||{_box.Folder}", await _box.FileAsync("out"));
        child.Kill();
        child.Send(ForwardedSignal.Terminate);
        child.Dispose();
    }

    [Fact]
    public async Task Signals_arrive_and_a_stop_works_as_with_the_other()
    {
        using PortableChild child = Start("sh", "-c", "trap 'echo usr >usr' USR1; trap '' TERM; echo ready >ready; while :; do sleep 0.02; done");
        using var stop = new ChildStop(child, _box.Options, sharesTerminal: false);
        await _box.FileAsync("ready");
        stop.Handle(ForwardedSignal.User1);
        await _box.FileAsync("usr");
        stop.Handle(ForwardedSignal.Terminate);
        Assert.False(child.Exited.IsCompleted);
        var watch = Stopwatch.StartNew();
        stop.Handle(ForwardedSignal.Terminate);
        Assert.Equal(137, (await child.Exited).ShellCode);
        Assert.True(stop.HasKilled);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void What_cannot_be_started_is_told_apart()
    {
        _box.Write("plain", "", executable: false);
        _box.Write("script", "#!/none/python\n", executable: true);
        Assert.Equal(127, PortableChild.Start(_box.Start("no-such-command")).Problem!.Exit.ShellCode);
        Assert.Equal(126, PortableChild.Start(_box.Start("./plain")).Problem!.Exit.ShellCode);
        Assert.Equal(StartOutcome.NotExecutable, PortableChild.Start(_box.Start("./script")).Problem!.Outcome);
        Assert.Throws<FileAccessException>(() => PortableChild.Start(_box.Start("true") with { WorkingDirectory = _box.At("none") }));
    }

    private PortableChild Start(string command, params string[] arguments) => PortableChild.Start(_box.Start(command, arguments)).Child!;
}
