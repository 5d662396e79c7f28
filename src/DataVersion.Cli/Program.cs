using System.Collections;
using System.Text;
using DataVersion.Cli;

// The process's side of the program: streams, environment, signals. What it does is CliApplication's.
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var output = new StreamWriter(Console.OpenStandardOutput(), utf8, bufferSize: 16 * 1024) { NewLine = "\n" };
using var error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true, NewLine = "\n" };
// Not Console.In, which sets the terminal up for key presses.
using var input = new StreamReader(Console.OpenStandardInput(), utf8);
using var signals = new Signals(error);

var host = new CliHost
{
    Output = output,
    Error = TextWriter.Synchronized(error),
    OpenOutput = StandardOutput.Open,
    HasReader = StandardOutput.HasReader,
    Input = Console.IsInputRedirected ? null : input,
    IsOutputTerminal = !Console.IsOutputRedirected,
    TerminalWidth = Console.IsOutputRedirected ? null : Console.WindowWidth,
    IsErrorTerminal = !Console.IsErrorRedirected,
    Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal),
    WorkingDirectory = Environment.CurrentDirectory,
    TakeSignals = signals.TakeOver,
    User = Environment.UserName is { Length: > 0 } user ? user : null,
    SystemConfigFile = OperatingSystem.IsWindows() ? null : "/etc/dv/config",
};
FailPoints.Arm(host.Variable("DV_FAILPOINT"));
int code = await CliApplication.RunAsync(args, host, signals.Token);
return code == ExitCodes.Interrupted ? signals.ExitCode : code;
