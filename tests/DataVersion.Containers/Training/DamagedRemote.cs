using Amazon.S3.Model;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.Containers.Training;

/// <summary>A remote of which one object was overwritten and one deleted, and pins of it that are mounted over the project image's own.</summary>
internal sealed class DamagedRemote : IDisposable
{
    private readonly Project _project;
    private readonly string _absentPin;
    private string _absentCommit = "";

    private DamagedRemote(Project project)
    {
        _project = project;
        _absentPin = Path.Combine(project.Folder, "absent.pin.json");
    }

    internal static async Task<DamagedRemote> CreateAsync()
    {
        Project project = await Project.CreateAsync("python-trainer", "payments.csv", rows: 200);
        var remote = new DamagedRemote(project);
        await remote.DamageAsync("data/payments.csv", delete: false);
        await remote.DamageAsync("data/deep/er/extra.csv", delete: true);
        // The next commit, whose remote is where nobody listens.
        string config = Path.Combine(project.Folder, ".dv/config");
        string text = await File.ReadAllTextAsync(config);
        await File.WriteAllTextAsync(config, text.Replace(RadosGateway.Instance.Endpoint, "http://127.0.0.1:9", StringComparison.Ordinal));
        await project.Host.GitAsync(project.Folder, "commit", "-q", "-a", "-m", "another server");
        await project.Host.DvAsync(project.Folder, "pin", "--output", remote._absentPin);
        remote._absentCommit = (await project.Host.GitAsync(project.Folder, "rev-parse", "HEAD")).Trim();
        return remote;
    }

    internal string[] Options(TrainingScene scene, string volume) => Pinned(scene, volume, Path.Combine(_project.Folder, "dv.pin.json"), _project.Commit);

    internal string[] OptionsOfAbsentServer(TrainingScene scene, string volume) => Pinned(scene, volume, _absentPin, _absentCommit);

    public void Dispose() => _project.Dispose();

    private static string[] Pinned(TrainingScene scene, string volume, string pin, string commit) =>
        scene.Options(volume, "--volume", $"{pin}:/app/dv.pin.json:ro", "--env", $"GIT_COMMIT={commit}");

    private async Task DamageAsync(string path, bool delete)
    {
        string id = File.ReadLines(Path.Combine(_project.Folder, $"{path}.dv")).First(line => line.StartsWith("hash: ", StringComparison.Ordinal)).Split(':')[^1].Trim();
        string prefix = _project.Url[(_project.Url.LastIndexOf('/') + 1)..];
        var client = RadosGateway.Instance.Client;
        ListObjectsV2Response found = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = RadosGateway.Bucket, Prefix = $"{prefix}/dvstore/v1/objects/" });
        S3Object stored = Assert.Single(found.S3Objects, o => o.Key.Replace("/", "", StringComparison.Ordinal).EndsWith(id, StringComparison.Ordinal));
        if (delete)
            await client.DeleteObjectAsync(RadosGateway.Bucket, stored.Key);
        else
            await client.PutObjectAsync(new PutObjectRequest { BucketName = RadosGateway.Bucket, Key = stored.Key, ContentBody = new string('x', (int)stored.Size!), UseChunkEncoding = false });
    }
}
