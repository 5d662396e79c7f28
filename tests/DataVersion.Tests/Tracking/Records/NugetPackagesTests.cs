using DataVersion.Testing;
using DataVersion.Tracking.Records;
using Xunit;

namespace DataVersion.Tests.Tracking.Records;

public sealed class NugetPackagesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Packages_are_told_with_their_versions_and_projects_are_not()
    {
        File.WriteAllText(_folder.At("p.deps.json"), """{"libraries":{"p/1.0.0":{"type":"project"},"Z.Two/2.0.1":{"type":"package"},"a.one/1.2.3":{"type":"package"}}}""");

        Assert.Equal([("nuget", "a.one", "1.2.3"), ("nuget", "Z.Two", "2.0.1")], NugetPackages.Of(_folder.Path, "p").Select(p => (p.Kind, p.Name, p.Version)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"libraries":[]}""")]
    [InlineData("""{"libraries":{"a/1":5}}""")]
    [InlineData("""{"libraries":{"\ud800/1":{"type":"package"}}}""")]
    [InlineData("""{"libraries":{"a/1":{"type":"\ud800"}}}""")]
    public void A_document_that_is_something_else_names_none(string text)
    {
        File.WriteAllText(_folder.At("p.deps.json"), text);

        Assert.Empty(NugetPackages.Of(_folder.Path, "p"));
        Assert.Empty(NugetPackages.Of(_folder.Path, "none"));
    }
}
