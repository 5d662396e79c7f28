using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using DataVersion.Testing.Transfers;
using Xunit;

namespace DataVersion.Tests.Operations;

/// <summary>How a remote is made, and what is said where it is made already.</summary>
public sealed class OpenedRemoteTests : IDisposable
{
    private const string PackedZstd = "layout = packed\ncompress = zstd\n";

    private readonly TempFolder _folder = new();
    private readonly MemoryBlobStore _blobs = new(location: "memory://here");
    private readonly RecordingMonitor _monitor = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "plain")]
    [InlineData("layout = packed\n", "packed")]
    [InlineData(PackedZstd, "packed, compressed with zstd")]
    public async Task The_first_push_makes_a_remote_as_the_settings_say(string options, string format)
    {
        Assert.Equal(StoreFormat.Plain, await OpenAsync(options, create: false));
        Assert.Equal(format, (await OpenAsync(options, create: true)).ToString());
        Assert.Equal(format, (await OpenAsync(options, create: true)).ToString());
        Assert.Equal(format, (await OpenAsync("", create: true)).ToString());
        Assert.Empty(_monitor.Warnings);
    }

    [Theory]
    [InlineData("", "layout = packed\n", "remote 'origin' is plain: ")]
    [InlineData("", PackedZstd, "remote 'origin' is plain: ")]
    [InlineData("layout = packed\n", PackedZstd, "remote 'origin' is packed: ")]
    [InlineData(PackedZstd, "compress = none\n", "remote 'origin' is packed, compressed with zstd, and stays so: ")]
    [InlineData("layout = packed\n", "layout = plain\n", "remote 'origin' is packed, and stays so: ")]
    public async Task A_remote_stays_as_it_was_made_and_a_push_says_so_once(string made, string asked, string warning)
    {
        StoreFormat first = await OpenAsync(made, create: true);
        Assert.Equal(first, await OpenAsync(asked, create: false));
        Assert.Empty(_monitor.Warnings);

        Assert.Equal(first, await OpenAsync(asked, create: true));
        string why = warning.EndsWith("stays so: ", StringComparison.Ordinal)
            ? "layout and compress can only add to what a remote is; a new place (dv remote add) gets less"
            : "layout and compress count when a remote is made; this one can be changed for everybody with: dv remote upgrade origin";
        Assert.Equal(warning + why, Assert.Single(_monitor.Warnings));
    }

    [Fact]
    public async Task Settings_that_contradict_each_other_make_no_remote_and_hinder_no_reading()
    {
        UsageException error = await Assert.ThrowsAsync<UsageException>(() => OpenAsync("compress = zstd\n", create: true));

        Assert.Equal("remote 'origin': compress = zstd needs layout = packed", error.Message);
        Assert.Empty(await _blobs.NamesAsync("", Token));
        Assert.Equal(StoreFormat.Plain, await OpenAsync("compress = zstd\n", create: false));
    }

    private async Task<StoreFormat> OpenAsync(string options, bool create)
    {
        Directory.CreateDirectory(_folder.At(".dv"));
        await File.WriteAllTextAsync(_folder.At(".dv/config.local"), $"[remote \"origin\"]\nurl = s3://bucket/x\n{options}", Token);
        using Repository repository = Repository.Open(_folder.Path, new HostEnvironment(), (_, _) => _blobs);
        using OpenedRemote remote = await OpenedRemote.OpenAsync(
            repository, repository.Settings.RequireRemote("origin"), default, _monitor, create, Token);
        return remote.Store.Format;
    }
}
