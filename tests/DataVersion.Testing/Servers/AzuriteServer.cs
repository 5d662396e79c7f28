using System.Diagnostics;
using System.Text.RegularExpressions;
using Azure.Storage;
using Azure.Storage.Blobs;
using Xunit;

namespace DataVersion.Testing.Servers;

/// <summary>
/// Azurite, the vendor's own emulator of Azure Blob Storage, on a free port of loopback, its data in a temporary folder. It ends with
/// this object, and also when this process is killed.
/// </summary>
public sealed partial class AzuriteServer : IDisposable
{
    public const string Account = "devstoreaccount1";

    /// <summary>Published by the vendor: every Azurite has it.</summary>
    public const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const string Version = "3.37.0";
    private const string Main = "node_modules/azurite/dist/src/blob/main.js";
    // Ends with our end of its input, however we end.
    private const string Launcher = "process.stdin.on('end', () => process.exit(0)).resume(); process.argv.splice(1, 0, 'azurite-blob'); require(process.env.DV_AZURITE);";

    private readonly TempFolder _folder = new();
    private readonly TestAuthority? _authority;
    private readonly Process _process;

    private AzuriteServer(string main, bool tls)
    {
        var start = new ProcessStartInfo("node", ["-e", Launcher, "--", "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", _folder.Path, "--silent", "--disableTelemetry"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (tls)
        {
            _authority = new TestAuthority(_folder.Path);
            foreach (string argument in (string[])["--cert", _authority.CertificateFile, "--key", _authority.KeyFile])
                start.ArgumentList.Add(argument);
        }
        start.Environment["DV_AZURITE"] = main;
        _process = Process.Start(start)!;
        Endpoint = $"{ReadAddress()}/{Account}";
    }

    /// <summary>The blob service, with the account in its path.</summary>
    public string Endpoint { get; }

    /// <summary>The authority that a client must trust; only with TLS.</summary>
    public string AuthorityFile => _authority?.AuthorityFile ?? throw new InvalidOperationException("started without TLS");

    /// <summary>Starts it; skips the test where it is not installed.</summary>
    public static AzuriteServer Start(bool tls = false)
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string main = Path.Join(cache, "dataversion", $"azurite-{Version}", Main);
        Assert.SkipUnless(File.Exists(main), "Azurite is not installed: bash .config/azurite.sh");
        return new AzuriteServer(main, tls);
    }

    /// <summary>A client of the vendor's, to prepare and to look at what our store does.</summary>
    public BlobContainerClient CreateContainer(string name)
    {
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02);
        if (_authority is not null)
            options.Transport = TestAuthority.Transport();
        var container = new BlobContainerClient(new Uri($"{Endpoint}/{name}"), new StorageSharedKeyCredential(Account, Key), options);
        container.CreateIfNotExists();
        return container;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }

    private string ReadAddress()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (Listening().Match(line) is { Success: true } match)
                return match.Value;
        }
        string problem = _process.StandardError.ReadToEnd();
        Dispose();
        throw new InvalidOperationException($"Azurite does not start: {problem}");
    }

    [GeneratedRegex(@"(?<=successfully listens on )https?://[0-9.:]+")]
    private static partial Regex Listening();
}
