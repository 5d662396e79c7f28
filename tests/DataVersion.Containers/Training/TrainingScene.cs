using System.Text.Json.Nodes;
using DataVersion.Testing;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Training;

/// <summary>Tests that share one project, one after the other: they look for the last run on its remote.</summary>
[CollectionDefinition(Name)]
public sealed class TrainingCollection : ICollectionFixture<TrainingScene>
{
    internal const string Name = "training";
}

/// <summary>The example project on the trainer's image, built when the first test asks for it. Each run gets a volume, keys in a file, and nothing else.</summary>
public sealed class TrainingScene : IDisposable
{
    private readonly ImageSet _images;
    private readonly TempFolder _files = new();
    private readonly Lazy<Task<(Project Project, BuiltImage Image)>> _built;

    /// <summary>Builds nothing yet.</summary>
    public TrainingScene(ImageSet images)
    {
        _images = images;
        _built = new(BuildAsync);
        // As a mounted secret lies there: of root, and readable.
        File.SetUnixFileMode(_files.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        KeyFile = _files.At("aws");
        File.WriteAllText(KeyFile, "[default]\naws_access_key_id = dvkey\naws_secret_access_key = dvsecret\n");
    }

    /// <summary>Keys of the S3 server.</summary>
    internal string KeyFile { get; }

    /// <summary>Builds the image, once.</summary>
    internal Task<(Project Project, BuiltImage Image)> BuiltAsync() => _built.Value;

    /// <summary>The arguments of <c>podman run</c> before the image: locked, with a volume for all that is written, keys by a file.</summary>
    internal string[] Options(string volume, params string[] more) =>
    [
        .. Locked.Options, "--volume", $"{volume}:/work", "--volume", $"{KeyFile}:/run/secrets/aws:ro", "--env", "AWS_SHARED_CREDENTIALS_FILE=/run/secrets/aws",
        "--env", "DV_TRUST_REMOTE=1", "--env", "AWS_EC2_METADATA_DISABLED=true", .. more,
    ];

    /// <summary>Starts the image and waits for its end.</summary>
    internal async Task<ContainerRan> RunAsync(string[] options, params string[] command)
    {
        (_, BuiltImage image) = await BuiltAsync();
        return await (await _images.EngineAsync()).RunAsync("podman", ["run", "--rm", .. options, image.Name, .. command]);
    }

    /// <summary>A run's record as a colleague sees it, on the remote; the last one without an id.</summary>
    internal async Task<JsonNode> RecordAsync()
    {
        (Project project, _) = await BuiltAsync();
        JsonNode runs = JsonNode.Parse(await project.Host.DvAsync(project.Folder, "runs", "--limit", "1", "--json"))!;
        string id = runs["runs"]![0]!["run"]!.GetValue<string>();
        return JsonNode.Parse(await project.Host.DvAsync(project.Folder, "runs", "show", id, "--json"))!;
    }

    public void Dispose()
    {
        if (_built.IsValueCreated && _built.Value.IsCompletedSuccessfully)
            _built.Value.Result.Project.Dispose();
        _files.Dispose();
    }

    private async Task<(Project Project, BuiltImage Image)> BuildAsync()
    {
        BuiltImage train = await _images.TrainAsync();
        Project project = await Project.CreateAsync("project", "payments.parquet", rows: 5000);
        // What a working copy has beside its sources: none of it may get into the image.
        foreach (string path in (string[])[".env", "data/big", "data/deep/er/big", "secrets/x", "notes.txt", "mlruns/0/meta.yaml", "src/cache/model.bin"])
            SourceTree.Write(project.Folder, path, ImageSet.Canary);
        // As the example says: this builder looks into no folder that is not named.
        await File.AppendAllTextAsync(Path.Combine(project.Folder, ".dockerignore"), "!data/deep/er/?*.dv\n");
        return (project, await project.BuildAsync(_images, "project", train));
    }
}
