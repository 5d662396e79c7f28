namespace DataVersion.Tracking.Exports;

/// <summary>Where an exported model's files come from.</summary>
public interface IExportSource
{
    /// <summary>The model, for messages: the path or the path and revision.</summary>
    string Name { get; }

    /// <summary>The model's file, relative to the folder that it lies in.</summary>
    string ModelFile { get; }

    /// <summary>Opens a file; the stream can seek.</summary>
    /// <param name="path">Relative to the model's folder, with '/'.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="UsageException">There is no such file.</exception>
    Task<Stream> OpenAsync(string path, CancellationToken cancellationToken);
}

/// <summary>A model on this machine's disk.</summary>
/// <param name="name">As the user wrote it.</param>
/// <param name="folder">The model's folder, absolute.</param>
/// <param name="modelFile">Its file in it.</param>
public sealed class FolderSource(string name, string folder, string modelFile) : IExportSource
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string ModelFile => modelFile;

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        string full = Path.Combine(folder, path);
        try
        {
            return Task.FromResult<Stream>(new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        }
        catch (Exception e) when (Platform.SystemErrors.IsFileError(e))
        {
            throw e is FileNotFoundException or DirectoryNotFoundException
                ? new UsageException($"'{Objects.PathRules.Printable(name)}' lacks '{Objects.PathRules.Printable(path)}'")
                : Platform.SystemErrors.From(full, e);
        }
    }
}
