using DataVersion.Remotes.Http;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;

namespace DataVersion.Remotes.Gcs;

/// <summary>
/// Finds credentials in the order of Google's own tools: what the remote's options say, the file that the environment names, what
/// <c>gcloud auth application-default login</c> has left, the metadata server of a machine in Google's cloud. What is configured and
/// does not work ends the search.
/// </summary>
internal sealed class GcsCredentials(RemoteContext context, GcsSettings settings)
{
    private const string EnvironmentFile = "GOOGLE_APPLICATION_CREDENTIALS";

    private readonly Lock _lock = new();
    private Task<GcsAccess>? _search;

    /// <summary>Where the credentials in use came from; null before the first request.</summary>
    public string? Source => _search is { IsCompletedSuccessfully: true } search ? search.Result.Source
        : settings.AnonymousBecause is { } because ? new AnonymousAccess(because).Source : null;

    /// <summary>The credentials; searched for until they are found.</summary>
    /// <exception cref="UsageException">A file that is configured cannot be used.</exception>
    /// <exception cref="RemoteException">There are none.</exception>
    public Task<GcsAccess> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<GcsAccess> search;
        lock (_lock)
        {
            // One search for all who ask meanwhile; none of them can cancel it for the others.
            if (_search is null or { IsFaulted: true })
                _search = Task.Run(() => FindAsync(CancellationToken.None), CancellationToken.None);
            search = _search;
        }
        return search.WaitAsync(cancellationToken);
    }

    private async Task<GcsAccess> FindAsync(CancellationToken cancellationToken)
    {
        if (settings.AnonymousBecause is { } because)
            return new AnonymousAccess(because);
        if (context.Option("token") is { } token)
            return new TokenAccess("option token", token);
        if (context.Option("credentialfile") is { } file)
            return await FromFileAsync(file, $"option credentialfile ('{file}')", cancellationToken);
        if (context.Variable(EnvironmentFile) is { } named)
            return await FromFileAsync(named, $"environment variable {EnvironmentFile} ('{named}')", cancellationToken);
        string? own = GcloudFile();
        if (own is not null && File.Exists(own))
            return await FromFileAsync(own, $"gcloud's application default credentials ('{own}')", cancellationToken);
        var machine = new MetadataServer(context);
        if (await machine.AnswersAsync(cancellationToken))
            return machine.Access(settings.Location);
        throw new RemoteException(
            settings.Location,
            $"found no credentials: no option credentialfile, no {EnvironmentFile}, no file '{own ?? "application_default_credentials.json"}', no metadata server at {machine.Host}",
            $"run: gcloud auth application-default login; for a public bucket: dv remote modify {context.Settings.Name} anonymous true")
        { IsDenied = true };
    }

    private async Task<GcsAccess> FromFileAsync(string file, string source, CancellationToken cancellationToken)
    {
        GoogleCredential credential = await CredentialFile.ReadAsync(file, source, context.Settings.Name, cancellationToken);
        var clients = new HttpClientFromMessageHandlerFactory(_ => new HttpClientFromMessageHandlerFactory.ConfiguredHttpMessageHandler(
            RemoteHttp.CreateHandler(context), performsAutomaticDecompression: false, handlesRedirect: false));
        credential = credential.CreateWithHttpClientFactory(clients);
        return new GoogleAccess(source, credential, credential.UnderlyingCredential, settings.Location);
    }

    private string? GcloudFile()
    {
        string? folder = context.Variable("CLOUDSDK_CONFIG")
            ?? (OperatingSystem.IsWindows() ? context.Variable("APPDATA") is { } data ? Path.Join(data, "gcloud") : null
            : context.HomeDirectory is { } home ? Path.Join(home, ".config", "gcloud") : null);
        return folder is null ? null : Path.Join(folder, "application_default_credentials.json");
    }
}
