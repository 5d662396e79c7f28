using DataVersion.Hashing;
using DataVersion.Objects;
using DataVersion.Storage;
using Xunit;

namespace DataVersion.Tests.Objects;

public sealed class ObjectLayoutTests
{
    private static readonly ObjectId Abc = ObjectId.Parse("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    private static readonly ObjectId Short = ObjectId.Parse("xxh128:06b05ab6733a618578af5f94892f3950");

    [Fact]
    public void Names_are_those_of_the_format_document()
    {
        const string Rest = "7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        Assert.Equal($"dvstore/v1/objects/sha256/ba/{Rest}", ObjectLayout.NameOf(ObjectKey.Content(Abc)));
        Assert.Equal($"dvstore/v1/trees/sha256/ba/{Rest}", ObjectLayout.NameOf(ObjectKey.Tree(Abc)));
        Assert.Equal("dvstore/v1/objects/xxh128/06/b05ab6733a618578af5f94892f3950", ObjectLayout.NameOf(ObjectKey.Content(Short)));
        Assert.Equal($"dvstore/v1/receipts/7/tree-sha256-ba{Rest}/", ObjectLayout.ReceiptsOf(7, new RootKey(ObjectKey.Tree(Abc), null, null, null, "x")));
        Assert.Equal($"dvstore/v1/receipts/0/file-sha256-ba{Rest}/", ObjectLayout.ReceiptsOf(0, new RootKey(ObjectKey.Content(Abc), null, null, null, "x")));
        Assert.Equal($"dvstore/v1/receipts/0/file-sha256-ba{Rest}+ba{Rest}/", ObjectLayout.ReceiptsOf(0, new RootKey(ObjectKey.Content(Abc), Abc, null, null, "x")));
        Assert.Equal("dvstore/v1/collect/12", ObjectLayout.CollectState(12));
    }

    [Fact]
    public void Every_name_is_a_name_of_a_blob()
    {
        BlobNames.Check(ObjectLayout.StoreDocument);
        BlobNames.Check(ObjectLayout.NameOf(ObjectKey.Tree(Abc)));
        BlobNames.Check(ObjectLayout.ReceiptsOf(long.MaxValue, new RootKey(ObjectKey.Content(Abc), Abc, null, null, "")) + Guid.NewGuid().ToString("N"));
        BlobNames.CheckPrefix(ObjectLayout.GroupOf(ObjectKey.Content(Short)));
    }

    [Theory]
    [InlineData("dvstore/v1/collect/12", 12L)]
    [InlineData("dvstore/v1/collect/012", null)]
    [InlineData("dvstore/v1/collect/-1", null)]
    [InlineData("dvstore/v1/collect/", null)]
    [InlineData("dvstore/v1/collect/1/2", null)]
    [InlineData("dvstore/v1/collect/99999999999999999999", null)]
    [InlineData("dvstore/v1/collect/.DS_Store", null)]
    public void Only_plain_numbers_are_state_documents(string name, long? expected)
    {
        Assert.Equal(expected is not null, ObjectLayout.TryParseCollectState(name, out long number));
        if (expected is { } known)
            Assert.Equal(known, number);
    }
}
