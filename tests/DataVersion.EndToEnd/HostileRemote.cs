using System.Security.Cryptography;
using System.Text;

namespace DataVersion.EndToEnd;

/// <summary>
/// A directory remote written byte by byte, as an attacker would: every object is rightly named by its hash, whatever it says. docs/format.md is
/// all that this class knows.
/// </summary>
internal sealed class HostileRemote
{
    public HostileRemote(string folder)
    {
        Folder = folder;
        Put("dv.json", """{"version":1,"id":"hostile","layouts":["plain"],"requires":[]}""");
    }

    /// <summary>The remote's directory.</summary>
    public string Folder { get; }

    /// <summary>Puts a content and returns its digest.</summary>
    public string Content(string text) => PutHashed("objects", Encoding.UTF8.GetBytes(text));

    /// <summary>Puts a listing with these lines and returns its digest.</summary>
    public string Tree(params string[] lines) => RawTree(Encoding.UTF8.GetBytes("dv-tree 1\n" + string.Concat(lines.Select(l => l + "\n"))));

    /// <summary>Puts any bytes as a tree and returns their digest.</summary>
    public string RawTree(byte[] bytes) => PutHashed("trees", bytes);

    /// <summary>A file's line of a listing, whose content is put as well.</summary>
    public string File(string name, string text, char kind = 'f') => $"{kind} {Encoding.UTF8.GetByteCount(text)} sha256:{Content(text)} {name}";

    /// <summary>A symbolic link's line.</summary>
    public string Link(string name, string target) => File(name, target, 'l');

    /// <summary>A folder's line.</summary>
    public static string Directory(string name, string tree, long size, long files) => $"d {size} {files} sha256:{tree} {name}";

    /// <summary>Where an object lies.</summary>
    public string PathOf(string kind, string digest) => Path.Combine(Folder, "dvstore/v1", kind, "sha256", digest[..2], digest[2..]);

    /// <summary>Writes any blob.</summary>
    public void Put(string name, string text) => Sandbox.Write(Folder, "dvstore/v1/" + name, text);

    private string PutHashed(string kind, byte[] bytes)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(PathOf(kind, digest))!);
        System.IO.File.WriteAllBytes(PathOf(kind, digest), bytes);
        return digest;
    }
}

/// <summary>A repository that came from somebody else, its remote beside it, and what must stay as it was outside of them.</summary>
internal sealed class Victim : IDisposable
{
    private Victim()
    {
        Sandbox = new Sandbox();
        Repository = Directory.CreateDirectory(Sandbox.At("victim")).FullName;
        Outside = Directory.CreateDirectory(Sandbox.At("outside")).FullName;
        Sandbox.Write(Outside, "precious.txt", "precious");
        Remote = new HostileRemote(Sandbox.At("storage"));
    }

    public Sandbox Sandbox { get; }

    /// <summary>The workspace, with a remote named <c>storage</c> that nobody here has trusted.</summary>
    public string Repository { get; }

    /// <summary>A folder beside it.</summary>
    public string Outside { get; }

    public HostileRemote Remote { get; }

    public static async Task<Victim> CreateAsync()
    {
        var victim = new Victim();
        await victim.Sandbox.GitAsync(victim.Repository, "init", "-q");
        victim.Write(".dv/config", "[core]\n\tremote = storage\n[remote \"storage\"]\n\turl = ../storage\n");
        return victim;
    }

    /// <summary>Writes a file of the repository.</summary>
    public void Write(string path, string text) => Sandbox.Write(Repository, path, text);

    /// <summary>Where a path of the workspace lies.</summary>
    public string At(string path) => Path.Combine(Repository, path);

    /// <summary>Writes the pointer of a folder.</summary>
    public void PointFolder(string path, string tree, long size, long files) =>
        Write(path + ".dv", $"dv: 1\ntype: directory\nhash: sha256:{tree}\nsize: {size}\nfiles: {files}\n");

    /// <summary>Writes the pointer of a file.</summary>
    public void PointFile(string path, string digest, long size) => Write(path + ".dv", $"dv: 1\ntype: file\nhash: sha256:{digest}\nsize: {size}\n");

    /// <summary>Runs dv in the repository.</summary>
    public Task<Ran> DvAsync(params string[] arguments) => Sandbox.DvAsync(Repository, arguments);

    /// <summary>Everything in the sandbox but the repository itself and what dv notes in the home.</summary>
    public string Surroundings() => Sandbox.Snapshot(Outside) + string.Join('\n', Directory.EnumerateFileSystemEntries(Sandbox.Root).Order(StringComparer.Ordinal));

    public void Dispose() => Sandbox.Dispose();
}
