using DataVersion.Platform;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Models;

/// <summary>A model in a folder of this machine, or a file with its signature beside it.</summary>
internal sealed class LocalFiles(string path) : IModelFiles
{
    /// <summary>What there is at this moment.</summary>
    /// <exception cref="DataVersionException">Nothing is there.</exception>
    internal static ResolvedModel Resolve(ModelUri uri)
    {
        string path = uri.Name;
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new FileAccessException(path, "no model is there", "a folder with model.onnx and signature.json, or the .onnx file with signature.json beside it");
        string stamp = string.Join(' ', Names(path).Select(Path.GetFullPath).Select(Stamp));
        return new ResolvedModel { Uri = uri, Location = path, Identity = $"{path} {stamp}", Files = new LocalFiles(path), Name = Path.GetFileName(path) };
    }

    /// <inheritdoc/>
    public async Task BringAsync(ModelFolder folder, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            await CopyAsync(folder, path, ModelSignature.ModelFileName, cancellationToken);
            await CopyAsync(folder, Path.Combine(Path.GetDirectoryName(path)!, ModelSignature.FileName), ModelSignature.FileName, cancellationToken);
            return;
        }
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (string file in Directory.EnumerateFiles(path, "*", everything))
            await CopyAsync(folder, file, Path.GetRelativePath(path, file).Replace(Path.DirectorySeparatorChar, '/'), cancellationToken);
    }

    private static async Task CopyAsync(ModelFolder folder, string file, string name, CancellationToken cancellationToken)
    {
        FileStream source;
        try
        {
            source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.Asynchronous);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(file, e);
        }
        await using (source)
        {
            bool executable = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(source.SafeFileHandle) & UnixFileMode.UserExecute) != 0;
            await folder.AddAsync(name, source, executable, cancellationToken);
        }
    }

    private static IEnumerable<string> Names(string path) => File.Exists(path)
        ? [path, Path.Combine(Path.GetDirectoryName(path)!, ModelSignature.FileName)]
        : [Path.Combine(path, ModelSignature.ModelFileName), Path.Combine(path, ModelSignature.FileName)];

    private static string Stamp(string file)
    {
        // A link that is turned to another folder, as Kubernetes does with mounted volumes, is another model, even one of the same size and time.
        string real = new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file;
        return FileStat.TryGet(real) is { } stat ? $"{stat.Device}:{stat.Inode}:{stat.Size}:{stat.ModifiedNs}:{stat.ChangedNs}" : "none";
    }
}
