using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>The fake server's artifacts, on a local store.</summary>
internal sealed class MlflowArtifacts(MlflowState state)
{
    public MlflowServerAnswer Answer(MlflowServerRequest request, string path, MlflowServerBody? body)
    {
        if (path.Split('/').Contains(".."))
            throw MlflowServerRefusal.Invalid("Invalid path");
        switch (request.Method)
        {
            case "PUT":
                state.Artifacts[path] = body!.Store();
                return MlflowServerAnswer.Empty;
            case "GET" when path.Length == 0:
                return MlflowServerAnswer.Json(ListFolder(request.Query.TryGetValue("path", out string? folder) ? folder : ""));
            case "GET" when state.Artifacts.TryGetValue(path, out MlflowStoredArtifact? found):
                return new MlflowServerAnswer(200, "application/octet-stream", "") { Bytes = found.Bytes ?? [] };
            default:
                // A file that is missing is an internal error there.
                throw new MlflowServerRefusal(500, "INTERNAL_ERROR",
                    $"The following failures occurred while downloading one or more artifacts from /data:\n##### File {path} #####\n[Errno 2] No such file or directory: '/data/{path}'");
        }
    }

    // Names are relative to the folder here, and to the run in the list of a run.
    private JsonObject ListFolder(string folder)
    {
        if (folder.Split('/').Contains(".."))
            throw MlflowServerRefusal.Invalid("Invalid path");
        var files = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach ((string name, MlflowStoredArtifact artifact) in state.Artifacts)
        {
            if (!name.StartsWith($"{folder}/", StringComparison.Ordinal))
                continue;
            string rest = name[(folder.Length + 1)..];
            int slash = rest.IndexOf('/', StringComparison.Ordinal);
            string own = slash < 0 ? rest : rest[..slash];
            files[own] = slash < 0
                ? new JsonObject { ["path"] = own, ["is_dir"] = false, ["file_size"] = artifact.Length }
                : new JsonObject { ["path"] = own, ["is_dir"] = true };
        }
        return files.Count > 0 ? new JsonObject { ["files"] = new JsonArray([.. files.Values]) } : [];
    }

    public JsonObject List(MlflowServerRequest request)
    {
        string id = request.Query["run_id"];
        MlflowServerRun run = state.Runs.TryGetValue(id, out MlflowServerRun? found) ? found : throw MlflowServerRefusal.Missing($"Run with id={id} not found");
        string root = $"{run.ArtifactUri["mlflow-artifacts:/".Length..]}/";
        string folder = request.Query.TryGetValue("path", out string? path) ? $"{path}/" : "";
        var files = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach ((string name, MlflowStoredArtifact artifact) in state.Artifacts)
        {
            if (!name.StartsWith(root + folder, StringComparison.Ordinal))
                continue;
            string rest = name[(root.Length + folder.Length)..];
            int slash = rest.IndexOf('/', StringComparison.Ordinal);
            string own = folder + (slash < 0 ? rest : rest[..slash]);
            files[own] = slash < 0
                ? new JsonObject { ["path"] = own, ["is_dir"] = false, ["file_size"] = artifact.Length }
                : new JsonObject { ["path"] = own, ["is_dir"] = true };
        }
        var answer = new JsonObject { ["root_uri"] = run.ArtifactUri };
        if (files.Count > 0)
            answer["files"] = new JsonArray([.. files.Values]);
        return answer;
    }
}
