using System.Runtime.Versioning;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using Xunit;

namespace DataVersion.Tests.Storage;

public sealed class DirectoryBlobStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<bool> Ways => [false, true];

    public void Dispose() => _folder.Dispose();

    private DirectoryBlobStore Store(bool portable = false, string path = "remote", TimeProvider? clock = null) =>
        new(_folder.At(path), clock, root => portable ? new PortableBlobFiles(root) : BlobFiles.At(root));

    [Fact]
    public async Task A_blob_is_a_plain_file_of_its_name()
    {
        await Store().PutAsync("objects/ab/cd", [1, 2, 3], cancellationToken: Token);

        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(_folder.At("remote/objects/ab/cd"), Token));
        Assert.Empty(Directory.GetFiles(_folder.At("remote/.tmp-dv")));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_directory_that_is_not_there_is_no_empty_remote(bool portable)
    {
        DirectoryBlobStore store = Store(portable);

        foreach (Func<Task> read in (Func<Task>[])[() => store.StatAsync("a", Token), () => store.OpenReadAsync("a", null, Token), () => store.NamesAsync("", Token)])
        {
            var error = await Assert.ThrowsAsync<RemoteException>(read);
            Assert.True(error.IsPlaceMissing);
            Assert.Contains("no such directory", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_write_makes_the_directory_but_not_its_parent(bool portable)
    {
        await Store(portable).PutAsync("a", [1], cancellationToken: Token);
        // Where the parent is missing too, it rather is a disk that is not mounted.
        var error = await Assert.ThrowsAsync<RemoteException>(() => Store(portable, "mnt/remote").PutAsync("a", [1], cancellationToken: Token));

        Assert.True(error.IsPlaceMissing);
        Assert.True(File.Exists(_folder.At("remote/a")));
        Assert.False(Directory.Exists(_folder.At("mnt")));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_blob_that_is_a_link_is_refused(bool portable)
    {
        DirectoryBlobStore store = Store(portable);
        await store.PutAsync("objects/good", [1], cancellationToken: Token);
        await File.WriteAllTextAsync(_folder.At("secret"), "secret", Token);
        File.CreateSymbolicLink(_folder.At("remote/objects/link"), _folder.At("secret"));

        await Assert.ThrowsAsync<RemoteException>(() => store.OpenReadAsync("objects/link", null, Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("objects/link", Token));
        Assert.Equal(["objects/good"], await store.NamesAsync("", Token));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_folder_that_is_a_link_is_not_followed(bool portable)
    {
        DirectoryBlobStore store = Store(portable);
        await store.PutAsync("good", [1], cancellationToken: Token);
        Directory.CreateDirectory(_folder.At("outside/deep"));
        await File.WriteAllTextAsync(_folder.At("outside/deep/file"), "mine", Token);
        Directory.CreateSymbolicLink(_folder.At("remote/objects"), _folder.At("outside"));

        await Assert.ThrowsAsync<RemoteException>(() => store.OpenReadAsync("objects/deep/file", null, Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("objects/deep/file", Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("objects/deep/file", [6], WriteMode.Overwrite, Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("objects/deep/new", [6], cancellationToken: Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.DeleteAsync("objects/deep/file", null, Token));
        await Assert.ThrowsAsync<RemoteException>(() => store.NamesAsync("objects/deep/", Token));
        Assert.Equal(["good"], await store.NamesAsync("", Token));
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder.At("outside/deep/file"), Token));
        Assert.Single(Directory.GetFiles(_folder.At("outside/deep")));
    }

    [Fact]
    public async Task A_pipe_in_place_of_a_blob_is_refused_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        await Store().PutAsync("good", [1], cancellationToken: Token);
        using (var make = System.Diagnostics.Process.Start("mkfifo", [_folder.At("remote/pipe")]))
            await make.WaitForExitAsync(Token);

        var error = await Assert.ThrowsAsync<RemoteException>(() => Store().OpenReadAsync("pipe", null, Token));

        Assert.Contains("special file", error.Message, StringComparison.Ordinal);
        Assert.Equal(["good"], await Store().NamesAsync("", Token));
    }

    [Fact]
    public async Task Temporary_files_are_no_blobs()
    {
        DirectoryBlobStore store = Store();
        await store.PutAsync("good", [1], cancellationToken: Token);
        await File.WriteAllTextAsync(_folder.At("remote/.tmp-dv/left"), "half", Token);

        Assert.Equal(["good"], await store.NamesAsync("", Token));
        Assert.Empty(await store.NamesAsync(".tmp", Token));
        await Assert.ThrowsAsync<UnsafePathException>(() => store.OpenReadAsync(".tmp-dv/left", null, Token));
        await Assert.ThrowsAsync<UnsafePathException>(() => store.PutAsync(".tmp-dv/new", [1], cancellationToken: Token));
    }

    [Fact]
    public async Task What_a_killed_writer_left_goes_after_a_day()
    {
        await Store().PutAsync("first", [1], cancellationToken: Token);
        string old = _folder.At("remote/.tmp-dv/old"), young = _folder.At("remote/.tmp-dv/young");
        await File.WriteAllTextAsync(old, "half", Token);
        await File.WriteAllTextAsync(young, "half", Token);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-25));

        await Store().PutAsync("second", [1], cancellationToken: Token);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task In_a_directory_that_a_group_shares_every_member_can_go_on_writing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "modes of Linux");
        const UnixFileMode Shared = (UnixFileMode)0b010_111_111_000;
        Directory.CreateDirectory(_folder.At("remote"));
        File.SetUnixFileMode(_folder.At("remote"), Shared);

        await Store().PutAsync("objects/ab/cd", [1], cancellationToken: Token);

        Assert.Equal(Shared, File.GetUnixFileMode(_folder.At("remote/objects")));
        Assert.Equal(Shared, File.GetUnixFileMode(_folder.At("remote/objects/ab")));
        Assert.Equal(Shared, File.GetUnixFileMode(_folder.At("remote/.tmp-dv")));
        Assert.Equal((UnixFileMode)0b110_110_000, File.GetUnixFileMode(_folder.At("remote/objects/ab/cd")));
    }

    [Fact]
    public async Task A_full_disk_is_called_so_and_leaves_nothing()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm") && OperatingSystem.IsLinux(), "needs a mount");
        using var disk = SmallDisk.TryMount(_folder.At("disk"), megabytes: 1);
        Assert.SkipWhen(disk is null, "a file system cannot be mounted here");
        var store = new DirectoryBlobStore(_folder.At("disk/remote"));
        await store.PutAsync("small", [1], cancellationToken: Token);

        var error = await Assert.ThrowsAsync<FileAccessException>(() => store.PutAsync("large", new byte[4 << 20], cancellationToken: Token));

        Assert.Contains("no space left", error.Message, StringComparison.Ordinal);
        Assert.Equal(["small"], await store.NamesAsync("", Token));
        Assert.Empty(Directory.GetFiles(_folder.At("disk/remote/.tmp-dv")));
    }

    [Fact]
    public async Task A_file_where_a_folder_should_be_is_an_error_of_its_path()
    {
        await Store().PutAsync("objects", [1], cancellationToken: Token);

        var error = await Assert.ThrowsAsync<FileAccessException>(() => Store().PutAsync("objects/ab", [1], cancellationToken: Token));

        Assert.Contains("not a directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_relative_path_is_a_mistake_of_the_caller() => Assert.Throws<ArgumentException>(() => new DirectoryBlobStore("remote"));
}
