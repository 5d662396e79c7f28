using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DataVersion.Tests.Container;

/// <summary>Our own rules for Compose files: the mistakes that tutorials print.</summary>
internal static partial class ComposePolicy
{
    // Images of others that have no user of their own, each with its reason beside it in the file.
    private static readonly string[] Rootful = ["s3"];

    internal static IReadOnlyList<string> Violations(JsonObject document)
    {
        var found = new List<string>();
        foreach ((string name, JsonNode? service) in document.Members("services"))
        {
            // An override says only what is different.
            if (service.At("image") is null)
                continue;
            found.AddRange(Hardening(name, service).Concat(Health(name, service, document)).Concat(Secrets(name, service)).Concat(Mounts(name, service, document)));
        }
        foreach ((string name, JsonNode? secret) in document.Members("secrets"))
        {
            if (secret.Text("file") is null)
                found.Add($"secret {name} is no file");
        }
        return found;
    }

    private static IEnumerable<string> Hardening(string name, JsonNode? service)
    {
        string image = service.Text("image")!;
        if (!Declared.IsMatch(image) && !Digest.IsMatch(image))
            yield return $"{name}: image {image} has no digest and is no variable that must be set";
        if (service.Text("user") is not { } user || (user.StartsWith('0') && !Rootful.Contains(name)))
            yield return $"{name}: runs as root";
        if (!service.Is(true, "read_only"))
            yield return $"{name}: its root can be written to";
        if (!service.Texts("cap_drop").Contains("ALL"))
            yield return $"{name}: keeps capabilities";
        if (!service.Texts("security_opt").Contains("no-new-privileges:true"))
            yield return $"{name}: may gain privileges";
        if (service.Is(true, "privileged") || service.At("cap_add") is not null || service.Text("network_mode") == "host" || service.Text("pid") == "host")
            yield return $"{name}: is let out of its container";
        if (service.Text("stop_grace_period") is null)
            yield return $"{name}: is killed after Compose's 10 seconds";
        foreach (string port in service.Texts("ports").Where(p => !p.StartsWith("127.0.0.1:", StringComparison.Ordinal) && !LoopbackByDefault.IsMatch(p)))
            yield return $"{name}: port {port} is open to everybody";
    }

    private static IEnumerable<string> Health(string name, JsonNode? service, JsonObject document)
    {
        bool isJob = service.Text("restart") == "no";
        if (!isJob && service.At("healthcheck", "test") is null)
            yield return $"{name}: has no health check";
        if (service.Texts("healthcheck", "test").Any(t => t.Contains("curl", StringComparison.Ordinal)))
            yield return $"{name}: its health check needs curl in the image";
        if (!isJob && service.At("healthcheck", "start_period") is null)
            yield return $"{name}: its health check has no start_period";
        foreach ((string other, JsonNode? dependency) in service.Members("depends_on"))
        {
            if (dependency.Text("condition") != "service_healthy")
                yield return $"{name}: does not wait until {other} is healthy";
            if (document.At("services", other) is null)
                yield return $"{name}: depends on {other}, which is not there";
        }
        if (service.At("depends_on") is JsonArray)
            yield return $"{name}: waits for a start, not for health";
    }

    private static IEnumerable<string> Secrets(string name, JsonNode? service)
    {
        foreach ((string variable, JsonNode? value) in service.Members("environment"))
        {
            if (Secret.IsMatch(variable) && !variable.EndsWith("_FILE", StringComparison.Ordinal))
                yield return $"{name}: {variable} holds a secret";
            if (value?.ToString() is { } text && UriPassword.IsMatch(text))
                yield return $"{name}: {variable} holds a password";
        }
        foreach (string argument in service.Texts("command").Concat(service.Texts("entrypoint")).Where(a => UriPassword.IsMatch(a) || SecretArgument.IsMatch(a)))
            yield return $"{name}: a secret in the argument {argument}";
        if (service.At("environment") is JsonArray)
            yield return $"{name}: environment is a list";
    }

    private static IEnumerable<string> Mounts(string name, JsonNode? service, JsonObject document)
    {
        foreach (string volume in service.Texts("volumes"))
        {
            string[] parts = volume.Split(':');
            if (document.At("volumes") is not JsonObject named || !named.ContainsKey(parts[0]))
                yield return $"{name}: {volume} is no named volume";
            if (parts.Length > 1 && (parts[1] == "/app" || parts[1].StartsWith("/app/", StringComparison.Ordinal)))
                yield return $"{name}: {volume} hides the code and the pin of the image";
        }
        if (service.Texts("command").Any(a => a.StartsWith("--default-artifact-root", StringComparison.Ordinal) && a != "--default-artifact-root=mlflow-artifacts:/"))
            yield return $"{name}: artifacts would go past the server";
    }

    [GeneratedRegex(@"^\$\{[A-Z_0-9]+:\?[^}]*\}$")]
    private static partial Regex Declared { get; }

    [GeneratedRegex("@sha256:[0-9a-f]{64}$")]
    private static partial Regex Digest { get; }

    [GeneratedRegex(@"^\$\{[A-Z]+_ADDRESS:-127\.0\.0\.1\}:")]
    private static partial Regex LoopbackByDefault { get; }

    [GeneratedRegex("TOKEN|SECRET|PASSWORD|PASSWD|ACCESS_KEY|ACCOUNT_KEY|CREDENTIAL(?!S_FILE)")]
    private static partial Regex Secret { get; }

    [GeneratedRegex(@"://[^/@\s]+:[^/@\s]+@")]
    private static partial Regex UriPassword { get; }

    [GeneratedRegex("(?i)--?[a-z-]*(password|secret|token)=")]
    private static partial Regex SecretArgument { get; }
}
