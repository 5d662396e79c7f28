using System.Text.RegularExpressions;
using Xunit;

namespace DataVersion.Containers.Images;

/// <summary>What an edit builds anew.</summary>
public partial class LayerCacheTests(ImageSet images)
{
    [Fact]
    public async Task An_edit_of_the_code_restores_no_package_and_a_program_with_the_edit_comes_out()
    {
        await images.DvAsync();
        // A copy, for others build from the original.
        string copy = Path.Combine((await images.EngineAsync()).Folder, "edited");
        await (await images.EngineAsync()).RunOkAsync("cp", "-aT", await images.ContextAsync(), copy);
        BuiltImage unchanged = await images.BuildAsync("dv-unchanged", "Dockerfile.dv", copy);
        await File.AppendAllTextAsync(Path.Combine(copy, "src/DataVersion.Cli/Program.cs"), "\n// An edit.\n", TestContext.Current.CancellationToken);

        BuiltImage again = await images.BuildAsync("dv-edited", "Dockerfile.dv", copy);

        Assert.True(IsCached(again.Log, "dotnet restore"), again.Log);
        Assert.False(IsCached(again.Log, "COPY src/ src/"), again.Log);
        Assert.False(IsCached(again.Log, "dotnet publish"), again.Log);
        Assert.True(IsCached(unchanged.Log, "dotnet publish"), unchanged.Log);
    }

    // A step is its line, then `--> Using cache …` where a layer was there.
    private static bool IsCached(string log, string step) =>
        Step().Split(log).Single(part => part.Contains(step, StringComparison.Ordinal)).Contains("--> Using cache", StringComparison.Ordinal);

    [GeneratedRegex(@"(?m)^\[[0-9]+/[0-9]+\] ")]
    private static partial Regex Step();
}
