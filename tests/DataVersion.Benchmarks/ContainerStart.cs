using System.Diagnostics;
using System.Globalization;
using DataVersion.Testing.Containers;
using DataVersion.Testing.Models;

namespace DataVersion.Benchmarks;

/// <summary>
/// The start of a container (podman): from the command, which makes it, to the program's first answer; beside the same files outside of one, taken out of the image,
/// and beside a container that says one word, which is the engine's own share.
/// </summary>
/// <param name="scratch">A folder for what is taken out.</param>
/// <param name="runs">How often; one more is not counted.</param>
/// <param name="engine">The images' storage; null for podman's own.</param>
internal sealed class ContainerStart(string scratch, int runs, ContainerEngine? engine)
{
    // As docs/operations.md starts them. The host's network: a network of its own is another program's time.
    private static readonly string[] Options =
        ["run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--network", "host", "--no-healthcheck", "--pull", "never"];

    private int _taken;

    internal async Task RunAsync(string dv, string train, string serve)
    {
        Console.WriteLine("| image | first answer | in a container | outside | in ÷ outside | `echo` in it |\n|---|---|---|---|---|---|");
        await CompareAsync(dv, "dv", "`dv version`", "version");
        await CompareAsync(train, "dv", "`dv version`", "version");
        await CompareAsync(train, "dv-train", "`dv-train --version`", "--version");
        await CompareServerAsync(serve);
    }

    private async Task CompareAsync(string image, string program, string answer, params string[] arguments)
    {
        string folder = TakeOut(image, program);
        var (inside, outside, empty) = (new List<double>(), new List<double>(), new List<double>());
        for (int run = 0; run <= runs; run++)
        {
            inside.Add(await FirstLineAsync(Podman([.. Options, "--entrypoint", program, image, .. arguments])));
            outside.Add(await FirstLineAsync(Outside(folder, program, arguments)));
            empty.Add(await EchoAsync(image));
        }
        Line(image, answer, inside, outside, empty);
    }

    private async Task CompareServerAsync(string image)
    {
        string folder = TakeOut(image, "dv-serve");
        string model = Path.Combine(scratch, "model");
        new TinyModel().WriteTo(model);
        // The container's user is another one.
        Output(new ProcessStartInfo("chmod", ["-R", "a+rX", model]));
        var (inside, outside, empty) = (new List<(double Lives, double Ready)>(), new List<(double Lives, double Ready)>(), new List<double>());
        for (int run = 0; run <= runs; run++)
        {
            int port = ServingBenchmark.FreePort();
            string name = string.Create(CultureInfo.InvariantCulture, $"dv-bench-{Environment.ProcessId}-{run}");
            string ports = string.Create(CultureInfo.InvariantCulture, $"ASPNETCORE_HTTP_PORTS={port}");
            inside.Add(await ListenAsync(port, Podman([.. Options, "--name", name, "--volume", $"{model}:/model:ro", "--env", "MODEL_URI=/model", "--env", ports, image]),
                async () => await EndOf(Podman(["rm", "--force", "--time", "0", name]))));
            port = ServingBenchmark.FreePort();
            ProcessStartInfo start = Outside(folder, "dv-serve");
            start.Environment["MODEL_URI"] = model;
            start.Environment["MODEL_CACHE_DIR"] = Path.Combine(scratch, "cache");
            start.Environment["ASPNETCORE_HTTP_PORTS"] = port.ToString(CultureInfo.InvariantCulture);
            outside.Add(await ListenAsync(port, start, null));
            empty.Add(await EchoAsync(image));
        }
        Line(image, "`dv-serve`: `/livez` is 200", inside.Select(t => t.Lives), outside.Select(t => t.Lives), empty);
        Line(image, "`dv-serve`: `/readyz` is 200, with a small model", inside.Select(t => t.Ready), outside.Select(t => t.Ready), empty);
    }

    // The program and the .NET that it runs on, so that nothing but the container differs.
    private string TakeOut(string image, string program)
    {
        string folder = Path.Combine(scratch, $"out-{_taken++}");
        Directory.CreateDirectory(folder);
        string container = Output(Podman(["create", "--pull", "never", image])).Trim();
        try
        {
            Output(Podman(["cp", $"{container}:/opt/{program}", Path.Combine(folder, "program")]));
            Output(Podman(["cp", $"{container}:/usr/share/dotnet", Path.Combine(folder, "dotnet")]));
        }
        finally
        {
            Output(Podman(["rm", container]));
        }
        return folder;
    }

    private ProcessStartInfo Outside(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(folder, "program", program), arguments) { WorkingDirectory = scratch };
        start.Environment["DOTNET_ROOT"] = Path.Combine(folder, "dotnet");
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return start;
    }

    private ProcessStartInfo Podman(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("podman", arguments);
        foreach ((string name, string value) in engine?.Variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return start;
    }

    private static async Task<double> FirstLineAsync(ProcessStartInfo start)
    {
        long began = Stopwatch.GetTimestamp();
        using Process process = Start(start);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string? line = await process.StandardOutput.ReadLineAsync();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 && line is { Length: > 0 } ? seconds : throw Failed(start, await errors);
    }

    // NaN in an image that has no `echo`.
    private async Task<double> EchoAsync(string image)
    {
        try
        {
            return await FirstLineAsync(Podman([.. Options, "--entrypoint", "echo", image, "here"]));
        }
        catch (InvalidOperationException)
        {
            return double.NaN;
        }
    }

    private static async Task<(double Lives, double Ready)> ListenAsync(int port, ProcessStartInfo start, Func<Task>? end)
    {
        using HttpClient client = ServingBenchmark.Client(port);
        long began = Stopwatch.GetTimestamp();
        using Process server = Start(start);
        Task<string> output = server.StandardOutput.ReadToEndAsync();
        Task<string> errors = server.StandardError.ReadToEndAsync();
        try
        {
            double[] seconds = new double[2];
            foreach ((int at, string path) in ((int, string)[])[(0, "/livez"), (1, "/readyz")])
            {
                await await Task.WhenAny(ServingBenchmark.WaitAsync(client, path), server.WaitForExitAsync());
                if (server.HasExited)
                    throw Failed(start, await errors);
                seconds[at] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            }
            return (seconds[0], seconds[1]);
        }
        finally
        {
            if (end is not null)
                await end();
            else if (!server.HasExited)
                server.Kill();
            await server.WaitForExitAsync();
            await Task.WhenAll(output, errors);
        }
    }

    private static async Task<int> EndOf(ProcessStartInfo start)
    {
        using Process process = Start(start);
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static string Output(ProcessStartInfo start)
    {
        using Process process = Start(start);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw Failed(start, errors.Result);
    }

    private static Process Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static InvalidOperationException Failed(ProcessStartInfo start, string errors) => new($"{start.FileName} {string.Join(' ', start.ArgumentList)}: {errors}");

    // The first run warms the disk's cache for all that follow.
    private static void Line(string image, string answer, IEnumerable<double> inside, IEnumerable<double> outside, IEnumerable<double> empty)
    {
        var (within, without, nothing) = (Middle(inside), Middle(outside), Middle(empty));
        string ends = double.IsNaN(nothing) ? "" : string.Create(CultureInfo.InvariantCulture, $"{nothing:0.00} s");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {image} | {answer} | {within:0.00} s | {without:0.00} s | {within / without:0.0} | {ends} |"));
    }

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Skip(1).Order()];
        return sorted[sorted.Length / 2];
    }
}
