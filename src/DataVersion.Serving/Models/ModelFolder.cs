using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Models;

/// <summary>A file of a model that has been brought here.</summary>
/// <param name="Path">Relative, with '/'.</param>
/// <param name="Content">What hashing found.</param>
/// <param name="Executable">Whether it is known to be executable.</param>
internal sealed record ModelFile(string Path, HashedContent Content, bool Executable);

/// <summary>A private folder that a model is loaded from. Files are hashed while they come, and bounded together.</summary>
internal sealed class ModelFolder : IDisposable
{
    private const int MaxFiles = 10_000;

    private readonly Dictionary<string, ModelFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _sizes = new(StringComparer.Ordinal);
    private readonly long _maxBytes;

    private ModelFolder(string path, long maxBytes)
    {
        Root = path;
        _maxBytes = maxBytes;
    }

    internal string Root { get; }

    /// <summary>What is here.</summary>
    internal IReadOnlyDictionary<string, ModelFile> Files => _files;

    /// <exception cref="FileAccessException">It cannot be made.</exception>
    internal static ModelFolder Create(string parent, long maxBytes)
    {
        try
        {
            Directory.CreateDirectory(parent);
            string path = Path.Combine(parent, $"dv-serve-{Guid.NewGuid():N}");
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new ModelFolder(path, maxBytes);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(parent, e);
        }
    }

    /// <summary>The file's place.</summary>
    internal string PathOf(string path) => Path.Combine(Root, path.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Opens a file for writing; once disposed of without an error it is one of <see cref="Files"/>. A second one of that path replaces it.</summary>
    /// <param name="path">Relative, with '/'.</param>
    /// <param name="executable">Whether it is known to be executable.</param>
    /// <exception cref="UnsafePathException">The path leaves the folder.</exception>
    /// <exception cref="FileAccessException">It cannot be made.</exception>
    internal Stream Open(string path, bool executable = false)
    {
        PathRules.CheckRelativePath(path);
        if (!_sizes.ContainsKey(path) && _sizes.Count == MaxFiles)
            throw new UsageException($"the model has more than {MaxFiles} files", "does MODEL_URI name the folder of the model, and not one above it?");
        _sizes[path] = 0;
        _files.Remove(path);
        string full = PathOf(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            var file = new FileStream(full, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            return new HashedFile(this, path, executable, file);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(full, e);
        }
    }

    /// <summary>Copies a stream to a file.</summary>
    /// <exception cref="DataVersionException">It is too large, or cannot be written.</exception>
    internal async Task AddAsync(string path, Stream source, bool executable, CancellationToken cancellationToken)
    {
        await using Stream target = Open(path, executable);
        await source.CopyToAsync(target, 128 * 1024, cancellationToken);
    }

    /// <summary>The id of the dv tree of all files.</summary>
    internal async Task<ObjectId> TreeIdAsync(CancellationToken cancellationToken) => (await WriteTreeAsync("", cancellationToken)).Id;

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            // What a session still maps cannot be removed on Windows; the system's folder for temporary files is cleared by others.
        }
    }

    private async Task<WrittenTree> WriteTreeAsync(string folder, CancellationToken cancellationToken)
    {
        var writer = new TreeWriter(HashKind.Sha256, (_, _, _) => Task.CompletedTask);
        var entries = new List<TreeEntry>();
        string prefix = folder.Length == 0 ? "" : $"{folder}/";
        foreach (IGrouping<string, ModelFile> group in _files.Values.Where(f => f.Path.StartsWith(prefix, StringComparison.Ordinal)).GroupBy(f => f.Path[prefix.Length..].Split('/')[0]))
        {
            ModelFile first = group.First();
            if (first.Path.Length == prefix.Length + group.Key.Length)
            {
                entries.Add(new TreeEntry
                {
                    Kind = first.Executable ? TreeEntryKind.Executable : TreeEntryKind.File,
                    Name = group.Key,
                    Id = first.Content.Id,
                    Size = first.Content.Size,
                    BlocksId = first.Content.BlockList is { } blocks ? IdentityHash.Of(HashKind.Sha256, blocks) : default,
                });
                continue;
            }
            WrittenTree inner = await WriteTreeAsync(prefix + group.Key, cancellationToken);
            entries.Add(new TreeEntry { Kind = TreeEntryKind.Directory, Name = group.Key, Id = inner.Id, Size = inner.Size, Files = inner.Files });
        }
        return await writer.WriteAsync([.. entries.OrderBy(e => e.Name, Utf8NameComparer.Instance)], cancellationToken);
    }

    private void Count(string path, int bytes)
    {
        _sizes[path] += bytes;
        if (_sizes.Values.Sum() > _maxBytes)
            throw new UsageException($"the model has more than {_maxBytes} bytes", "MODEL_MAX_BYTES sets the limit");
    }

    private sealed class HashedFile(ModelFolder folder, string path, bool executable, FileStream file) : Stream
    {
        private readonly ContentHasher _hasher = new(HashKind.Sha256, null, null);
        private bool _failed;
        private bool _closed;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _failed = true;
            folder.Count(path, buffer.Length);
            try
            {
                await file.WriteAsync(buffer, cancellationToken);
            }
            catch (Exception e) when (SystemErrors.IsFileError(e))
            {
                throw SystemErrors.From(file.Name, e);
            }
            _hasher.Append(buffer);
            _failed = false;
        }

        public override void Flush() => file.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_closed)
            {
                _closed = true;
                file.Dispose();
                if (!_failed)
                    folder._files[path] = new ModelFile(path, _hasher.Finish(), executable);
                _hasher.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
