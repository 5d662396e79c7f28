using Xunit;

[assembly: AssemblyFixture(typeof(DataVersion.EndToEnd.Runs.RunTemplate))]

namespace DataVersion.EndToEnd.Runs;

/// <summary>Makes the repository of <see cref="RunScene"/> once, when the first test asks for it, and hands out copies.</summary>
public sealed class RunTemplate : IDisposable
{
    private readonly Lazy<Task<Sandbox>> _original = new(MakeAsync);

    /// <summary>A copy in <paramref name="sandbox"/>.</summary>
    internal async Task CopyAsync(Sandbox sandbox)
    {
        Sandbox original = await _original.Value;
        Ran copied = await sandbox.RunAsync("cp", sandbox.Root, ["-a", original.At("repo"), original.At("storage"), sandbox.Root]);
        Assert.True(copied.ExitCode == 0, copied.ToString());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_original.IsValueCreated && _original.Value.IsCompletedSuccessfully)
            _original.Value.Result.Dispose();
    }

    private static async Task<Sandbox> MakeAsync()
    {
        var sandbox = new Sandbox();
        string repository = await sandbox.CreateRepositoryAsync();
        var random = new Random(7);
        byte[] bytes = new byte[3000];
        for (int i = 1; i <= 3; i++)
        {
            random.NextBytes(bytes);
            Directory.CreateDirectory(Path.Combine(repository, "data/train"));
            await File.WriteAllBytesAsync(Path.Combine(repository, $"data/train/{i}.bin"), bytes);
        }
        Sandbox.Write(repository, "data/extra.csv", "a,b\n1,2\n");
        Sandbox.Write(repository, "train.sh", "echo training\n");
        await sandbox.DvOkAsync(repository, "add", "data/train", "data/extra.csv");
        await sandbox.CommitAsync(repository, "data");
        await sandbox.DvOkAsync(repository, "push");
        return sandbox;
    }
}
