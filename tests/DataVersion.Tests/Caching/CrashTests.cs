using System.Diagnostics;
using System.Security.Cryptography;
using DataVersion.Caching;
using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Platform;
using DataVersion.Testing.Caching;
using Xunit;

namespace DataVersion.Tests.Caching;

/// <summary>
/// At every fail point the folder is copied as a killed process would leave it, and the copy must be sound: objects whole, the user's files
/// unharmed, and the same command completes. (The program itself is killed at these points by the end-to-end tests.)
/// </summary>
[Collection("fail points")]
public sealed class CrashTests
{
    // The handler is one for the process, and other tests go on beside these.
    private static readonly AsyncLocal<Action<string>?> Observer = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LinkKind.Copy, "cache.temp-written", "cache.flushed", "cache.object-linked", "cache.published", "cache.committed")]
    [InlineData(LinkKind.Hardlink, "cache.temp-written", "cache.flushed", "cache.object-linked", "cache.published", "cache.committed")]
    public async Task Leaves_whole_objects_and_unharmed_files_wherever_it_is_killed(LinkKind kind, params string[] points)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "copies with cp -a");
        using var box = new CacheSandbox(kind);
        byte[][] contents = [.. new[] { 0, 10, 3_000_000 }.Select(RandomNumberGenerator.GetBytes)];
        string[] paths = [.. contents.Select((bytes, i) => box.Write($"f{i}", bytes))];
        var seen = new HashSet<string>();
        string copies = Directory.CreateTempSubdirectory("dv-test-crash-").FullName;
        try
        {
            FailPoint.Handler = name => Observer.Value?.Invoke(name);
            Observer.Value = name =>
            {
                if (seen.Add(name))
                    Copy(Path.GetDirectoryName(box.Workspace)!, Path.Combine(copies, name));
            };
            await using (CacheBatch batch = box.Cache.BeginBatch(Cancel))
            {
                foreach (string path in paths)
                    await batch.AdoptAsync(path, HashKind.Sha256, 1, null, Cancel);
                await batch.CommitAsync(Cancel);
            }
            Observer.Value = null;

            Assert.Equal(points.Order(), seen.Order());
            foreach (string name in seen)
                await CheckAsync(Path.Combine(copies, name), kind, contents);
        }
        finally
        {
            Observer.Value = null;
            FailPoint.Handler = null;
            Directory.Delete(copies, recursive: true);
        }
    }

    private static async Task CheckAsync(string directory, LinkKind kind, byte[][] contents)
    {
        var options = new CacheOptions { Directory = Path.Combine(directory, "cache"), Links = [kind] };
        var cache = new LocalCache(options, VerifiedObjects.Load(Path.Combine(directory, "verified-anew")));
        foreach (ObjectKey key in cache.List())
            Assert.True(await cache.VerifyAsync(key, Cancel), $"{key} in {directory}");
        await using CacheBatch batch = cache.BeginBatch(Cancel);
        for (int i = 0; i < contents.Length; i++)
        {
            string path = Path.Combine(directory, "workspace", $"f{i}");
            Assert.Equal(contents[i], await File.ReadAllBytesAsync(path, Cancel));
            await batch.AdoptAsync(path, HashKind.Sha256, 1, null, Cancel);
        }
        await batch.CommitAsync(Cancel);
        Assert.Equal(contents.Select(CacheSandbox.KeyOf).Order(Comparer<ObjectKey>.Create((a, b) => a.Id.CompareTo(b.Id))),
            cache.List().Order(Comparer<ObjectKey>.Create((a, b) => a.Id.CompareTo(b.Id))));
    }

    private static void Copy(string from, string to)
    {
        using Process process = Process.Start("cp", ["-a", from, to]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
