using System.Collections.Concurrent;

namespace DataVersion.EndToEnd;

/// <summary>Makes each scene once and hands out copies, because making one takes longer than the test that is played in it.</summary>
public sealed class KillScenes : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<(Sandbox Sandbox, KillScene Scene)>>> _originals = new();

    /// <summary>A scene of the test's own, in <paramref name="sandbox"/>.</summary>
    /// <param name="sandbox">An empty one.</param>
    /// <param name="command">The scene's name: init, add, push, pull, checkout, unprotect…</param>
    /// <param name="links">The link kind; empty for the default.</param>
    internal async Task<KillScene> CopyAsync(Sandbox sandbox, string command, string links = "")
    {
        if (links.Length > 0)
        {
            // Links into a cache do not survive being copied.
            sandbox.Set("DV_CACHE_LINK", links);
            return await KillScene.CreateAsync(sandbox, command);
        }
        (Sandbox original, KillScene scene) = await _originals.GetOrAdd(command, c => new(() => MakeAsync(c))).Value;
        await sandbox.RunAsync("cp", sandbox.Root, ["-a", original.Root + "/.", sandbox.Root]);
        string repository = Path.Combine(sandbox.Root, Path.GetRelativePath(original.Root, scene.Repository));
        // A copy is another place for data to go to, which its user has to agree to.
        if (command.StartsWith("push", StringComparison.Ordinal))
            await sandbox.DvOkAsync(repository, "remote", "trust", "storage");
        return scene.CopiedTo(sandbox, repository);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<Task<(Sandbox Sandbox, KillScene Scene)>> original in _originals.Values)
        {
            if (original.IsValueCreated && original.Value.IsCompletedSuccessfully)
                original.Value.Result.Sandbox.Dispose();
        }
    }

    private static async Task<(Sandbox, KillScene)> MakeAsync(string command)
    {
        var sandbox = new Sandbox();
        return (sandbox, await KillScene.CreateAsync(sandbox, command));
    }
}
