using System.Globalization;
using DataVersion.Testing;
using DataVersion.Testing.Containers;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.Containers;

/// <summary>A user's repository whose remote is a real S3 server, and the image that an example of container/examples makes of it.</summary>
internal sealed class Project : IDisposable
{
    private readonly TempFolder _folder = new();

    private Project() => Url = RadosGateway.NewUrl();

    internal HostProgram Host { get; } = new();

    /// <summary>The repository.</summary>
    internal string Folder => _folder.At("repository");

    /// <summary>The remote.</summary>
    internal string Url { get; }

    /// <summary>What it is pinned to.</summary>
    internal string Commit { get; private set; } = "";

    /// <summary>The hash of its pin, as <c>dv pin --sha256</c> printed it.</summary>
    internal string PinSha256 { get; private set; } = "";

    /// <summary>What the example wants of the data, named <paramref name="name"/>, and nested data beside it; pushed and pinned.</summary>
    internal static async Task<Project> CreateAsync(string example, string name, int rows, string? endpoint = null)
    {
        var project = new Project();
        string folder = Directory.CreateDirectory(project.Folder).FullName;
        foreach (string file in Directory.EnumerateFiles(ProjectFolder.At("container/examples", example)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        await project.Host.GitAsync(folder, "init", "-q");
        await project.Host.DvAsync(folder, "init", "-q");
        await project.Host.DvAsync(folder, "remote", "add", "s3", project.Url);
        await project.Host.DvAsync(folder, "remote", "modify", "s3", "endpoint", endpoint ?? RadosGateway.Instance.Endpoint);
        await project.Host.DvAsync(folder, "remote", "modify", "--local", "s3", "accesskeyid", "dvkey");
        await project.Host.DvAsync(folder, "remote", "modify", "--local", "s3", "secretaccesskey", "dvsecret");
        await project.Host.TrainAsync(folder, "generate", "--rows", rows.ToString(CultureInfo.InvariantCulture), "--seed", "1", "--out", $"data/{name}");
        SourceTree.Write(folder, "data/deep/er/extra.csv", "a,b\n1,2\n");
        await project.Host.DvAsync(folder, "add", $"data/{name}", "data/deep/er/extra.csv");
        await project.Host.GitAsync(folder, "add", "-A");
        await project.Host.GitAsync(folder, "commit", "-q", "-m", "data");
        await project.Host.DvAsync(folder, "push");
        project.PinSha256 = (await project.Host.DvAsync(folder, "pin", "--sha256")).Trim();
        project.Commit = (await project.Host.GitAsync(folder, "rev-parse", "HEAD")).Trim();
        return project;
    }

    /// <summary>Builds its image, as its README says.</summary>
    internal Task<BuiltImage> BuildAsync(ImageSet images, string name, BuiltImage train) =>
        images.BuildInAsync(Folder, name, Path.Combine(Folder, "Dockerfile"), $"BASE_TRAIN={train.Name}", $"PIN_SHA256={PinSha256}", $"GIT_COMMIT={Commit}");

    public void Dispose()
    {
        Host.Dispose();
        _folder.Dispose();
    }
}
