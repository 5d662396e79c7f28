using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Storage;

namespace DataVersion.Tests.Remotes;

/// <summary>What stores are opened with in tests.</summary>
internal static class RemoteContexts
{
    public static RemoteContext Of(string url, params (string Name, string Value)[] options) => new()
    {
        Settings = new RemoteSettings { Name = "origin", Url = url, Options = options.ToDictionary(o => o.Name, o => o.Value), Trusted = true },
        Variables = new Dictionary<string, string>(),
        Meter = new RequestMeter(),
    };

    public static RemoteContext With(this RemoteContext context, params (string Name, string Value)[] variables) =>
        context with { Variables = variables.ToDictionary(v => v.Name, v => v.Value) };
}
