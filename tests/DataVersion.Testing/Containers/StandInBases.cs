using System.Globalization;
using System.Runtime.InteropServices;

namespace DataVersion.Testing.Containers;

/// <summary>
/// Images in the place of those that <c>container/images.lock</c> names, for machines that cannot reach their registries: Debian's smallest system with the
/// .NET of this machine. Made once for a machine, in its user's cache folder. There is no CUDA in the one for CUDA, and no MLflow in any.
/// </summary>
public static class StandInBases
{
    /// <summary>Debian without .NET.</summary>
    public const string System = "localhost/stand-in/debian:bookworm";

    /// <summary>In the place of <c>dotnet/sdk</c>.</summary>
    public const string Sdk = "localhost/stand-in/sdk:10.0";

    /// <summary>In the place of <c>dotnet/runtime</c>.</summary>
    public const string Runtime = "localhost/stand-in/runtime:10.0";

    /// <summary>In the place of <c>dotnet/aspnet</c>.</summary>
    public const string AspNet = "localhost/stand-in/aspnet:10.0";

    /// <summary>In the place of <c>nvidia/cuda</c>: a name of its own for <see cref="System"/>.</summary>
    public const string Cuda = "localhost/stand-in/cuda:none";

    private const string SystemFile = "FROM scratch\nADD base.tar /\nCMD [\"/bin/sh\"]\n";

    // As the vendor's images have it: the runtime in /usr/share/dotnet, the SDK with a setting that spares it the ICU library.
    private const string DotNetFile = $"""
        FROM {System} AS runtime
        COPY dotnet LICENSE.txt ThirdPartyNotices.txt /usr/share/dotnet/
        COPY host/ /usr/share/dotnet/host/
        COPY shared/Microsoft.NETCore.App/ /usr/share/dotnet/shared/Microsoft.NETCore.App/
        RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
        FROM runtime AS aspnet
        COPY shared/Microsoft.AspNetCore.App/ /usr/share/dotnet/shared/Microsoft.AspNetCore.App/
        FROM aspnet AS sdk
        COPY . /usr/share/dotnet/
        ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
        """;

    /// <summary>Makes them unless they are there.</summary>
    /// <returns>The storage that holds them, to be read by an engine of one's own.</returns>
    public static async Task<string> EnsureAsync()
    {
        string folder = Path.Combine(ContainerTools.Cache(), "dataversion", "container-bases-1");
        Directory.CreateDirectory(folder);
        // Worktrees share it, and their tests may start at the same time.
        await using FileStream held = await LockAsync(Path.Combine(folder, "lock"));
        string dotnet = DotNetFolder();
        string key = Key(dotnet);
        string mark = Path.Combine(folder, "made");
        var engine = new ContainerEngine(folder: folder);
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark) == key)
            return engine.Storage;
        File.Delete(mark);
        await engine.RunAsync("buildah", "rmi", "--all", "--force");
        await MakeAsync(engine, dotnet);
        await File.WriteAllTextAsync(mark, key);
        return engine.Storage;
    }

    private static async Task MakeAsync(ContainerEngine engine, string dotnet)
    {
        string context = Directory.CreateDirectory(Path.Combine(engine.Folder, "context")).FullName;
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), SystemFile);
        await File.WriteAllTextAsync(Path.Combine(engine.Folder, "DotNet"), DotNetFile);
        File.Copy(ContainerTools.BaseArchive, Path.Combine(context, "base.tar"), overwrite: true);
        await engine.RunOkAsync("buildah", "bud", "--layers", "--tag", System, context);
        Directory.Delete(context, recursive: true);
        foreach ((string target, string name) in new[] { ("runtime", Runtime), ("aspnet", AspNet), ("sdk", Sdk) })
            await engine.RunOkAsync("buildah", "bud", "--layers", "--target", target, "--tag", name, "--file", Path.Combine(engine.Folder, "DotNet"), dotnet);
        await engine.RunOkAsync("buildah", "tag", System, Cuda);
    }

    // What they are made of: another .NET, another base.
    private static string Key(string dotnet)
    {
        IEnumerable<string> versions = new[] { "sdk", "shared/Microsoft.NETCore.App", "shared/Microsoft.AspNetCore.App" }
            .SelectMany(folder => Directory.GetDirectories(Path.Combine(dotnet, folder)))
            .Order(StringComparer.Ordinal);
        return string.Join('\n', [File.GetLastWriteTimeUtc(ContainerTools.BaseArchive).ToString("O", CultureInfo.InvariantCulture), DotNetFile, .. versions]);
    }

    private static async Task<FileStream> LockAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(200);
            }
        }
    }

    // …/shared/Microsoft.NETCore.App/10.0.12/ → …
    private static string DotNetFolder() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
