#nullable enable
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

/// <summary>
/// What a program is made of, as CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/): every package that its deps.json names, with its version, the hash and
/// licence of the package that was restored, and what needs what; and the .NET runtime that it runs on. The same program gives the same bytes.
/// Also compiled into the tests.
/// </summary>
static class Sbom
{
    /// <param name="depsFile">The program's deps.json; its runtimeconfig.json lies beside it.</param>
    /// <param name="packagesFolder">Where NuGet keeps packages.</param>
    /// <param name="licence">SPDX id of our own projects' licence.</param>
    /// <exception cref="System.IO.InvalidDataException">It is no deps.json of a program.</exception>
    internal static string Of(string depsFile, string packagesFolder, string licence)
    {
        using JsonDocument deps = JsonDocument.Parse(System.IO.File.ReadAllText(depsFile));
        string name = System.IO.Path.GetFileName(depsFile).Replace(".deps.json", "", StringComparison.Ordinal);
        string target = deps.RootElement.GetProperty("runtimeTarget").GetProperty("name").GetString()!;
        JsonElement nodes = deps.RootElement.GetProperty("targets").GetProperty(target);
        var references = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var components = new List<JsonObject>();
        foreach (JsonProperty library in deps.RootElement.GetProperty("libraries").EnumerateObject().OrderBy(l => l.Name, StringComparer.Ordinal))
        {
            string[] parts = library.Name.Split('/');
            JsonObject component = library.Value.GetProperty("type").GetString() == "package" && !parts[0].StartsWith("runtimepack.", StringComparison.Ordinal)
                ? Package(parts[0], parts[1], library.Value, packagesFolder)
                : Own(parts[0], parts[1], licence);
            references[library.Name] = component["bom-ref"]!.ToString();
            components.Add(component);
        }
        JsonObject program = components.FirstOrDefault(c => c["name"]!.ToString() == name) ?? throw new System.IO.InvalidDataException($"{depsFile}: there is no library '{name}'");
        components.Remove(program);
        program["type"] = "application";
        JsonObject[] runtimes = [.. Runtimes(System.IO.Path.ChangeExtension(System.IO.Path.ChangeExtension(depsFile, null), ".runtimeconfig.json"))];
        JsonArray edges = Dependencies(nodes, references, program["bom-ref"]!.ToString(), runtimes);
        components.AddRange(runtimes);
        var document = new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.5",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["tools"] = new JsonObject { ["components"] = new JsonArray(new JsonObject { ["type"] = "application", ["name"] = "DataVersion build, target Sbom", ["version"] = program["version"]!.ToString() }) },
                ["component"] = program,
            },
            ["components"] = new JsonArray([.. components]),
            ["dependencies"] = edges,
        };
        // A number that follows from the content: whoever builds the same gets the same.
        document.Insert(2, "serialNumber", $"urn:uuid:{NumberOf(document.ToJsonString())}");
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    private static JsonObject Package(string id, string version, JsonElement library, string packagesFolder)
    {
        string folder = System.IO.Path.Combine(packagesFolder, id.ToLowerInvariant(), version.ToLowerInvariant());
        XElement? metadata = Metadata(System.IO.Path.Combine(folder, $"{id.ToLowerInvariant()}.nuspec"));
        string? Field(string name) => metadata?.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value.Trim() is { Length: > 0 } text ? text : null;
        var component = new JsonObject { ["type"] = "library", ["bom-ref"] = $"pkg:nuget/{id}@{version}" };
        if (Field("authors") is { } authors)
            component["author"] = authors;
        component["name"] = id;
        component["version"] = version;
        if (library.TryGetProperty("sha512", out JsonElement hash) && hash.GetString() is { } text && text.StartsWith("sha512-", StringComparison.Ordinal))
            component["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(text["sha512-".Length..])) });
        if (LicenceOf(metadata) is { } licence)
            component["licenses"] = new JsonArray(licence);
        component["purl"] = $"pkg:nuget/{id}@{version}";
        if (Field("projectUrl") is { } url && Uri.IsWellFormedUriString(url, UriKind.Absolute))
            component["externalReferences"] = new JsonArray(new JsonObject { ["type"] = "website", ["url"] = url });
        if (IsAssembledHere(System.IO.Path.Combine(folder, ".nupkg.metadata")))
            component["properties"] = new JsonArray(new JsonObject { ["name"] = "dv:feed", ["value"] = "assembled by .config/feed: the hash is not that of the package of this name on a registry" });
        return component;
    }

    private static JsonObject Own(string name, string version, string licence) => new()
    {
        ["type"] = "library",
        ["bom-ref"] = $"pkg:generic/{name}@{version}",
        ["name"] = name,
        ["version"] = version,
        ["licenses"] = new JsonArray(new JsonObject { ["license"] = new JsonObject { ["id"] = licence } }),
        ["purl"] = $"pkg:generic/{name}@{version}",
    };

    // A nuspec says its licence as an SPDX expression, as a file in the package, or, if it is old, as an address.
    private static JsonObject? LicenceOf(XElement? metadata)
    {
        XElement? licence = metadata?.Elements().FirstOrDefault(e => e.Name.LocalName == "license");
        if (licence is null)
        {
            string? url = metadata?.Elements().FirstOrDefault(e => e.Name.LocalName == "licenseUrl")?.Value.Trim();
            return url is { Length: > 0 } ? new JsonObject { ["license"] = new JsonObject { ["name"] = url, ["url"] = url } } : null;
        }
        string text = licence.Value.Trim();
        if (licence.Attribute("type")?.Value != "expression")
            return new JsonObject { ["license"] = new JsonObject { ["name"] = $"the file {text} in the package" } };
        return text.Contains(' ', StringComparison.Ordinal) ? new JsonObject { ["expression"] = text } : new JsonObject { ["license"] = new JsonObject { ["id"] = text } };
    }

    private static XElement? Metadata(string nuspec) =>
        System.IO.File.Exists(nuspec) ? XDocument.Load(nuspec).Root?.Elements().FirstOrDefault(e => e.Name.LocalName == "metadata") : null;

    private static bool IsAssembledHere(string metadataFile)
    {
        if (!System.IO.File.Exists(metadataFile))
            return false;
        using JsonDocument metadata = JsonDocument.Parse(System.IO.File.ReadAllText(metadataFile));
        return metadata.RootElement.TryGetProperty("source", out JsonElement source) && source.GetString() is { } text && !text.Contains("://", StringComparison.Ordinal);
    }

    private static IEnumerable<JsonObject> Runtimes(string configFile)
    {
        if (!System.IO.File.Exists(configFile))
            yield break;
        using JsonDocument config = JsonDocument.Parse(System.IO.File.ReadAllText(configFile));
        JsonElement options = config.RootElement.GetProperty("runtimeOptions");
        var frameworks = new List<JsonElement>();
        foreach (string member in (string[])["frameworks", "includedFrameworks"])
        {
            if (options.TryGetProperty(member, out JsonElement several))
                frameworks.AddRange(several.EnumerateArray());
        }
        if (options.TryGetProperty("framework", out JsonElement one))
            frameworks.Add(one);
        foreach (JsonElement framework in frameworks)
        {
            (string name, string version) = (framework.GetProperty("name").GetString()!, framework.GetProperty("version").GetString()!);
            yield return new JsonObject
            {
                ["type"] = "framework",
                ["bom-ref"] = $"pkg:generic/{name}@{version}",
                ["name"] = name,
                ["version"] = version,
                ["description"] = "The least version that it runs on; a container image has its own.",
                ["licenses"] = new JsonArray(new JsonObject { ["license"] = new JsonObject { ["id"] = "MIT" } }),
                ["purl"] = $"pkg:generic/{name}@{version}",
            };
        }
    }

    private static JsonArray Dependencies(JsonElement nodes, SortedDictionary<string, string> references, string program, JsonObject[] runtimes)
    {
        var edges = new JsonArray();
        foreach ((string library, string reference) in references)
        {
            var needs = new SortedSet<string>(StringComparer.Ordinal);
            if (nodes.TryGetProperty(library, out JsonElement node) && node.TryGetProperty("dependencies", out JsonElement dependencies))
                needs.UnionWith(dependencies.EnumerateObject().Select(d => references.GetValueOrDefault($"{d.Name}/{d.Value.GetString()}")).OfType<string>());
            if (reference == program)
                needs.UnionWith(runtimes.Select(r => r["bom-ref"]!.ToString()));
            var edge = new JsonObject { ["ref"] = reference };
            if (needs.Count > 0)
                edge["dependsOn"] = new JsonArray([.. needs.Select(n => (JsonNode)n)]);
            edges.Add(edge);
        }
        foreach (JsonObject runtime in runtimes)
            edges.Add(new JsonObject { ["ref"] = runtime["bom-ref"]!.ToString() });
        return edges;
    }

    // RFC 9562, version 8: bits of a hash.
    private static string NumberOf(string content)
    {
        byte[] bits = SHA256.HashData(Encoding.UTF8.GetBytes(content))[..16];
        bits[6] = (byte)((bits[6] & 0x0f) | 0x80);
        bits[8] = (byte)((bits[8] & 0x3f) | 0x80);
        string hex = Convert.ToHexStringLower(bits);
        return string.Create(CultureInfo.InvariantCulture, $"{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}");
    }
}
