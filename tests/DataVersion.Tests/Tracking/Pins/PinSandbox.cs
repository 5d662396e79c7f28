using System.Text;
using DataVersion.Hashing;
using DataVersion.Testing.Git;
using DataVersion.Tracking.Pins;
using DataVersion.Workspaces;
using Xunit;

namespace DataVersion.Tests.Tracking.Pins;

/// <summary>A Git repository with a workspace, two pointers and some code, committed.</summary>
internal sealed class PinSandbox : IDisposable
{
    internal PinSandbox(params string[] initArguments)
    {
        Git = new GitSandbox(initArguments);
        Git.Write(".dv/config", "[core]\n\tremote = origin\n[remote \"origin\"]\n\turl = s3://bucket/prefix\n\tregion = eu-central-1\n\tprofile = mine\n");
        Git.Write("train.py", "print(1)\n");
        Git.Write(".gitignore", "/data\n");
        WritePointer("data", "one");
        WritePointer("models/init.bin", "two");
        Git.Git("add", "-f", ".");
        Git.Git("commit", "-q", "-m", "x");
        Head = Git.Git("rev-parse", "HEAD").Trim();
    }

    internal GitSandbox Git { get; }

    /// <summary>The commit that the sandbox began with.</summary>
    internal string Head { get; }

    /// <summary>The folder of fetched repositories.</summary>
    internal string Fetched => Git.Beside("fetched");

    internal PinRequest Request => new() { WorkingDirectory = Git.Root, Root = Git.Root, Git = Git.Program, FetchFolder = Fetched, OtherPinFiles = [] };

    internal static PinAllowances All { get; } = new(true, true, true, true, true);

    /// <summary>What a folder without Git asks for: an image's.</summary>
    internal PinRequest ImageRequest(string name = "image")
    {
        string folder = Git.Beside(name);
        Directory.CreateDirectory(folder);
        return Request with { WorkingDirectory = folder, Root = folder };
    }

    internal void WritePointer(string path, string content) => Git.Write(path + Pointer.Suffix, PointerText(content));

    internal static string PointerText(string content)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        return Encoding.UTF8.GetString(PointerDocument.Write(new Pointer { IsDirectory = false, Hash = IdOf(content), Size = bytes.Length }));
    }

    internal static ObjectId IdOf(string content) => new(HashKind.Sha256, System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    internal string CommitAll()
    {
        Git.Git("add", "-f", ".");
        Git.Git("commit", "-q", "-m", "y");
        return Git.Git("rev-parse", "HEAD").Trim();
    }

    /// <summary>Bakes the pin of what is checked out into a folder.</summary>
    internal MadePin Bake(string folder, PinAllowances? allowed = null) =>
        new PinMaker(Request with { Allowed = allowed ?? PinAllowances.None }, TimeProvider.System)
            .Make(Path.Combine(folder, PinDocument.FileName), TestContext.Current.CancellationToken);

    internal static PinResolution Resolve(PinRequest request) => new PinResolver(request).Resolve(TestContext.Current.CancellationToken);

    internal static PinRefusedException Refuse(PinRefusal refusal, PinRequest request)
    {
        PinRefusedException e = Assert.Throws<PinRefusedException>(() => Resolve(request));
        Assert.Equal(refusal, e.Refusal);
        Assert.DoesNotContain('\n', e.Message);
        return e;
    }

    public void Dispose() => Git.Dispose();
}
