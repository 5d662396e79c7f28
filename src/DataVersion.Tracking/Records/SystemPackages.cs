namespace DataVersion.Tracking.Records;

/// <summary>Packages of the operating system, from the files in which dpkg and apk keep them; no program is run.</summary>
internal static class SystemPackages
{
    public static IReadOnlyList<PackageFacts> Read(MachinePaths paths)
    {
        string root = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(paths.EtcDirectory)) ?? "/";
        List<PackageFacts> found =
        [
            .. Parse(EnvironmentCapture.Text(Path.Combine(root, "var/lib/dpkg/status")), "Package", "Version", IsInstalled),
            .. Distroless(Path.Combine(root, "var/lib/dpkg/status.d")),
            .. Parse(EnvironmentCapture.Text(Path.Combine(root, "lib/apk/db/installed")), "P", "V", _ => true),
        ];
        return [.. found.DistinctBy(p => (p.Name, p.Version)).OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Version, StringComparer.Ordinal)];
    }

    // Distroless images keep one file for each package, without a status line.
    private static IEnumerable<PackageFacts> Distroless(string folder) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder).Where(f => !f.EndsWith(".md5sums", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .SelectMany(f => Parse(EnvironmentCapture.Text(f), "Package", "Version", _ => true));

    // Paragraphs of "Name: value" lines (deb-control(5)), or "N:value" as apk has them.
    private static IEnumerable<PackageFacts> Parse(string? text, string nameKey, string versionKey, Func<Dictionary<string, string>, bool> counts)
    {
        if (text is null)
            yield break;
        var fields = new Dictionary<string, string>();
        foreach (string line in text.Split('\n').Append(""))
        {
            if (line.Length == 0)
            {
                if (fields.TryGetValue(nameKey, out string? name) && fields.TryGetValue(versionKey, out string? version) && counts(fields))
                    yield return new PackageFacts("system", name, version);
                fields.Clear();
                continue;
            }
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && !char.IsWhiteSpace(line[0]))
                fields[line[..colon]] = line[(colon + 1)..].Trim();
        }
    }

    private static bool IsInstalled(Dictionary<string, string> fields) =>
        fields.GetValueOrDefault("Status", "").EndsWith(" installed", StringComparison.Ordinal);
}
