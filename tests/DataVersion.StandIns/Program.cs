using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using DataVersion.Testing.Servers;

// Servers of the tests on all addresses, in memory, until SIGTERM:
// `server --port=N …` is MLflow with the real one's options and variables (what it is told to keep in a database it does not keep there); `s3 --port=N` an S3 server.
if (args is not ["server" or "s3", .. string[] options])
{
    Console.Error.WriteLine("usage: DataVersion.StandIns server|s3 --port=N …");
    return 2;
}
string Option(string name, string otherwise) => options.FirstOrDefault(o => o.StartsWith($"--{name}=", StringComparison.Ordinal))?[(name.Length + 3)..] ?? otherwise;
if (args[0] == "server" && (!options.Contains("--serve-artifacts") || Option("artifacts-destination", "").Length == 0))
{
    Console.Error.WriteLine("stand-in: --serve-artifacts and --artifacts-destination are missing");
    return 2;
}
using var ended = new ManualResetEventSlim();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    ended.Set();
});
int port = int.Parse(Option("port", "5000"), CultureInfo.InvariantCulture);
using IDisposable server = args[0] == "s3"
    ? new FakeS3(listensOn: new IPEndPoint(IPAddress.Any, port))
    {
        Refuse = request => request.Path == "/healthz" ? FakeAnswer.Text(200, "OK") : null,
    }
    : new MlflowServer(new MlflowServerOptions
    {
        ListensOn = IPAddress.Any,
        Port = port,
        ArtifactRoot = Option("default-artifact-root", "mlflow-artifacts:/"),
        AllowedHosts = Environment.GetEnvironmentVariable("MLFLOW_SERVER_ALLOWED_HOSTS")?.Split(','),
    });
Console.Error.WriteLine($"stand-in: listening on port {port}");
ended.Wait();
return 0;
