namespace DataVersion.Remotes.Http;

/// <summary>Opens mirrors behind web servers.</summary>
internal static class HttpRemote
{
    private static readonly string[] Options = ["cafile", "password", "token", "username"];

    /// <summary>Opens the store; nothing is asked of it yet.</summary>
    /// <exception cref="UsageException">Options that are unknown, incomplete, or contradict each other.</exception>
    public static HttpBlobStore Open(RemoteContext context)
    {
        RemoteOptions.RequireKnown(context, Options);
        var root = new Uri($"{context.Url}/");
        return new HttpBlobStore(new HttpBlobRequests(RemoteHttp.CreateClient(context), root, HttpLogin.From(context), context.Clock));
    }
}
