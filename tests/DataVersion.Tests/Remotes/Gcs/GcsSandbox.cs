using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Remotes.Gcs;
using DataVersion.Storage;

namespace DataVersion.Tests.Remotes.Gcs;

/// <summary>Opens stores on a server of this machine.</summary>
internal static class GcsSandbox
{
    public static RemoteContext Context(
        Uri? endpoint, Dictionary<string, string>? options = null, Dictionary<string, string>? variables = null, string url = "gs://bucket/some/prefix", string? home = null)
    {
        options = new Dictionary<string, string>(options ?? []);
        if (endpoint is not null)
            options.TryAdd("endpoint", endpoint.AbsoluteUri);
        return new RemoteContext
        {
            Settings = new RemoteSettings { Name = "origin", Url = url, Options = options, Trusted = true },
            // No test may ever find the credentials of the machine that it runs on.
            Variables = new Dictionary<string, string>(variables ?? []) { ["GCE_METADATA_HOST"] = variables?.GetValueOrDefault("GCE_METADATA_HOST") ?? "127.0.0.1:1" },
            HomeDirectory = home,
            Meter = new RequestMeter(),
        };
    }

    /// <summary>A store that asks without credentials.</summary>
    public static IBlobStore Open(Uri endpoint, string url = "gs://bucket/some/prefix", TimeSpan? idle = null) =>
        GcsRemote.Open(Context(endpoint, new() { ["anonymous"] = "true" }, url: url), idle is { } limit ? new GcsLimits(limit) : GcsLimits.Default);

    public static Uri At(int port) => new($"http://127.0.0.1:{port}");

    public static byte[] Pattern(long length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
