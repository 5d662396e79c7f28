namespace DataVersion.Tracking.Mlflow;

/// <content>Artifacts, through the server's proxy.</content>
public sealed partial class MlflowClient
{
    private const string Proxy = "api/2.0/mlflow-artifacts/artifacts/";

    /// <summary>Why artifacts of a run cannot go through the server; null where they can.</summary>
    /// <param name="artifactUri">The run's artifact_uri.</param>
    public MlflowException? RefuseArtifactsOf(string? artifactUri) => ProxyPath(artifactUri) is not null ? null
        : new MlflowException(http.Settings.Location, Problem(artifactUri),
            "start it with: mlflow server --serve-artifacts --artifacts-destination STORE --default-artifact-root mlflow-artifacts:/ (a new experiment is needed: the root is kept in each)");

    /// <summary>What lies in a folder of a run's artifacts; nothing where there is no such folder.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="folder">Relative to the run's artifacts; empty for all of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<IReadOnlyList<MlflowArtifact>> ListArtifactsAsync(string runId, string folder, CancellationToken cancellationToken)
    {
        var found = new List<MlflowArtifact>();
        string? page = null;
        do
        {
            string path = $"{Api}artifacts/list?run_id={Escape(runId)}{(folder.Length > 0 ? $"&path={Escape(folder)}" : "")}{Page(page)}";
            MlflowReply reply = await http.GetAsync("list artifacts", path, cancellationToken);
            int before = found.Count;
            found.AddRange(reply.Items("files").Select(file => new MlflowArtifact(file.Text("path"), file.Flag("is_dir"), file.Whole("file_size"))));
            page = found.Count > before ? reply.TextOrNull("next_page_token") : null;
        }
        while (page is { Length: > 0 });
        return found;
    }

    /// <summary>Sends a file through the server, from a stream, in constant memory; what was there under the path is replaced.</summary>
    /// <param name="artifactUri">The run's artifact_uri.</param>
    /// <param name="upload">The file.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="MlflowException">The server fails or refuses, or its artifacts are not reached through it.</exception>
    /// <exception cref="UnsafePathException">The path leaves the run's artifacts.</exception>
    /// <exception cref="FileChangedException">The stream has another length than was said.</exception>
    /// <exception cref="FileAccessException">The stream cannot be read.</exception>
    public async Task UploadArtifactAsync(string? artifactUri, MlflowUpload upload, CancellationToken cancellationToken)
    {
        string root = ProxyPath(artifactUri) ?? throw RefuseArtifactsOf(artifactUri)!;
        string path = $"{root}/{EscapePath(upload.Path)}";
        try
        {
            await http.PutAsync($"store artifact '{upload.Path}'", path, upload.Open, upload.Length, cancellationToken);
        }
        catch (MlflowException e) when (e.IsTransient && e.StatusCode is null && e.InnerException is not null)
        {
            throw new MlflowException(e.Server, e.Problem, "does it always break after 30 seconds? Start MLflow 2.x with: --gunicorn-opts \"--timeout 3600\"", e)
            {
                IsTransient = true,
            };
        }
    }

    /// <summary>Whether files at an artifact URI are had through the server.</summary>
    /// <param name="artifactUri">Such as <c>mlflow-artifacts:/0/RUN/artifacts/model</c>.</param>
    public bool IsReachable(string artifactUri) => ProxyPath(artifactUri) is not null;

    /// <summary>What lies directly under an artifact URI, whatever run it belongs to; paths are relative to it. Nothing where there is no such folder.</summary>
    /// <param name="artifactUri">Such as <c>mlflow-artifacts:/0/RUN/artifacts/model</c>.</param>
    /// <param name="folder">Relative to that; empty for the URI itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MlflowException">The server fails or refuses, or its artifacts are not reached through it.</exception>
    /// <exception cref="UnsafePathException">The folder, or a name that the server gives, leaves its place.</exception>
    public async Task<IReadOnlyList<MlflowArtifact>> ListFolderAsync(string artifactUri, string folder, CancellationToken cancellationToken)
    {
        string root = ProxyPath(artifactUri) ?? throw RefuseArtifactsOf(artifactUri)!;
        string path = folder.Length == 0 ? root : $"{root}/{EscapePath(folder)}";
        string query = Escape(Uri.UnescapeDataString(path[Proxy.Length..]));
        MlflowReply reply = await http.GetAsync("list artifacts", $"{Proxy.TrimEnd('/')}?path={query}", cancellationToken);
        var found = new List<MlflowArtifact>();
        foreach (MlflowReply file in reply.Items("files"))
        {
            string name = file.Text("path");
            EscapePath(name);
            found.Add(new MlflowArtifact(folder.Length == 0 ? name : $"{folder}/{name}", file.Flag("is_dir"), file.Whole("file_size")));
        }
        return found;
    }

    /// <summary>Receives a file through the server, into a stream, in constant memory.</summary>
    /// <param name="artifactUri">Such as <c>mlflow-artifacts:/0/RUN/artifacts/model</c>.</param>
    /// <param name="path">Relative to that. The server answers one that is not there with an error that looks passing: list first.</param>
    /// <param name="open">Where the bytes go, from the start; called once for each try, and disposed of.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="MlflowException">The server fails or refuses, or its artifacts are not reached through it.</exception>
    /// <exception cref="UnsafePathException">The path leaves its place.</exception>
    public Task DownloadArtifactAsync(string artifactUri, string path, Func<CancellationToken, Task<Stream>> open, CancellationToken cancellationToken)
    {
        string root = ProxyPath(artifactUri) ?? throw RefuseArtifactsOf(artifactUri)!;
        return http.DownloadAsync($"fetch artifact '{path}'", $"{root}/{EscapePath(path)}", open, cancellationToken);
    }

    /// <summary>A relative path as part of a URL.</summary>
    /// <exception cref="UnsafePathException">It is empty, absolute, or leaves its folder.</exception>
    private static string EscapePath(string path)
    {
        string[] parts = path.Split('/');
        return parts.Any(part => part is "" or "." or "..") || path.AsSpan().ContainsAny('\\', '\0')
            ? throw new UnsafePathException(path, "is no path of an artifact")
            : string.Join('/', parts.Select(Escape));
    }

    /// <summary>The path under the tracking URI for a run's artifacts; null where they are not reached through this server.</summary>
    private string? ProxyPath(string? artifactUri)
    {
        if (artifactUri is null)
            return null;
        string rest;
        if (artifactUri.StartsWith("mlflow-artifacts:/", StringComparison.Ordinal))
        {
            rest = artifactUri["mlflow-artifacts:/".Length..];
            if (rest.StartsWith('/'))
            {
                // mlflow-artifacts://HOST:PORT/PATH: credentials go to the tracking server only.
                string[] parts = rest[1..].Split('/', 2);
                if (parts[0].Length > 0 && parts[0] != http.Settings.TrackingUri.Authority)
                    return null;
                rest = parts.Length > 1 ? parts[1] : "";
            }
        }
        else if (artifactUri.StartsWith($"{http.Settings.Location}/{Proxy}", StringComparison.Ordinal))
        {
            rest = artifactUri[(http.Settings.Location.Length + 1 + Proxy.Length)..];
        }
        else
        {
            return null;
        }
        string[] segments = rest.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments.Length == 0 || segments.Any(s => s is "." or "..") ? null : Proxy + string.Join('/', segments.Select(Escape));
    }

    private static string Problem(string? artifactUri)
    {
        if (artifactUri is not { Length: > 0 })
            return "it does not say where artifacts go";
        if (artifactUri[0] is '/' or '.' || artifactUri.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || !artifactUri.Contains(":/", StringComparison.Ordinal))
            return $"artifacts would go to '{artifactUri}', a folder of the server's own machine that cannot be reached from here";
        return $"artifacts would go to '{artifactUri}' past the server, with credentials that this machine would need";
    }
}
