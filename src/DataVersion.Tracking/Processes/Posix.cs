using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace DataVersion.Tracking.Processes;

/// <summary>
/// The calls of POSIX that .NET has no API for: starting a process with attributes, waiting for one, signals to a group. The structures are handed
/// through as memory that is larger than any system's.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class Posix
{
    public const int NoEntry = 2, Interrupted = 4, TooBig = 7, ExecFormat = 8, Access = 13, NotDirectory = 20, Perm = 1, Loop = 40;

    public const int SignalPipe = 13;
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;
    public static readonly int SignalChild = OperatingSystem.IsLinux() ? 17 : 20;
    public static readonly int SignalContinue = OperatingSystem.IsLinux() ? 18 : 19;

    public const short SpawnSetGroup = 2;
    public const short SpawnSetDefaultSignals = 4;
    public const short SpawnSetMask = 8;

    /// <summary>More than posix_spawnattr_t, posix_spawn_file_actions_t, sigset_t, siginfo_t and struct sigaction have anywhere.</summary>
    public const int StructBytes = 1024;

    public const int WaitNoHang = 1;
    public const int WaitExited = 4;
    public const int IdAll = 0;
    public const int IdProcess = 1;
    public static readonly int WaitNoReap = OperatingSystem.IsLinux() ? 0x01000000 : 0x20;

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int Spawn(out int pid, string path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static unsafe partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static unsafe partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static unsafe partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    public static unsafe partial int AttributesSetGroup(void* attributes, int group);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static unsafe partial int AttributesSetDefaultSignals(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static unsafe partial int AttributesSetMask(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static unsafe partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static unsafe partial int ActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial int ActionsChangeDirectory(void* actions, string path);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static unsafe partial int EmptySet(void* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    public static unsafe partial int AddToSet(void* signals, int signal);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static unsafe partial int SignalAction(int signal, void* action, void* oldAction);

    /// <summary>The handler 0 is the default.</summary>
    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    public static partial nint SetSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getpgid", SetLastError = true)]
    public static partial int GroupOf(int process);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitProcess(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static unsafe partial int WaitId(int idType, int id, void* information, int options);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint UserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint GroupId();
}
