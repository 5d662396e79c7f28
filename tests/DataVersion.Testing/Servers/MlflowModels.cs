using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Checks = DataVersion.Testing.Servers.MlflowServerChecks;

namespace DataVersion.Testing.Servers;

/// <summary>The fake server's model registry.</summary>
internal sealed partial class MlflowModels(MlflowState state, MlflowServerOptions options)
{
    private static readonly string[] Stages = ["None", "Staging", "Production", "Archived"];

    public JsonObject? Answer(string route, MlflowServerRequest request) => route switch
    {
        "POST registered-models/create" => CreateModel(request.Json),
        "GET registered-models/get" => Describe(Model(request.Query["name"]), request.Query["name"]),
        "POST registered-models/set-tag" => SetTag(request.Json),
        "POST model-versions/create" => CreateVersion(request.Json),
        "GET model-versions/get" => One(Find(request.Query["name"], request.Query["version"])),
        "GET model-versions/search" => Search(request),
        "GET model-versions/get-download-uri" => new JsonObject { ["artifact_uri"] = Find(request.Query["name"], request.Query["version"]).Source },
        "POST model-versions/transition-stage" => Transition(request.Json),
        "POST registered-models/get-latest-versions" => Latest(request.Json),
        "POST registered-models/alias" => SetAlias(request.Json),
        "GET registered-models/alias" => GetAlias(request.Query["name"], request.Query["alias"]),
        _ => null,
    };

    private JsonObject CreateModel(JsonObject json)
    {
        string name = Checks.Required(json, "name");
        if (!state.Models.TryAdd(name, []))
        {
            string detail = options.Is36 ? "" : " Error: (sqlite3.IntegrityError) UNIQUE constraint failed: registered_models.name";
            throw MlflowServerRefusal.There($"Registered Model (name={name}) already exists.{detail}");
        }
        return new JsonObject { ["registered_model"] = new JsonObject { ["name"] = name } };
    }

    private JsonObject CreateVersion(JsonObject json)
    {
        string name = Checks.Required(json, "name");
        string source = Checks.Required(json, "source");
        List<MlflowServerVersion> versions = Model(name);
        if (source.StartsWith('/') || source.StartsWith("file:", StringComparison.Ordinal))
        {
            throw MlflowServerRefusal.Invalid($"Invalid model version source: '{source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.");
        }
        var version = new MlflowServerVersion { Name = name, Number = versions.Count + 1, Source = source, RunId = Checks.Optional(json, "run_id") };
        foreach (JsonObject tag in Checks.Objects(json, "tags"))
            version.Tags[Checks.Required(tag, "key")] = Checks.Optional(tag, "value");
        versions.Add(version);
        return One(version);
    }

    private JsonObject Search(MlflowServerRequest request)
    {
        Match match = NameFilter().Match(request.Query["filter"]);
        if (!match.Success)
            throw MlflowServerRefusal.Invalid($"Invalid filter: {request.Query["filter"]}");
        int count = request.Query.TryGetValue("max_results", out string? max) ? int.Parse(max, CultureInfo.InvariantCulture) : 200_000;
        int offset = request.Query.TryGetValue("page_token", out string? token) ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        List<MlflowServerVersion> all = state.Models.GetValueOrDefault(match.Groups[1].Value[1..^1]) ?? [];
        var answer = List(all.Skip(offset).Take(count));
        if (all.Count > offset + count)
            answer["next_page_token"] = (offset + count).ToString(CultureInfo.InvariantCulture);
        return answer;
    }

    private JsonObject Transition(JsonObject json)
    {
        string asked = Checks.Required(json, "stage");
        string stage = Stages.FirstOrDefault(s => s.Equals(asked, StringComparison.OrdinalIgnoreCase))
            ?? throw MlflowServerRefusal.Invalid($"Invalid Model Version stage: {asked}. Value must be one of None, Staging, Production, Archived.");
        MlflowServerVersion version = Find(Checks.Required(json, "name"), Checks.Required(json, "version"));
        if (json["archive_existing_versions"]?.GetValue<bool>() == true)
        {
            if (stage is "None" or "Archived")
                throw MlflowServerRefusal.Invalid($"Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. Valid stages are Staging, Production");
            foreach (MlflowServerVersion other in Model(version.Name).Where(v => v.Stage == stage && v != version))
                other.Stage = "Archived";
        }
        version.Stage = stage;
        return One(version);
    }

    private JsonObject Latest(JsonObject json)
    {
        List<MlflowServerVersion> versions = Model(Checks.Required(json, "name"));
        List<string> stages = [.. (json["stages"] as JsonArray ?? []).Select(s => s!.GetValue<string>())];
        return List(versions.GroupBy(v => v.Stage).Where(g => stages.Count == 0 || stages.Contains(g.Key, StringComparer.OrdinalIgnoreCase)).Select(g => g.MaxBy(v => v.Number)!));
    }

    private JsonObject SetAlias(JsonObject json)
    {
        string alias = Checks.Required(json, "alias");
        if (alias.Equals("latest", StringComparison.OrdinalIgnoreCase))
            throw MlflowServerRefusal.Invalid("'latest' alias name (case insensitive) is reserved.");
        if (VersionAlias().IsMatch(alias))
            throw MlflowServerRefusal.Invalid($"Version alias name '{alias}' is reserved.");
        MlflowServerVersion version = Find(Checks.Required(json, "name"), Checks.Required(json, "version"));
        state.Aliases[(version.Name, alias)] = version.Number;
        return [];
    }

    private JsonObject SetTag(JsonObject json)
    {
        string name = Checks.Required(json, "name");
        string key = Checks.Required(json, "key");
        Model(name);
        state.ModelTags[(name, key)] = Checks.Optional(json, "value");
        return [];
    }

    private JsonObject Describe(List<MlflowServerVersion> versions, string name)
    {
        var model = new JsonObject { ["name"] = name, ["creation_timestamp"] = 1_795_217_059_875, ["last_updated_timestamp"] = 1_795_217_059_875 };
        // Empty lists and texts are left out.
        void Put(string key, IEnumerable<JsonNode> items)
        {
            if (items.ToArray() is { Length: > 0 } all)
                model[key] = new JsonArray(all);
        }
        Put("latest_versions", versions.GroupBy(v => v.Stage).Select(g => Describe(g.MaxBy(v => v.Number)!)));
        Put("tags", state.ModelTags.Where(t => t.Key.Model == name)
            .Select(t => t.Value.Length == 0 ? new JsonObject { ["key"] = t.Key.Tag } : new JsonObject { ["key"] = t.Key.Tag, ["value"] = t.Value }));
        Put("aliases", state.Aliases.Where(a => a.Key.Model == name)
            .Select(a => new JsonObject { ["alias"] = a.Key.Alias, ["version"] = a.Value.ToString(CultureInfo.InvariantCulture) }));
        return new JsonObject { ["registered_model"] = model };
    }

    private JsonObject GetAlias(string name, string alias)
    {
        Model(name);
        return state.Aliases.TryGetValue((name, alias), out int number)
            ? One(Find(name, number.ToString(CultureInfo.InvariantCulture)))
            : throw MlflowServerRefusal.Invalid($"Registered model alias {alias} not found.");
    }

    private List<MlflowServerVersion> Model(string name) => state.Models.GetValueOrDefault(name)
        ?? throw MlflowServerRefusal.Missing($"Registered Model with name={name} not found");

    private MlflowServerVersion Find(string name, string version) =>
        (state.Models.GetValueOrDefault(name) ?? []).FirstOrDefault(v => v.Number.ToString(CultureInfo.InvariantCulture) == version)
        ?? throw MlflowServerRefusal.Missing($"Model Version (name={name}, version={version}) not found");

    private static JsonObject One(MlflowServerVersion version) => new() { ["model_version"] = Describe(version) };

    private static JsonObject List(IEnumerable<MlflowServerVersion> versions)
    {
        JsonNode[] all = [.. versions.Select(Describe)];
        return all.Length == 0 ? [] : new JsonObject { ["model_versions"] = new JsonArray(all) };
    }

    private static JsonObject Describe(MlflowServerVersion version) => new()
    {
        ["name"] = version.Name,
        ["version"] = version.Number.ToString(CultureInfo.InvariantCulture),
        ["current_stage"] = version.Stage,
        ["description"] = "",
        ["source"] = version.Source,
        ["run_id"] = version.RunId,
        ["status"] = version.Status,
        ["tags"] = new JsonArray([.. version.Tags.Select(t => (JsonNode)new JsonObject { ["key"] = t.Key, ["value"] = t.Value })]),
        ["run_link"] = "",
    };

    [GeneratedRegex("""^\s*name\s*=\s*('[^']*'|"[^"]*")\s*$""")]
    private static partial Regex NameFilter();

    [GeneratedRegex(@"^[vV]\d+$")]
    private static partial Regex VersionAlias();
}
