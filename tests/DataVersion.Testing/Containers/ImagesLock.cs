namespace DataVersion.Testing.Containers;

/// <summary><c>container/images.lock</c>: lines <c>NAME TAG DIGEST</c>; <c>-</c> where a digest has not been looked up.</summary>
public sealed class ImagesLock
{
    private ImagesLock(IReadOnlyList<string> references) => References = references;

    /// <summary>As a Dockerfile writes them: <c>name:tag</c>, with <c>@digest</c> where it is known.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">A line is none of the three fields.</exception>
    public static ImagesLock Open(string path)
    {
        var references = new List<string>();
        foreach (string line in File.ReadLines(path).Where(l => l.Length > 0 && !l.StartsWith('#')))
        {
            if (line.Split(' ') is not [var name, var tag, var digest] || (digest != "-" && !digest.StartsWith("sha256:", StringComparison.Ordinal)))
                throw new FormatException($"{path}: '{line}' is not NAME TAG DIGEST");
            references.Add(digest == "-" ? $"{name}:{tag}" : $"{name}:{tag}@{digest}");
        }
        return new ImagesLock(references);
    }
}
