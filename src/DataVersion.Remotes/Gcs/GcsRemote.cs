using DataVersion.Remotes.Http;
using DataVersion.Storage;

namespace DataVersion.Remotes.Gcs;

/// <summary>Opens buckets of Google Cloud Storage (docs/decisions/0008-gcs-json-api.md).</summary>
internal static class GcsRemote
{
    private static readonly string[] KnownOptions = ["anonymous", "cafile", "credentialfile", "endpoint", "kmskey", "storageclass", "token", "userproject"];

    /// <summary>The store that <c>gs://bucket/prefix</c> names. Nothing is asked before the first request, not even for credentials.</summary>
    /// <exception cref="UsageException">Options that contradict each other.</exception>
    public static IBlobStore Open(RemoteContext context) => Open(context, GcsLimits.Default);

    internal static GcsBlobStore Open(RemoteContext context, GcsLimits limits)
    {
        RemoteOptions.RequireKnown(context, KnownOptions);
        GcsSettings settings = GcsSettings.From(context);
        var client = new GcsClient(RemoteHttp.CreateClient(context), settings, new GcsCredentials(context, settings), limits, context.Clock);
        return new GcsBlobStore(client, settings);
    }
}

/// <summary>How long a silent service is waited for.</summary>
/// <param name="Idle">The longest time in which no byte moves in either direction, an answer's first one included.</param>
internal sealed record GcsLimits(TimeSpan Idle)
{
    // Bytes that the system has taken but not yet sent count as silence: a slow line needs time for them.
    public static GcsLimits Default { get; } = new(TimeSpan.FromSeconds(100));
}
