using Xunit;

namespace DataVersion.EndToEnd;

/// <summary>Runs dv as a user whom permissions bind, which they do not bind root.</summary>
internal static class AsNobody
{
    private const string Id = "65534";

    /// <summary>Gives the whole sandbox to that user; skips the test where nobody can be somebody else.</summary>
    public static async Task GiveAsync(Sandbox sandbox)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "the tests run as root, and there is no setpriv to become another user");
        Ran given = await sandbox.RunAsync("chown", sandbox.Root, ["-R", $"{Id}:{Id}", sandbox.Root]);
        Assert.True(given.ExitCode == 0, given.ToString());
        // The repository's other tools run as root on folders of another owner.
        await sandbox.GitAsync(sandbox.Root, "config", "--global", "--add", "safe.directory", "*");
        Ran can = await sandbox.RunAsync("setpriv", sandbox.Root, [.. Become, "test", "-x", DvProgram.FilePath]);
        Assert.SkipUnless(can.ExitCode == 0, "the built program may be run by root only");
    }

    /// <summary>Runs dv as that user, or as the user of the tests where that is not root.</summary>
    public static Task<Ran> DvAsync(Sandbox sandbox, string folder, params string[] arguments) => Environment.IsPrivilegedProcess
        ? sandbox.RunAsync("setpriv", folder, [.. Become, DvProgram.FilePath, .. arguments])
        : sandbox.DvAsync(folder, arguments);

    private static string[] Become => [$"--reuid={Id}", $"--regid={Id}", "--clear-groups"];
}
