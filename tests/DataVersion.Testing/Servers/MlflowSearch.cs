using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DataVersion.Testing.Servers;

/// <summary>The fake server's search: conditions on tags, status and dataset digest, joined by "and".</summary>
internal static partial class MlflowSearch
{
    public static JsonObject Runs(MlflowState state, JsonObject json, Func<MlflowServerRun, JsonObject> describe)
    {
        HashSet<string> experiments = [.. (json["experiment_ids"] as JsonArray ?? []).Select(id => id!.GetValue<string>())];
        List<Func<MlflowServerRun, bool>> conditions = Parse(MlflowServerChecks.Optional(json, "filter"));
        var found = state.Runs.Values.Where(run => !run.IsDeleted && experiments.Contains(run.ExperimentId) && conditions.All(c => c(run))).ToList();
        int offset = json["page_token"] is { } token ? int.Parse(token.GetValue<string>(), CultureInfo.InvariantCulture) : 0;
        int count = json["max_results"] is null ? 1000 : (int)MlflowServerChecks.Whole(json, "max_results");
        var answer = new JsonObject();
        var page = found.Skip(offset).Take(count).ToList();
        if (page.Count > 0)
            answer["runs"] = new JsonArray([.. page.Select(run => (JsonNode)describe(run))]);
        // The last page may have a token, too.
        if (page.Count == count || (page.Count > 0 && found.Count == offset + page.Count && offset > 0))
            answer["next_page_token"] = (offset + page.Count).ToString(CultureInfo.InvariantCulture);
        return answer;
    }

    private static List<Func<MlflowServerRun, bool>> Parse(string filter)
    {
        var conditions = new List<Func<MlflowServerRun, bool>>();
        string rest = filter.Trim();
        while (rest.Length > 0)
        {
            Match match = Condition().Match(rest);
            if (!match.Success)
                throw MlflowServerRefusal.Invalid($"Invalid clause(s) in filter string: '{rest}'");
            string name = match.Groups["name"].Value.Trim('`');
            string value = match.Groups["value"].Value[1..^1];
            conditions.Add(match.Groups["kind"].Value switch
            {
                "tags" => run => run.Tags.TryGetValue(name, out string? tag) && tag == value,
                "attributes" => run => name == "status" && run.Status == value,
                _ => run => run.Inputs.Any(input => name == "digest" && input.Digest == value),
            });
            rest = rest[match.Length..];
        }
        return conditions;
    }

    [GeneratedRegex("""^(?<kind>tags|attributes|dataset)\.(?<name>`[^`]+`|\w+)\s*=\s*(?<value>'[^']*'|"[^"]*")(\s+and\s+|\s*$)""", RegexOptions.IgnoreCase)]
    private static partial Regex Condition();
}
