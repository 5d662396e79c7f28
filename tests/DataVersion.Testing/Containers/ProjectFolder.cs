namespace DataVersion.Testing.Containers;

/// <summary>The repository that these tests were built in: Dockerfiles and documents are read from there.</summary>
public static class ProjectFolder
{
    /// <summary>Its root.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path in it.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DataVersion.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("these tests run inside of the repository only");
    }
}
