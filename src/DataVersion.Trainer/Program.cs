using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using DataVersion.Trainer;

// The process's side of the program: streams, environment, signals. What it does is TrainerApplication's.
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var output = new StreamWriter(Console.OpenStandardOutput(), utf8) { NewLine = "\n" };
using var error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true, NewLine = "\n" };
using var stop = new CancellationTokenSource();
int signal = 0;
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, TrainerExitCodes.Interrupted));
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, TrainerExitCodes.Terminated));

var host = new TrainerHost
{
    Output = output,
    Error = error,
    Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal),
};
int code = await TrainerApplication.RunAsync(args, host, stop.Token);
return code == TrainerExitCodes.Interrupted && signal != 0 ? signal : code;

void Stop(PosixSignalContext context, int exitCode)
{
    context.Cancel = true;
    // The second one ends the process at once; the checkpoint's file is the old or the new one, never half of one.
    if (Interlocked.CompareExchange(ref signal, exitCode, 0) != 0)
        Environment.Exit(signal);
    _ = Task.Run(stop.Cancel);
}
