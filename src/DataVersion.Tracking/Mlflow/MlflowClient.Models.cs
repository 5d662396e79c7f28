namespace DataVersion.Tracking.Mlflow;

/// <content>The model registry.</content>
public sealed partial class MlflowClient
{
    // A source that names a run that names a source …: a circle ends here.
    private const int MaxResolutions = 10;

    /// <summary>Makes a registered model where there is none of this name.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task EnsureRegisteredModelAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await http.PostAsync($"create model '{name}'", $"{Api}registered-models/create", json => json.WriteString("name", name), cancellationToken);
        }
        catch (MlflowException e) when (e.IsThere)
        {
            // That is what was wanted.
        }
    }

    /// <summary>A registered model; null where there is none.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowRegisteredModel?> FindRegisteredModelAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            MlflowReply reply = await http.GetAsync($"read model '{name}'", $"{Api}registered-models/get?name={Escape(name)}", cancellationToken);
            return ReadModel(reply.Object("registered_model"));
        }
        catch (MlflowException e) when (e.IsMissing)
        {
            return null;
        }
    }

    /// <summary>Sets a tag of a registered model.</summary>
    /// <exception cref="MlflowException">The server fails or refuses, or has no such model.</exception>
    public Task SetRegisteredModelTagAsync(string name, string key, string value, CancellationToken cancellationToken) =>
        http.PostAsync($"set tag '{key}' of model '{name}'", $"{Api}registered-models/set-tag", json =>
        {
            json.WriteString("name", name);
            json.WriteString("key", key);
            json.WriteString("value", value);
        }, cancellationToken);

    /// <summary>Makes a model version; twice makes two, so it is tried once: see <see cref="MlflowException.IsTransient"/>.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowModelVersion> CreateModelVersionAsync(
        string name, string source, string? runId, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        MlflowReply reply = await http.PostOnceAsync($"create a version of model '{name}'", $"{Api}model-versions/create", json =>
        {
            json.WriteString("name", name);
            json.WriteString("source", source);
            if (runId is not null)
                json.WriteString("run_id", runId);
            WritePairs(json, "tags", [.. tags]);
        }, cancellationToken);
        return ReadVersion(reply.Object("model_version"));
    }

    /// <summary>All versions of a model, in the server's order.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<IReadOnlyList<MlflowModelVersion>> FindModelVersionsAsync(string name, CancellationToken cancellationToken)
    {
        var versions = new List<MlflowModelVersion>();
        string? page = null;
        do
        {
            string path = $"{Api}model-versions/search?filter={Escape($"name={Quote(name)}")}&max_results=1000{Page(page)}";
            MlflowReply reply = await http.GetAsync($"search versions of model '{name}'", path, cancellationToken);
            int before = versions.Count;
            versions.AddRange(reply.Items("model_versions").Select(ReadVersion));
            page = versions.Count > before ? reply.TextOrNull("next_page_token") : null;
        }
        while (page is { Length: > 0 });
        return versions;
    }

    /// <summary>A version; null where there is none.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowModelVersion?> FindModelVersionAsync(string name, string version, CancellationToken cancellationToken)
    {
        try
        {
            string path = $"{Api}model-versions/get?name={Escape(name)}&version={Escape(version)}";
            return ReadVersion((await http.GetAsync($"read version {version} of model '{name}'", path, cancellationToken)).Object("model_version"));
        }
        catch (MlflowException e) when (e.IsMissing)
        {
            return null;
        }
    }

    /// <summary>Lets an alias name a version, whatever it named before.</summary>
    /// <exception cref="MlflowException">The server fails or refuses: <c>latest</c> and <c>v1</c> are reserved.</exception>
    public Task SetAliasAsync(string name, string alias, string version, CancellationToken cancellationToken) =>
        http.PostAsync($"set alias '{alias}' of model '{name}'", $"{Api}registered-models/alias", json =>
        {
            json.WriteString("name", name);
            json.WriteString("alias", alias);
            json.WriteString("version", version);
        }, cancellationToken);

    /// <summary>The version that an alias names; null where the alias or the model is not there.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowModelVersion?> FindAliasAsync(string name, string alias, CancellationToken cancellationToken)
    {
        try
        {
            string path = $"{Api}registered-models/alias?name={Escape(name)}&alias={Escape(alias)}";
            return ReadVersion((await http.GetAsync($"read alias '{alias}' of model '{name}'", path, cancellationToken)).Object("model_version"));
        }
        catch (MlflowException e) when (e.IsMissing || (e.StatusCode == 400 && e.Problem.Contains("not found", StringComparison.Ordinal)))
        {
            // An alias that is missing is a 400, a model that is missing a 404.
            return null;
        }
    }

    /// <summary>Moves a version to a stage (None, Staging, Production, Archived).</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowModelVersion> TransitionStageAsync(string name, string version, string stage, bool archiveExisting, CancellationToken cancellationToken)
    {
        MlflowReply reply = await http.PostAsync($"move version {version} of model '{name}' to stage '{stage}'", $"{Api}model-versions/transition-stage", json =>
        {
            json.WriteString("name", name);
            json.WriteString("version", version);
            json.WriteString("stage", stage);
            json.WriteBoolean("archive_existing_versions", archiveExisting);
        }, cancellationToken);
        return ReadVersion(reply.Object("model_version"));
    }

    /// <summary>The highest version of each stage, or of all of them.</summary>
    /// <exception cref="MlflowException">The server fails or refuses, or has no such model.</exception>
    public async Task<IReadOnlyList<MlflowModelVersion>> GetLatestVersionsAsync(string name, IReadOnlyList<string> stages, CancellationToken cancellationToken)
    {
        MlflowReply reply = await http.PostAsync($"read the latest versions of model '{name}'", $"{Api}registered-models/get-latest-versions", json =>
        {
            json.WriteString("name", name);
            if (stages.Count > 0)
                WriteList(json, "stages", stages);
        }, cancellationToken);
        return [.. reply.Items("model_versions").Select(ReadVersion)];
    }

    /// <summary>Where a version's files really are: <c>runs:/</c> is followed to the run's artifacts.</summary>
    /// <exception cref="MlflowException">The server fails or refuses, or the sources go in a circle.</exception>
    public async Task<string> GetDownloadUriAsync(string name, string version, CancellationToken cancellationToken)
    {
        string path = $"{Api}model-versions/get-download-uri?name={Escape(name)}&version={Escape(version)}";
        string uri = (await http.GetAsync($"find the files of model '{name}', version {version}", path, cancellationToken)).Text("artifact_uri");
        return await ResolveAsync(uri, cancellationToken);
    }

    /// <summary>Follows <c>runs:/ID/PATH</c>, however often, to where the files are; other URIs stay as they are.</summary>
    /// <exception cref="MlflowException">The server fails or refuses, or the URIs go in a circle.</exception>
    public async Task<string> ResolveAsync(string uri, CancellationToken cancellationToken)
    {
        for (int followed = 0; uri.StartsWith("runs:/", StringComparison.Ordinal); followed++)
        {
            if (followed == MaxResolutions)
                throw new MlflowException(http.Settings.Location, $"'{uri}' leads from run to run without end", "register the model again with its real source");
            string[] parts = uri["runs:/".Length..].TrimStart('/').Split('/', 2);
            MlflowRunInfo run = await GetRunAsync(parts[0], cancellationToken);
            string root = run.ArtifactUri ?? throw MlflowFailure.NotAnAnswer(http.Settings, "read the run", "has no 'artifact_uri'");
            uri = parts.Length > 1 && parts[1].Length > 0 ? $"{root.TrimEnd('/')}/{parts[1]}" : root;
        }
        return uri;
    }
}
