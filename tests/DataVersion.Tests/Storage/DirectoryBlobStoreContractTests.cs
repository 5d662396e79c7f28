using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;

namespace DataVersion.Tests.Storage;

public sealed class DirectoryBlobStoreContractTests : BlobStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override IBlobStore Create() => new DirectoryBlobStore(_folder.Path);
}

/// <summary>The way for platforms where nothing native is known.</summary>
public sealed class PortableDirectoryBlobStoreContractTests : BlobStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override IBlobStore Create() => new DirectoryBlobStore(_folder.Path, null, root => new PortableBlobFiles(root));
}
