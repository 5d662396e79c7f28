using DataVersion.Objects;
using DataVersion.Tracking.Mlflow;
using DataVersion.Tracking.Models;

namespace DataVersion.Serving.Models;

/// <summary>A model among MLflow's artifacts, brought through the server's proxy.</summary>
internal sealed class ArtifactFiles(MlflowClient client, string artifactUri) : IModelFiles
{
    private const int MaxDepth = 16;

    /// <inheritdoc/>
    public async Task BringAsync(ModelFolder folder, CancellationToken cancellationToken)
    {
        if (artifactUri.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            int slash = artifactUri.LastIndexOf('/');
            await BringAsync(folder, artifactUri[..slash], artifactUri[(slash + 1)..], ModelSignature.ModelFileName, cancellationToken);
            await BringAsync(folder, artifactUri[..slash], ModelSignature.FileName, ModelSignature.FileName, cancellationToken);
            return;
        }
        await BringFolderAsync(folder, "", 0, cancellationToken);
        if (folder.Files.Count == 0)
            throw new MlflowException(client.Http.Settings.Location, $"there are no files at '{PathRules.Printable(artifactUri)}'", "was the model uploaded with the run? dv run --mlflow-artifacts");
    }

    private async Task BringFolderAsync(ModelFolder folder, string path, int depth, CancellationToken cancellationToken)
    {
        if (depth > MaxDepth)
            throw new UnsafePathException(path, "lies too deep");
        foreach (MlflowArtifact artifact in await client.ListFolderAsync(artifactUri, path, cancellationToken))
        {
            if (artifact.IsDirectory)
                await BringFolderAsync(folder, artifact.Path, depth + 1, cancellationToken);
            else
                await BringAsync(folder, artifactUri, artifact.Path, artifact.Path, cancellationToken);
        }
    }

    private Task BringAsync(ModelFolder folder, string root, string path, string name, CancellationToken cancellationToken) =>
        client.DownloadArtifactAsync(root, path, _ => Task.FromResult(folder.Open(name)), cancellationToken);
}
