using System.Globalization;
using System.Text.RegularExpressions;
using DataVersion.Objects;

namespace DataVersion.Tracking.Mlflow;

/// <summary>
/// What aliases and stages of registered models mean, and how they are moved so that each move can be undone: what held a place before is kept in a tag of the
/// registered model (<see cref="MlflowTags.AliasPrevious"/>, <see cref="MlflowTags.StagePrevious"/>).
/// </summary>
/// <param name="client">The server.</param>
public sealed partial class MlflowRegistry(MlflowClient client)
{
    private const string Nothing = "none";
    private static readonly string[] Stages = ["None", "Staging", "Production", "Archived"];

    /// <summary>A model with all its versions, the latest first.</summary>
    /// <exception cref="UsageException">There is no such model.</exception>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowModelListing> ListAsync(string name, CancellationToken cancellationToken)
    {
        MlflowRegisteredModel model = await GetModelAsync(name, cancellationToken);
        IReadOnlyList<MlflowModelVersion> versions = await client.FindModelVersionsAsync(name, cancellationToken);
        return new MlflowModelListing(model, [.. versions.OrderByDescending(Number)]);
    }

    /// <summary>The version that words name.</summary>
    /// <exception cref="UsageException">There is no such model, or no such version.</exception>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowFoundVersion> FindAsync(MlflowModelSelector selector, CancellationToken cancellationToken)
    {
        MlflowRegisteredModel model = await GetModelAsync(selector.Name, cancellationToken);
        MlflowModelVersion? version = selector switch
        {
            { Alias: { } alias } => await client.FindAliasAsync(model.Name, alias, cancellationToken),
            { Version: { } number } => await client.FindModelVersionAsync(model.Name, number, cancellationToken),
            { Stage: { } stage } => (await client.GetLatestVersionsAsync(model.Name, [StageOf(stage)], cancellationToken)).MaxBy(Number),
            _ => (await client.FindModelVersionsAsync(model.Name, cancellationToken)).MaxBy(Number),
        };
        return version is not null ? new MlflowFoundVersion(model, version)
            : throw new UsageException($"model '{PathRules.Printable(model.Name)}' has no {selector.Wanted}", $"see what there is with: dv model list {PathRules.Printable(model.Name)}");
    }

    /// <summary>Lets an alias, a stage or both mean a version.</summary>
    /// <exception cref="UsageException">The version is not there or not ready, or a name has no meaning.</exception>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowPromotion> PromoteAsync(MlflowPromotionRequest request, CancellationToken cancellationToken)
    {
        // Everything that can be known to be wrong is, before anything is moved.
        string? stage = request.Stage is { } asked ? StageOf(asked) : null;
        if (request.Alias is { } alias)
            RequireAlias(alias);
        MlflowFoundVersion found = await FindAsync(request.Selector, cancellationToken);
        RequireReady(found.Version);
        MlflowMove? aliasMove = request.Alias is { } name ? await MoveAliasAsync(found, name, cancellationToken) : null;
        MlflowMove? stageMove = stage is null ? null : await MoveStageAsync(found, stage, request.ArchiveExisting, cancellationToken);
        return new MlflowPromotion(found.Version, aliasMove, stageMove);
    }

    /// <summary>Gives an alias, a stage or both back to the version that held it before the last promotion.</summary>
    /// <exception cref="UsageException">Nobody promoted, or somebody moved it since by another way, or the version is gone.</exception>
    /// <exception cref="MlflowException">The server fails or refuses.</exception>
    public async Task<MlflowPromotion> RollBackAsync(string name, string? alias, string? stage, CancellationToken cancellationToken)
    {
        MlflowRegisteredModel model = await GetModelAsync(name, cancellationToken);
        string? place = stage is null ? null : StageOf(stage);
        if (place is "None" or "Archived")
            throw new UsageException($"stage '{place}' is not served from, so nothing is rolled back in it", "name Production or Staging, or promote a version by its number");
        MlflowModelVersion? holder = place is null ? null : (await client.GetLatestVersionsAsync(name, [place], cancellationToken)).MaxBy(Number);
        string? toAlias = alias is null ? null : PreviousOf(model, MlflowTags.AliasPrevious(alias), model.Aliases.GetValueOrDefault(alias), $"alias '{alias}'");
        string? toStage = place is null ? null : PreviousOf(model, MlflowTags.StagePrevious(place), holder?.Version, $"stage '{place}'");
        if (toAlias is not null && toStage is not null && toAlias != toStage)
            throw new UsageException($"alias '{alias}' would go back to version {toAlias}, and stage '{place}' to version {toStage}", "roll them back one by one");
        MlflowFoundVersion found = await FindAsync(new MlflowModelSelector(name) { Version = toAlias ?? toStage }, cancellationToken);
        RequireReady(found.Version);
        MlflowMove? aliasMove = alias is null ? null : await MoveAliasAsync(found, alias, cancellationToken);
        // The one that failed must not stay beside it: the highest version of a stage is the one that is served.
        MlflowMove? stageMove = place is null ? null : await MoveStageAsync(found, place, archiveExisting: true, cancellationToken);
        return new MlflowPromotion(found.Version, aliasMove, stageMove);
    }

    private async Task<MlflowMove> MoveAliasAsync(MlflowFoundVersion found, string alias, CancellationToken cancellationToken)
    {
        string version = found.Version.Version;
        string? before = found.Model.Aliases.GetValueOrDefault(alias);
        if (before != version)
        {
            await NoteAsync(found.Model.Name, MlflowTags.AliasPrevious(alias), before, version, cancellationToken);
            await client.SetAliasAsync(found.Model.Name, alias, version, cancellationToken);
        }
        return new MlflowMove(alias, before, before != version);
    }

    private async Task<MlflowMove> MoveStageAsync(MlflowFoundVersion found, string stage, bool archiveExisting, CancellationToken cancellationToken)
    {
        string version = found.Version.Version;
        List<MlflowModelVersion> holders = [.. (await client.FindModelVersionsAsync(found.Model.Name, cancellationToken)).Where(v => v.Stage == stage).OrderByDescending(Number)];
        string? before = holders.FirstOrDefault()?.Version;
        List<string> others = [.. holders.Where(h => h.Version != version).Select(h => h.Version)];
        // In the other two stages versions only lie; MLflow refuses to archive what is in them.
        bool serves = stage is "Staging" or "Production";
        bool archives = archiveExisting && serves;
        if (!serves)
        {
            await client.TransitionStageAsync(found.Model.Name, version, stage, archiveExisting: false, cancellationToken);
            return new MlflowMove(stage, null, found.Version.Stage != stage);
        }
        if (holders.Exists(h => h.Version == version) && !(archives && others.Count > 0))
            return new MlflowMove(stage, before, false) { Beside = others, Outranking = Above(holders, found.Version) };
        if (before != version)
            await NoteAsync(found.Model.Name, MlflowTags.StagePrevious(stage), before, version, cancellationToken);
        await client.TransitionStageAsync(found.Model.Name, version, stage, archives, cancellationToken);
        return new MlflowMove(stage, before, true) { Archived = archives ? others : [], Beside = archives ? [] : others, Outranking = archives ? null : Above(holders, found.Version) };
    }

    private static string? Above(IEnumerable<MlflowModelVersion> holders, MlflowModelVersion version) => holders.FirstOrDefault(h => Number(h) > Number(version))?.Version;

    /// <summary>The tag's text: what held a place, and what holds it now.</summary>
    internal static string Note(string? before, string now) => $"{before ?? Nothing} {now}";

    // Before the move itself: a note about a move that was not made says so, for what it names as the new holder holds nothing.
    private Task NoteAsync(string model, string tag, string? before, string now, CancellationToken cancellationToken) =>
        client.SetRegisteredModelTagAsync(model, tag, Note(before, now), cancellationToken);

    private static string PreviousOf(MlflowRegisteredModel model, string tag, string? holder, string place)
    {
        string hint = $"name the version: dv model promote {PathRules.Printable(model.Name)} VERSION; see: dv model list {PathRules.Printable(model.Name)}";
        if (holder is null)
            throw new UsageException($"{place} of model '{PathRules.Printable(model.Name)}' names no version", hint);
        if (!model.Tags.TryGetValue(tag, out string? note) || note.Split(' ') is not [var before, var now])
            throw new UsageException($"what held {place} of model '{PathRules.Printable(model.Name)}' before version {holder} is not known: it was not set with dv model promote", hint);
        if (now != holder)
            throw new UsageException($"{place} of model '{PathRules.Printable(model.Name)}' is held by version {holder}, which dv model promote did not put there (the last was {now})", hint);
        return before != Nothing ? before
            : throw new UsageException($"nothing held {place} of model '{PathRules.Printable(model.Name)}' before version {holder}", hint);
    }

    private async Task<MlflowRegisteredModel> GetModelAsync(string name, CancellationToken cancellationToken) =>
        await client.FindRegisteredModelAsync(name, cancellationToken)
        ?? throw new UsageException($"the registry at {client.Http.Settings.Location} has no model '{PathRules.Printable(name)}'", "register one with: dv run --register NAME");

    private static void RequireReady(MlflowModelVersion version)
    {
        if (version.Status != "READY")
            throw new UsageException($"version {version.Version} of model '{PathRules.Printable(version.Name)}' is {PathRules.Printable(version.Status)}, not READY", "wait until it is registered, or register it again");
    }

    private static string StageOf(string text) => Stages.FirstOrDefault(s => s.Equals(text, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"'{PathRules.Printable(text)}' is not a stage", $"stages are {string.Join(", ", Stages)}");

    // MLflow's own rules; else its refusal would come after half of the work.
    private static void RequireAlias(string alias)
    {
        if (alias.Length is 0 or > 255 || alias.Equals("latest", StringComparison.OrdinalIgnoreCase) || VersionAlias().IsMatch(alias) || !AliasName().IsMatch(alias))
            throw new UsageException($"'{PathRules.Printable(alias)}' cannot be an alias", "an alias has letters, digits, '_' and '-'; 'latest' and names such as v1 are reserved");
    }

    internal static long Number(MlflowModelVersion version) => long.TryParse(version.Version, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1;

    [GeneratedRegex(@"^[vV]\d+\z")]
    private static partial Regex VersionAlias();

    [GeneratedRegex(@"^[\w-]+\z")]
    private static partial Regex AliasName();
}
