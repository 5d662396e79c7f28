using DataVersion.Configuration;
using DataVersion.EndToEnd.Remotes;
using DataVersion.Remotes;
using DataVersion.Storage;
using DataVersion.Testing.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace DataVersion.EndToEnd.Remotes;

/// <summary>One Azurite for all tests of this program, and one with TLS, each started when a test first wants it.</summary>
public sealed class AzuriteFixture : IDisposable
{
    public const string Container = "dv-tests";

    private readonly Lazy<AzuriteServer> _plain = new(() => StartWithContainer(tls: false));
    private readonly Lazy<AzuriteServer> _tls = new(() => StartWithContainer(tls: true));

    public AzuriteServer Plain => _plain.Value;

    public AzuriteServer Tls => _tls.Value;

    /// <summary>A store of its own, below a new prefix of the container; more options may be given.</summary>
    public static IBlobStore Open(AzuriteServer server, params (string Name, string Value)[] options) =>
        RemoteStores.Open(Context(server, $"azure://{Container}/{Guid.NewGuid():n}", options));

    public static RemoteContext Context(AzuriteServer server, string url, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string> { ["endpoint"] = server.Endpoint };
        foreach ((string name, string value) in options)
            all[name] = value;
        if (!all.ContainsKey("sastoken") && !all.ContainsKey("anonymous") && !all.ContainsKey("connectionstring"))
            all.TryAdd("accountkey", AzuriteServer.Key);
        return new RemoteContext
        {
            Settings = new RemoteSettings { Name = "origin", Url = url, Options = all, Trusted = true },
            Variables = new Dictionary<string, string>(),
            Meter = new RequestMeter(),
        };
    }

    public void Dispose()
    {
        foreach (Lazy<AzuriteServer> server in new[] { _plain, _tls }.Where(s => s.IsValueCreated))
            server.Value.Dispose();
    }

    private static AzuriteServer StartWithContainer(bool tls)
    {
        AzuriteServer server = AzuriteServer.Start(tls);
        server.CreateContainer(Container);
        return server;
    }
}
