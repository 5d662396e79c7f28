using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DataVersion.Testing.Containers;

/// <summary>A registry of images on loopback, without TLS, its images in a folder.</summary>
public sealed class LocalRegistry : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Process _process;

    private LocalRegistry(int port)
    {
        Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        File.WriteAllText(_folder.At("registry.yml"), $"""
            version: 0.1
            log: {"{"}level: error{"}"}
            storage:
              filesystem: {"{"}rootdirectory: {_folder.At("images")}{"}"}
            http:
              addr: {Address}
            """);
        _process = Process.Start(new ProcessStartInfo("docker-registry", ["serve", _folder.At("registry.yml")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Host and port, as the first part of an image's name.</summary>
    public string Address { get; }

    /// <summary>Starts it and waits until it answers.</summary>
    public static async Task<LocalRegistry> StartAsync(CancellationToken cancellationToken)
    {
        var registry = new LocalRegistry(FreePort());
        using var client = new HttpClient();
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://{registry.Address}/v2/"), cancellationToken);
                if (answer.IsSuccessStatusCode)
                    return registry;
            }
            catch (HttpRequestException) when (!registry._process.HasExited)
            {
                // Not listening yet.
            }
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }
}
