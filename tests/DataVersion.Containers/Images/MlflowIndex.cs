using System.IO.Compression;
using System.Security.Cryptography;
using DataVersion.Testing;
using DataVersion.Testing.Containers;

namespace DataVersion.Containers.Images;

/// <summary>A folder of wheels in the place of an index of Python's packages, and a copy of what <c>Dockerfile.mlflow</c> is built from.</summary>
internal sealed class MlflowIndex
{
    private readonly ImageSet _images;
    private readonly string _wheels;
    private readonly string _context;
    private readonly string _settings;

    internal MlflowIndex(ImageSet images, TempFolder folder)
    {
        _images = images;
        _wheels = Directory.CreateDirectory(folder.At("wheels")).FullName;
        _context = folder.At("context");
        _settings = folder.At("pip.conf");
        File.WriteAllText(_settings, "[global]\nno-index = true\nfind-links = /wheels\nbreak-system-packages = true\n");
        Directory.CreateDirectory(Path.Combine(_context, "container"));
        foreach (string file in (string[])["mlflow-server.sh", "refresh-requirements.sh"])
            File.Copy(ProjectFolder.At("container", file), Path.Combine(_context, "container", file));
    }

    private string RequirementsFile => Path.Combine(_context, "container/mlflow-requirements.txt");

    /// <summary>What the repository's file asks for, NAME==VERSION, without hashes.</summary>
    internal static string[] Requirements() =>
        [.. File.ReadLines(ProjectFolder.At("container/mlflow-requirements.txt")).Where(l => l.Contains("==", StringComparison.Ordinal) && !l.StartsWith('#')).Select(l => l.Split(' ')[0])];

    internal Task WriteRequirementsAsync(params IEnumerable<string> lines) => File.WriteAllTextAsync(RequirementsFile, string.Concat(lines.Select(l => $"{l}\n")));

    internal Task<string> ReadRequirementsAsync() => File.ReadAllTextAsync(RequirementsFile);

    /// <summary>Runs the script in the image that MLflow's stands on, as README.md says.</summary>
    internal async Task<ContainerRan> RefreshAsync(params string[] arguments) => await (await _images.EngineAsync()).RunAsync("podman", [
        "run", "--rm", "--network", "none", "--volume", $"{_context}/container:/container", .. Volumes(), "--entrypoint", "bash", (await _images.MlflowBaseAsync()).Name,
        "/container/refresh-requirements.sh", .. arguments]);

    /// <summary>Builds the image with these requirements and these wheels, and no layer of an earlier build: what lies in a volume is no part of a layer's name.</summary>
    internal async Task<ContainerRan> BuildAsync(string name) => await (await _images.EngineAsync()).RunAsync("buildah", [
        "bud", "--format", "docker", .. Volumes(), "--build-arg", $"BASE_MLFLOW={(await _images.MlflowBaseAsync()).Name}", "--build-arg", $"GIT_COMMIT={ImageSet.Commit}",
        "--tag", $"localhost/{name}:test", "--file", ProjectFolder.At("container/Dockerfile.mlflow"), _context]);

    /// <summary>Puts a package that is empty but for a word into the index, in the place of one of the same name.</summary>
    /// <returns>Its SHA-256.</returns>
    internal string AddWheel(string name, string version, string tag = "py3-none-any", string word = "", params string[] needs)
    {
        // https://packaging.python.org/en/latest/specifications/binary-distribution-format/
        string file = name.Replace('-', '_');
        string module = file.Replace("_binary", "", StringComparison.Ordinal);
        string path = Wheel(name, version, tag);
        File.Delete(path);
        using (ZipArchive wheel = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            void Add(string entry, string text)
            {
                using var writer = new StreamWriter(wheel.CreateEntry(entry).Open());
                writer.Write(text);
            }
            Add($"{module}/__init__.py", $"# {tag} {word}\n");
            Add($"{file}-{version}.dist-info/METADATA", $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{string.Concat(needs.Select(n => $"Requires-Dist: {n}\n"))}");
            Add($"{file}-{version}.dist-info/WHEEL", $"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n");
            Add($"{file}-{version}.dist-info/RECORD", $"{module}/__init__.py,,\n{file}-{version}.dist-info/METADATA,,\n{file}-{version}.dist-info/WHEEL,,\n{file}-{version}.dist-info/RECORD,,\n");
        }
        return Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
    }

    internal void RemoveWheel(string name, string version) => File.Delete(Wheel(name, version, "py3-none-any"));

    private string Wheel(string name, string version, string tag) => Path.Combine(_wheels, $"{name.Replace('-', '_')}-{version}-{tag}.whl");

    private string[] Volumes() => ["--volume", $"{_wheels}:/wheels:ro", "--volume", $"{_settings}:/etc/pip.conf:ro"];
}
