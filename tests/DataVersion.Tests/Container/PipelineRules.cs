using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DataVersion.Tests.Container;

/// <summary>Our own rules for pipelines of GitHub.</summary>
internal static partial class PipelineRules
{
    /// <param name="document">The workflow.</param>
    /// <param name="text">Its text: whether something is said in a comment is seen there only.</param>
    internal static IReadOnlyList<string> Violations(JsonObject document, string text)
    {
        var found = new List<string>();
        if (document.At("permissions") is not JsonObject { Count: 0 })
            found.Add("jobs have permissions that they did not ask for");
        foreach ((string name, JsonNode? job) in document.Members("jobs"))
        {
            if (job.At("permissions") is not JsonObject)
                found.Add($"{name}: says no permissions");
            found.AddRange(job.Members("permissions").Where(p => p.Key is "contents" or "actions" && p.Value.Text() == "write").Select(p => $"{name}: may write {p.Key}"));
            if (job.At("timeout-minutes") is null)
                found.Add($"{name}: may run for hours");
            if (name is "deploy" or "image" or "model" && job.Text("environment") != "production")
                found.Add($"{name}: deploys without an approval");
            foreach (JsonNode step in job.Items("steps"))
                found.AddRange(StepRules(step, text).Select(v => $"{name}: {v}"));
        }
        return found;
    }

    private static IEnumerable<string> StepRules(JsonNode step, string text)
    {
        if (step.Text("uses") is { } action && !Pinned.IsMatch(action) && !Regex.IsMatch(text, $@"# [^\n]*could not be looked up[^\n]*\n\s+- uses: {Regex.Escape(action)}"))
            yield return $"{action} is not pinned by its commit, and no comment says why";
        if (step.Text("uses") is { } checkout && checkout.StartsWith("actions/checkout@", StringComparison.Ordinal) && !step.Is(false, "with", "persist-credentials"))
            yield return "the checkout leaves its token behind";
        if (step.Text("run") is not { } script)
            yield break;
        // What is pasted into a script is run: values come by variables.
        if (script.Contains("${{", StringComparison.Ordinal))
            yield return "an expression is pasted into a script";
        if (Login.Matches(script).Any(l => !l.Value.Contains("--password-stdin", StringComparison.Ordinal)) || PasswordArgument.IsMatch(script))
            yield return "a password is an argument";
    }

    [GeneratedRegex("@[0-9a-f]{40}$")]
    private static partial Regex Pinned { get; }

    [GeneratedRegex(@"^[^\n#]*\b(docker|cosign) login[^\n]*$", RegexOptions.Multiline)]
    private static partial Regex Login { get; }

    [GeneratedRegex(@"--password[= ]|(?<= )-p \S*\$")]
    private static partial Regex PasswordArgument { get; }
}
