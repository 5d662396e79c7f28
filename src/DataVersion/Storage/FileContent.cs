using DataVersion.Platform;

namespace DataVersion.Storage;

/// <summary>Content of a file, whose length is taken when this is made.</summary>
public sealed class FileContent : IContent
{
    private readonly string _path;

    /// <param name="path">The file.</param>
    /// <exception cref="FileAccessException">There is no such file or it may not be read.</exception>
    public FileContent(string path)
    {
        _path = path;
        try
        {
            Length = new FileInfo(path).Length;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(path, e);
        }
    }

    /// <summary>The file.</summary>
    public string Path => _path;

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    /// <exception cref="FileAccessException">The file has gone or may not be read.</exception>
    public Stream OpenRead(long offset = 0)
    {
        try
        {
            // Unbuffered: readers bring large buffers of their own.
            var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
            stream.Position = offset;
            return stream;
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(_path, e);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _path;
}
