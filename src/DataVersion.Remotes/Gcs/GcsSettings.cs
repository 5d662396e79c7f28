using DataVersion.Configuration;

namespace DataVersion.Remotes.Gcs;

/// <summary>A bucket and how it is spoken to, out of a remote's URL and options.</summary>
internal sealed record GcsSettings
{
    private const string Service = "https://storage.googleapis.com";

    public required string Bucket { get; init; }

    /// <summary>What stands before every blob's name; empty, or ends in '/'.</summary>
    public required string Root { get; init; }

    /// <summary>The service, without a slash at its end.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The remote's URL, for messages.</summary>
    public required string Location { get; init; }

    /// <summary>True where requests go without credentials; <see cref="AnonymousBecause"/> says who wants that.</summary>
    public bool Anonymous => AnonymousBecause is not null;

    public string? AnonymousBecause { get; init; }

    /// <summary>The project that pays (requester pays).</summary>
    public string? UserProject { get; init; }

    public string? StorageClass { get; init; }

    public string? KmsKey { get; init; }

    /// <exception cref="UsageException">Options that contradict each other, or credentials that would travel in the clear.</exception>
    public static GcsSettings From(RemoteContext context)
    {
        RemoteUrl url = context.Url;
        string? emulator = context.Option("endpoint") is null ? context.Variable("STORAGE_EMULATOR_HOST") : null;
        bool ownCredentials = context.Option("credentialfile") is not null || context.Option("token") is not null;
        if (context.Flag("anonymous") == true && ownCredentials)
            throw new UsageException($"remote '{context.Settings.Name}': it is anonymous and has credentials", "unset anonymous, or credentialfile and token");
        string? because = context.Flag("anonymous") == true ? "option anonymous"
            : emulator is not null && !ownCredentials ? "environment variable STORAGE_EMULATOR_HOST" : null;
        var settings = new GcsSettings
        {
            Bucket = url.Authority,
            Root = url.Path.Length == 0 ? "" : $"{url.Path}/",
            Endpoint = EndpointOf(context, emulator),
            Location = url.ToString(),
            AnonymousBecause = because,
            UserProject = context.Option("userproject"),
            StorageClass = context.Option("storageclass"),
            KmsKey = context.Option("kmskey"),
        };
        if (settings.Endpoint.Scheme == Uri.UriSchemeHttp && !settings.Endpoint.IsLoopback && !settings.Anonymous)
        {
            throw new UsageException(
                $"remote '{context.Settings.Name}': its endpoint is plain http, where others on the way could read the credentials",
                $"use https, or: dv remote modify {context.Settings.Name} anonymous true");
        }
        return settings;
    }

    /// <summary>A URL of the JSON API; parameters that are null are left out.</summary>
    public Uri Url(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var url = new System.Text.StringBuilder($"{Endpoint.AbsoluteUri.TrimEnd('/')}{path}");
        char separator = '?';
        foreach ((string name, string? value) in parameters)
            Add(name, value);
        Add("userProject", UserProject);
        return new Uri(url.ToString());

        void Add(string name, string? value)
        {
            if (value is null)
                return;
            url.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }
    }

    /// <summary>The path of a blob in the JSON API.</summary>
    public string PathOf(string name) => $"/storage/v1{BucketPath}/o/{Uri.EscapeDataString(Root + name)}";

    public string ListPath => $"/storage/v1{BucketPath}/o";

    public string UploadPath => $"/upload/storage/v1{BucketPath}/o";

    private string BucketPath => $"/b/{Uri.EscapeDataString(Bucket)}";

    private static Uri EndpointOf(RemoteContext context, string? emulator)
    {
        string text = context.Option("endpoint") ?? emulator ?? Service;
        if (!text.Contains("://", StringComparison.Ordinal))
            text = $"http://{text}";
        if (Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https")
            return endpoint!;
        string where = emulator is null ? "option endpoint" : "environment variable STORAGE_EMULATOR_HOST";
        throw new UsageException($"remote '{context.Settings.Name}': {where} is not a URL: '{RemoteUrl.Redact(text)}'", "write https://host or http://localhost:port");
    }
}
