namespace DataVersion.Git;

/// <summary>What a repository's own configuration says about its format: enough to know that libgit2 would refuse it.</summary>
internal sealed record GitFormat
{
    /// <summary>Bytes of an object id: 20, or 32 in SHA-256 repositories.</summary>
    internal int IdLength { get; private init; } = 20;

    /// <summary>Whether references lie in files, one each or packed.</summary>
    internal bool HasFileReferences { get; private init; } = true;

    /// <summary>Whether history was cut off by a clone or fetch with a depth.</summary>
    internal bool IsShallow { get; private init; }

    /// <summary>Why libgit2 cannot be used at all; null where it may be tried.</summary>
    internal string? Refusal { get; private init; }

    internal static GitFormat Read(string commonDirectory)
    {
        Dictionary<string, string> extensions = ReadExtensions(Path.Combine(commonDirectory, "config"));
        bool sha256 = extensions.GetValueOrDefault("objectformat") == "sha256";
        string references = extensions.GetValueOrDefault("refstorage", "files");
        return new GitFormat
        {
            IdLength = sha256 ? 32 : 20,
            HasFileReferences = references == "files",
            IsShallow = File.Exists(Path.Combine(commonDirectory, "shallow")),
            Refusal = sha256 ? "it uses SHA-256 object ids"
                : references != "files" ? $"it keeps its references in the {references} format"
                : extensions.ContainsKey("partialclone") ? "it is a partial clone"
                : null,
        };
    }

    // Git writes this section itself, one setting a line; where someone wrote it otherwise, libgit2 notices for us.
    private static Dictionary<string, string> ReadExtensions(string file)
    {
        var found = new Dictionary<string, string>();
        if (!File.Exists(file))
            return found;
        bool inside = false;
        foreach (string line in File.ReadLines(file).Select(line => line.Trim().ToLowerInvariant()))
        {
            if (line.StartsWith('['))
                inside = line == "[extensions]";
            else if (inside && line.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals)
                found[line[..equals].TrimEnd()] = line[(equals + 1)..].Trim(' ', '\t', '"');
        }
        return found;
    }
}
