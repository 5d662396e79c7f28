namespace DataVersion.Tracking.Mlflow;

/// <summary>Brings things into one run on the server, within its limits. Every step may be repeated. One caller at a time, uploads excepted.</summary>
internal sealed class MlflowDelivery(MlflowClient client, MlflowFacts facts)
{
    // Below this an artifact is simply sent again; above, a tag with its hash says that it is there.
    private const long LargeArtifact = 8 * 1024 * 1024;
    private const int MaxRefusals = 20;

    private readonly MlflowOpening _opening = new(client, facts);
    private readonly Dictionary<string, string> _names = [];
    private readonly List<string> _refusals = [];

    /// <summary>The run on the server; null before it is opened.</summary>
    public MlflowRunInfo? Run { get; private set; }

    /// <summary>True where a later attempt has taken over the run: its tags, status and files are that attempt's.</summary>
    public bool IsOvertaken { get; private set; }

    /// <summary>What the server would not take, whatever happens; the first few.</summary>
    public IReadOnlyList<string> Refusals
    {
        get
        {
            lock (_refusals)
                return [.. _refusals];
        }
    }

    /// <summary>Finds or makes the run, and tells it the facts.</summary>
    /// <param name="live">True where the run goes on now: its status becomes RUNNING again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task OpenAsync(bool live, CancellationToken cancellationToken)
    {
        MlflowRunInfo run = Run ?? await _opening.FindOrCreateAsync(cancellationToken);
        IsOvertaken = MlflowTags.AttemptOf(run) > facts.Attempt;
        if (live && !IsOvertaken && run.Status != MlflowClient.NameOf(MlflowStatus.Running))
            await client.SetStatusAsync(run.RunId, MlflowStatus.Running, null, cancellationToken);
        Run = run;
        if (!IsOvertaken)
            await SendTagsAsync([.. facts.Tags, .. MlflowTags.Identity(facts)], cancellationToken);
        await SendParamsAsync([.. facts.Params], cancellationToken);
        await SendDatasetsAsync(facts.Datasets, cancellationToken);
    }

    /// <exception cref="MlflowException">The server fails or refuses all of it.</exception>
    public async Task SendTagsAsync(IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellationToken)
    {
        var ready = new Dictionary<string, string>();
        foreach ((string key, string value) in tags)
            ready[NameOf(key)] = MlflowLimits.CutTag(value);
        await SendReadyTagsAsync(ready, cancellationToken);
        await SendNamesAsync(cancellationToken);
    }

    /// <summary>A param that the run has with another value keeps it; ours becomes a tag.</summary>
    /// <exception cref="MlflowException">The server fails or refuses all of it.</exception>
    public async Task SendParamsAsync(IReadOnlyList<KeyValuePair<string, string>> values, CancellationToken cancellationToken)
    {
        var ready = new Dictionary<string, string>();
        foreach ((string key, string value) in values)
            ready[NameOf(key)] = MlflowLimits.CutParam(value);
        var others = new Dictionary<string, string>();
        foreach (IReadOnlyList<KeyValuePair<string, string>> part in MlflowLimits.Split([.. ready], MlflowLimits.ParamsPerBatch, Length))
        {
            await SendAsync(part, items => client.LogParamsAsync(Id, items, cancellationToken), (param, error) =>
            {
                if (error.IsParamConflict)
                    others[MlflowLimits.MapKey(MlflowTags.ParamPrefix + param.Key)] = param.Value;
                else
                    Refuse($"param '{param.Key}'", error);
            });
        }
        await SendReadyTagsAsync(others, cancellationToken);
        await SendNamesAsync(cancellationToken);
    }

    /// <param name="points">At most a batch.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MlflowException">The server fails or refuses all of it.</exception>
    public async Task SendPointsAsync(IReadOnlyList<MlflowPoint> points, CancellationToken cancellationToken)
    {
        MlflowPoint[] ready = [.. points.Select(point => point with { Name = NameOf(point.Name) })];
        await SendAsync(ready, items => client.LogMetricsAsync(Id, items, cancellationToken), (point, error) => Refuse($"metric '{point.Name}'", error));
        await SendNamesAsync(cancellationToken);
    }

    /// <summary>Sends a file, unless it is large and the run has it by its hash.</summary>
    /// <returns>False where a later attempt's file is there, which stays.</returns>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<bool> UploadAsync(MlflowUpload upload, CancellationToken cancellationToken)
    {
        MlflowRunInfo run = Run!;
        if (client.RefuseArtifactsOf(run.ArtifactUri) is { } refusal)
            throw refusal;
        bool isLarge = upload.Length >= LargeArtifact && upload.Sha256 is not null;
        string tag = MlflowLimits.MapKey(MlflowTags.ArtifactPrefix + upload.Path);
        if (isLarge || IsOvertaken)
        {
            string folder = upload.Path.LastIndexOf('/') is > 0 and var slash ? upload.Path[..slash] : "";
            MlflowArtifact? there = (await client.ListArtifactsAsync(run.RunId, folder, cancellationToken)).FirstOrDefault(a => a.Path == upload.Path);
            if (there is not null && IsOvertaken)
                return false;
            if (there is { IsDirectory: false } && there.Size == upload.Length
                && (await client.GetRunAsync(run.RunId, cancellationToken)).Tags.TryGetValue(tag, out string? hash) && hash == upload.Sha256)
                return true;
        }
        await client.UploadArtifactAsync(run.ArtifactUri, upload, cancellationToken);
        if (isLarge)
            await client.SetTagAsync(run.RunId, tag, upload.Sha256!, cancellationToken);
        return true;
    }

    /// <summary>Registers a model: the version that this run has registered of these bytes, or a new one.</summary>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowModelVersion> RegisterAsync(MlflowModel model, CancellationToken cancellationToken)
    {
        await client.EnsureRegisteredModelAsync(model.Name, cancellationToken);
        MlflowModelVersion version = await FindOrCreateVersionAsync(model, cancellationToken);
        if (model.Alias is { Length: > 0 } alias)
        {
            MlflowModelVersion? now = await client.FindAliasAsync(model.Name, alias, cancellationToken);
            // What is replayed late must not take the alias away from a newer version.
            if (now is null || Number(now) < Number(version))
            {
                // So that dv model rollback finds back, as after a promotion.
                await client.SetRegisteredModelTagAsync(model.Name, MlflowTags.AliasPrevious(alias), MlflowRegistry.Note(now?.Version, version.Version), cancellationToken);
                await client.SetAliasAsync(model.Name, alias, version.Version, cancellationToken);
            }
        }
        return version;
    }

    /// <summary>The last step: the status, which the child may have set before.</summary>
    /// <exception cref="MlflowException">The server fails, refuses, or ignores the status.</exception>
    public async Task CloseAsync(MlflowStatus status, DateTimeOffset endTime, CancellationToken cancellationToken)
    {
        if (!IsOvertaken)
            await client.SetStatusAsync(Id, status, endTime, cancellationToken);
        await _opening.RemoveLateAsync(Run!, cancellationToken);
    }

    private string Id => Run!.RunId;

    private async Task<MlflowModelVersion> FindOrCreateVersionAsync(MlflowModel model, CancellationToken cancellationToken)
    {
        for (int failures = 0; ; failures++)
        {
            IReadOnlyList<MlflowModelVersion> versions = await client.FindModelVersionsAsync(model.Name, cancellationToken);
            MlflowModelVersion? found = versions.Where(v => v.RunId == Id && v.Tags.GetValueOrDefault(MlflowTags.ModelHash) == model.Sha256).MinBy(Number);
            if (found is not null)
                return found;
            try
            {
                var tags = new Dictionary<string, string> { [MlflowTags.ModelHash] = model.Sha256, [MlflowTags.RunUuid] = facts.RunUuid };
                return await client.CreateModelVersionAsync(model.Name, model.Source, Id, tags, cancellationToken);
            }
            catch (MlflowException e) when (client.Http.ShouldRetry(e, failures))
            {
                await client.Http.WaitAsync(e, failures, cancellationToken);
            }
        }
    }

    private async Task SendDatasetsAsync(IReadOnlyList<MlflowDataset> datasets, CancellationToken cancellationToken)
    {
        MlflowDataset[] ready = [.. datasets.Select(MlflowNaming.Fit).DistinctBy(d => (d.Name, d.Digest))];
        foreach (IReadOnlyList<MlflowDataset> part in MlflowLimits.Split(ready, MlflowLimits.TagsPerBatch, d => d.Name.Length + d.Source.Length + (d.Profile?.Length ?? 0)))
            await SendAsync(part, items => client.LogInputsAsync(Id, items, cancellationToken), (dataset, error) => Refuse($"dataset '{dataset.Name}'", error));
    }

    private async Task SendReadyTagsAsync(Dictionary<string, string> tags, CancellationToken cancellationToken)
    {
        foreach (IReadOnlyList<KeyValuePair<string, string>> part in MlflowLimits.Split([.. tags], MlflowLimits.TagsPerBatch, Length))
            await SendAsync(part, items => client.LogTagsAsync(Id, items, cancellationToken), (tag, error) => Refuse($"tag '{tag.Key}'", error));
    }

    /// <summary>Keeps the originals of names that had to be changed, once each.</summary>
    private async Task SendNamesAsync(CancellationToken cancellationToken)
    {
        if (_names.Count == 0 || _names.Values.All(name => name.Length == 0))
            return;
        Dictionary<string, string> fresh = _names.Where(n => n.Value.Length > 0).ToDictionary(n => MlflowLimits.NameTag + n.Key, n => MlflowLimits.CutTag(n.Value));
        await SendReadyTagsAsync(fresh, cancellationToken);
        foreach (string mapped in _names.Keys.ToArray())
            _names[mapped] = "";
    }

    private string NameOf(string name)
    {
        string mapped = MlflowLimits.MapKey(name);
        if (mapped != name)
            _names.TryAdd(mapped, name);
        return mapped;
    }

    /// <summary>Sends a batch; where the server refuses it for its content, halves it until what is at fault stands alone, so that the rest arrives.</summary>
    private static async Task SendAsync<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, Task> send, Action<T, MlflowException> refused)
    {
        try
        {
            await send(items);
        }
        catch (MlflowException e) when (e.IsRefusedContent)
        {
            if (items.Count == 1)
            {
                refused(items[0], e);
                return;
            }
            int half = items.Count / 2;
            await SendAsync([.. items.Take(half)], send, refused);
            await SendAsync([.. items.Skip(half)], send, refused);
        }
    }

    private void Refuse(string what, MlflowException error)
    {
        lock (_refusals)
        {
            if (_refusals.Count < MaxRefusals)
                _refusals.Add($"{what}: {error.Problem}");
        }
    }

    private static int Length(KeyValuePair<string, string> pair) => pair.Key.Length + pair.Value.Length;

    private static int Number(MlflowModelVersion version) => int.TryParse(version.Version, out int number) ? number : 0;
}
