using System.Collections;
using System.Reflection;
using System.Text;
using DataVersion;
using DataVersion.Serving;
using DataVersion.Serving.Http;

// The process's side of the server: streams, environment, exit codes. What it does is ServingApplication's.
const int Done = 0;
const int Usage = 2;

using var error = new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" };
string version = typeof(ServingApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
var host = new ServingHost
{
    Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal),
    WorkingDirectory = Environment.CurrentDirectory,
    Log = error,
    TemporaryDirectory = Path.GetTempPath(),
    Version = version,
    HandlesSignals = true,
};
if (args.Contains("--version"))
{
    Console.Out.WriteLine($"dv-serve {version}");
    return Done;
}
if (args.Contains("--help") || args.Contains("-h"))
{
    Console.Out.Write(ServingHelp.Text);
    return Done;
}
if (HealthProbe.IsAsked(args))
    return await HealthProbe.RunAsync(args, host, CancellationToken.None);
try
{
    await using WebApplication server = ServingApplication.Create(args, host);
    await server.RunAsync();
    return Done;
}
catch (OperationCanceledException)
{
    // Requests were left when the time to drain was over.
    return Done;
}
catch (DataVersionException e)
{
    error.WriteLine($"dv-serve: error: {e.Message}{(e.Hint is null ? "" : $" ({e.Hint})")}");
    return Usage;
}
catch (Exception e) when (e is IOException or FormatException or InvalidOperationException)
{
    error.WriteLine($"dv-serve: error: the server cannot start: {e.Message.ReplaceLineEndings(" ")}");
    return Usage;
}
