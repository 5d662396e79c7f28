using System.Text.Json;

namespace DataVersion.Tracking.Records;

/// <summary>NuGet packages of a published .NET program, from the <c>NAME.deps.json</c> beside it.</summary>
internal static class NugetPackages
{
    /// <summary>Those of a command that is a .NET program: an apphost, or <c>dotnet X.dll</c>.</summary>
    public static IReadOnlyList<PackageFacts> OfCommand(IReadOnlyList<string> command, string workingDirectory)
    {
        string? program = Path.GetFileName(command[0]) is "dotnet" or "dotnet.exe"
            ? command.Skip(1).FirstOrDefault(a => a.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
            : command[0];
        if (program is null || program.Contains('\0'))
            return [];
        string full = Path.GetFullPath(program, workingDirectory);
        // A command without '/' that is looked up on the PATH is not found here; a trainer is rarely installed so.
        return Of(Path.GetDirectoryName(full) ?? "/", Path.GetExtension(full) is ".dll" or ".exe" ? Path.GetFileNameWithoutExtension(full) : Path.GetFileName(full));
    }

    /// <summary>Those of the program of a name in a folder; none where it has no such document.</summary>
    public static IReadOnlyList<PackageFacts> Of(string folder, string name)
    {
        if (EnvironmentCapture.Text(Path.Combine(folder, $"{name}.deps.json")) is not { } text)
            return [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.TryGetProperty("libraries", out JsonElement libraries) && libraries.ValueKind == JsonValueKind.Object
                ? [.. libraries.EnumerateObject().Where(IsPackage).Select(l => l.Name.Split('/', 2)).Where(p => p.Length == 2).Select(p => new PackageFacts("nuget", p[0], p[1])).OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase)]
                : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter: a name with half of a character.
            return [];
        }
    }

    private static bool IsPackage(JsonProperty library) => library.Value.ValueKind == JsonValueKind.Object
        && library.Value.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.GetString() is "package" or "runtimepack";
}
