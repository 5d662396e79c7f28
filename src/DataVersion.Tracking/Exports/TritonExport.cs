using System.Globalization;
using System.Text;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Tracking.Models;
using DataVersion.Workspaces;

namespace DataVersion.Tracking.Exports;

/// <summary>What is to be exported for Triton.</summary>
public sealed record TritonRequest
{
    /// <summary>The model repository's folder, absolute; it is made where it is missing.</summary>
    public required string Output { get; init; }

    /// <summary>The model's name there.</summary>
    public required string Name { get; init; }

    /// <summary>The version's number, from 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The most rows of one batch.</summary>
    public int MaxBatchSize { get; init; } = 1024;

    /// <summary>Replace what is there and differs.</summary>
    public bool Force { get; init; }

    /// <summary>What the model's hash must be, in hex; null where nobody says.</summary>
    public string? ExpectedSha256 { get; init; }

    /// <summary>Leave a <c>config.pbtxt</c> that is there as it is.</summary>
    public bool KeepConfig { get; init; }
}

/// <summary>What was exported.</summary>
/// <param name="Folder">The version's folder, absolute.</param>
/// <param name="Sha256">SHA-256 of the model's file, in hex.</param>
/// <param name="Bytes">Bytes of the model and its files of weights.</param>
/// <param name="IsNew">False where all of it was there already.</param>
/// <param name="Model">What the model takes and gives.</param>
public sealed record TritonResult(string Folder, string Sha256, long Bytes, bool IsNew, OnnxInterface Model);

/// <summary>
/// Writes a model into a model repository of NVIDIA Triton Inference Server: <c>NAME/config.pbtxt</c> and <c>NAME/VERSION/model.onnx</c>
/// (docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_repository.html). A server that looks meanwhile sees a version whole or not
/// at all: it is put together under a name that Triton passes over, and renamed.
/// </summary>
public sealed class TritonExport(TritonRequest request)
{
    private readonly string _model = Path.Combine(request.Output, request.Name);

    /// <summary>Exports.</summary>
    /// <exception cref="UsageException">The model cannot be exported.</exception>
    /// <exception cref="RefusedException">Something else lies there; nothing was changed.</exception>
    /// <exception cref="InvalidFormatException">The file is no ONNX model.</exception>
    public async Task<TritonResult> RunAsync(IExportSource source, CancellationToken cancellationToken)
    {
        if (request.Name.Length == 0 || request.Name[0] == '.' || request.Name.AsSpan().IndexOfAny('/', '\\', '\0') >= 0 || request.Name.Any(char.IsControl))
            throw new UsageException($"'{PathRules.Printable(request.Name)}' cannot be the name of a model", "choose another one: --name NAME");
        OnnxInterface model;
        await using (Stream stream = await source.OpenAsync(source.ModelFile, cancellationToken))
            model = OnnxInterface.Read(stream, source.Name);
        byte[] config = Encoding.UTF8.GetBytes(TritonConfig.Write(request.Name, model, request.MaxBatchSize));
        try
        {
            return await WriteAsync(source, model, config, cancellationToken);
        }
        catch (Exception e) when (SystemErrors.IsFileError(e))
        {
            throw SystemErrors.From(_model, e);
        }
    }

    private async Task<TritonResult> WriteAsync(IExportSource source, OnnxInterface model, byte[] config, CancellationToken cancellationToken)
    {
        string version = Path.Combine(_model, request.Version.ToString(CultureInfo.InvariantCulture));
        string configFile = Path.Combine(_model, TritonConfig.FileName);
        bool writesConfig = !File.Exists(configFile) || (!request.KeepConfig && !File.ReadAllBytes(configFile).AsSpan().SequenceEqual(config));
        if (writesConfig && File.Exists(configFile) && !request.Force)
            throw StagedFolder.Refused(configFile, "--keep-config leaves it as it is, --force replaces it");
        using var staged = new StagedFolder(_model);
        (string sha256, long bytes) = await StageAsync(source, model, staged, cancellationToken);
        bool isThere = staged.IsAt(version, request.Force, "choose another number with --version, or replace it with --force");
        // Before the version: without it a server that looks now would make one up.
        if (writesConfig)
            await WriteConfigAsync(configFile, config, cancellationToken);
        if (!isThere)
            staged.MoveTo(version);
        return new TritonResult(version, sha256, bytes, writesConfig || !isThere, model);
    }

    private async Task<(string Sha256, long Bytes)> StageAsync(IExportSource source, OnnxInterface model, StagedFolder staged, CancellationToken cancellationToken)
    {
        (string sha256, long all) = await CopyAsync(source, source.ModelFile, staged, ModelSignature.ModelFileName, cancellationToken);
        if (request.ExpectedSha256 is { } expected && !expected.Equals(sha256, StringComparison.OrdinalIgnoreCase))
            throw new ObjectCorruptException($"sha256:{expected}", $"sha256:{sha256}", $"in '{PathRules.Printable(source.Name)}', whose {ModelSignature.FileName} names the model's hash", "train the model again, or take it out of a version: PATH@REV");
        string parent = WorkspacePath.Parent(source.ModelFile);
        foreach (string file in model.ExternalFiles)
        {
            // The model says the name, and may come from anywhere.
            if (Path.IsPathRooted(file) || file.Split('/').Any(p => p is "" or "." or "..") || file.Contains('\0') || file == ModelSignature.ModelFileName)
                throw new UsageException($"the model '{PathRules.Printable(source.Name)}' keeps weights in '{PathRules.Printable(file)}', which is not a file below its folder");
            all += (await CopyAsync(source, WorkspacePath.Join(parent, file), staged, file, cancellationToken)).Bytes;
        }
        return (sha256, all);
    }

    private static async Task<(string Sha256, long Bytes)> CopyAsync(IExportSource source, string path, StagedFolder staged, string target, CancellationToken cancellationToken)
    {
        await using Stream from = await source.OpenAsync(path, cancellationToken);
        return await staged.CopyAsync(from, target, executable: false, cancellationToken);
    }

    private async Task WriteConfigAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        string part = StagedFolder.TemporaryName(_model);
        await File.WriteAllBytesAsync(part, bytes, cancellationToken);
        File.Move(part, path, overwrite: true);
    }
}
