using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using DataVersion.Objects;

namespace DataVersion.Tracking.Processes;

/// <summary>
/// Starts a process by <c>posix_spawn</c>: in its own group if asked to, with an empty signal mask, and with default actions for the signals whose
/// disposition .NET changes and a new program would inherit (SIGPIPE, which .NET ignores: a child of System.Diagnostics.Process never sees it).
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static unsafe class UnixSpawn
{
    private const string Shell = "/bin/sh";

    /// <summary>The id of the new process, or why there is none.</summary>
    /// <exception cref="EntryPointNotFoundException">This system's C library lacks one of the calls.</exception>
    /// <exception cref="UsageException">Arguments and environment are larger than the system allows.</exception>
    /// <exception cref="FileAccessException">The working directory is missing, or the system has no room for another process.</exception>
    public static (int Id, ChildNotStarted? Problem) Start(ChildStart start)
    {
        if (!Directory.Exists(start.WorkingDirectory))
            throw new FileAccessException(start.WorkingDirectory, "no such folder to start the command in");
        (string? path, ChildNotStarted? problem) = CommandSearch.Find(start);
        if (path is null)
            return (0, problem);
        int error = Spawn(start, path, [start.FileName, .. start.Arguments], out int id);
        // What has no "#!" line is a script for the shell: execvp and every shell do the same.
        if (error == Posix.ExecFormat && LooksLikeText(path))
            error = Spawn(start, Shell, [Shell, path, .. start.Arguments], out id);
        return error == 0 ? (id, null) : (0, Explain(start, path, error));
    }

    private static ChildNotStarted Explain(ChildStart start, string path, int error)
    {
        string command = $"'{PathRules.Printable(start.FileName)}'";
        string? reason = error switch
        {
            Posix.Access or Posix.Perm => "permission denied",
            // The file was there a moment ago: what is missing is the interpreter of its first line, or its loader.
            Posix.NoEntry => $"'{PathRules.Printable(path)}' is there, but not the interpreter or loader that it names",
            Posix.ExecFormat => "not a program for this machine",
            Posix.NotDirectory or Posix.Loop => Marshal.GetPInvokeErrorMessage(error),
            _ => null,
        };
        if (reason is not null)
            return new ChildNotStarted(StartOutcome.NotExecutable, $"{command}: {reason}");
        throw error == Posix.TooBig
            ? new UsageException($"the arguments and the environment of {command} are larger than this system allows",
                "pass large parameters by a file (--params-file)")
            : new FileAccessException(path, $"cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static int Spawn(ChildStart start, string path, string[] arguments, out int id)
    {
        using var nativeArguments = new NativeStrings(arguments);
        using var environment = new NativeStrings([.. start.Environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        byte* memory = (byte*)NativeMemory.AllocZeroed(3 * Posix.StructBytes);
        byte* attributes = memory, actions = memory + Posix.StructBytes, signals = memory + 2 * Posix.StructBytes;
        try
        {
            Check(Posix.AttributesInit(attributes));
            Check(Posix.ActionsInit(actions));
            try
            {
                Check(Posix.EmptySet(signals));
                Check(Posix.AttributesSetMask(attributes, signals));
                Check(Posix.AddToSet(signals, Posix.SignalPipe));
                Check(Posix.AddToSet(signals, Posix.SignalChild));
                if (start.NewProcessGroup)
                {
                    // A shell that started us in the background has these two ignored (POSIX, "Asynchronous Lists"), which is for its terminal's sake: the
                    // child's own group gets none from there, only what is passed on.
                    Check(Posix.AddToSet(signals, ForwardedSignal.Interrupt.Number()));
                    Check(Posix.AddToSet(signals, ForwardedSignal.Quit.Number()));
                }
                Check(Posix.AttributesSetDefaultSignals(attributes, signals));
                Check(Posix.AttributesSetGroup(attributes, 0));
                short group = start.NewProcessGroup ? Posix.SpawnSetGroup : (short)0;
                Check(Posix.AttributesSetFlags(attributes, (short)(Posix.SpawnSetMask | Posix.SpawnSetDefaultSignals | group)));
                Check(Posix.ActionsChangeDirectory(actions, start.WorkingDirectory));
                return Posix.Spawn(out id, path, actions, attributes, nativeArguments.Pointer, environment.Pointer);
            }
            finally
            {
                _ = Posix.AttributesDestroy(attributes);
                _ = Posix.ActionsDestroy(actions);
            }
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    private static void Check(int result)
    {
        if (result != 0)
            throw new InvalidOperationException($"posix_spawn cannot be prepared (error {result})");
    }

    /// <summary>As bash decides: no NUL in the beginning.</summary>
    private static bool LooksLikeText(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            Span<byte> head = stackalloc byte[80];
            return !head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)].Contains((byte)0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
