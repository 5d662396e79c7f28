using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

public sealed class MlflowRegistryTests : IDisposable
{
    private const string Model = "fraud";

    private readonly MlflowBox _box = new();

    private MlflowRegistry Registry => new(_box.Client);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _box.Dispose();

    [Theory]
    [InlineData("fraud", null, null, null)]
    [InlineData("models:/fraud", null, null, null)]
    [InlineData("fraud/latest", null, null, null)]
    [InlineData("fraud@champion", "champion", null, null)]
    [InlineData("models:/fraud@champion", "champion", null, null)]
    [InlineData("fraud/12", null, "12", null)]
    [InlineData("fraud/production", null, null, "production")]
    public void Words_name_a_version(string words, string? alias, string? version, string? stage) =>
        Assert.Equal(new MlflowModelSelector("fraud") { Alias = alias, Version = version, Stage = stage }, MlflowModelSelector.Parse(words));

    [Theory]
    [InlineData("")]
    [InlineData("fraud/")]
    [InlineData("fraud@")]
    [InlineData("@champion")]
    [InlineData("models:/")]
    [InlineData("a/b/3")]
    public void What_names_no_model_is_wrong_usage(string words) => Assert.Throws<UsageException>(() => MlflowModelSelector.Parse(words));

    [Fact]
    public async Task An_alias_goes_forward_and_back_and_forward()
    {
        await CreateAsync(3);

        MlflowPromotion first = await PromoteAsync("1", alias: "champion");
        MlflowPromotion second = await PromoteAsync("3", alias: "champion");
        MlflowPromotion again = await PromoteAsync("3", alias: "champion");
        MlflowPromotion back = await Registry.RollBackAsync(Model, "champion", null, Token);
        MlflowPromotion forth = await Registry.RollBackAsync(Model, "champion", null, Token);

        Assert.Equal((null, true), (first.Alias!.Before, first.Alias.IsMoved));
        Assert.Equal(("1", true, "hash-3"), (second.Alias!.Before, second.Alias.IsMoved, second.Sha256));
        Assert.Equal(("3", false), (again.Alias!.Before, again.Alias.IsMoved));
        Assert.Equal(("1", "3"), (back.Version.Version, back.Alias!.Before));
        Assert.Equal(("3", "1"), (forth.Version.Version, forth.Alias!.Before));
        Assert.Equal(3, _box.State.Aliases[(Model, "champion")]);
    }

    [Fact]
    public async Task A_stage_goes_forward_and_back()
    {
        await CreateAsync(3);

        await PromoteAsync("1", stage: "production");
        MlflowPromotion second = await PromoteAsync("3", stage: "Production", archive: true);
        Assert.Equal(["Archived", "None", "Production"], StagesNow());
        MlflowPromotion back = await Registry.RollBackAsync(Model, null, "production", Token);

        Assert.Equal(("1", "1"), (second.Stage!.Before, Assert.Single(second.Stage.Archived)));
        Assert.Equal(("1", "3", "3"), (back.Version.Version, back.Stage!.Before, Assert.Single(back.Stage.Archived)));
        Assert.Equal(["Production", "None", "Archived"], StagesNow());
    }

    [Fact]
    public async Task A_version_that_a_higher_one_outranks_is_said()
    {
        await CreateAsync(3);
        await PromoteAsync("3", stage: "Production");

        MlflowPromotion lower = await PromoteAsync("2", stage: "Production");
        MlflowPromotion settled = await PromoteAsync("2", stage: "Production", archive: true);

        Assert.Equal(("3", "3"), (lower.Stage!.Outranking, Assert.Single(lower.Stage.Beside)));
        Assert.Null(settled.Stage!.Outranking);
        Assert.Equal(["None", "Production", "Archived"], StagesNow());
        // And what held it is known although two steps led here.
        Assert.Equal("3", (await Registry.RollBackAsync(Model, null, "Production", Token)).Version.Version);
    }

    [Fact]
    public async Task Stages_that_nothing_is_served_from_take_versions_too()
    {
        await CreateAsync(2);

        MlflowPromotion away = await PromoteAsync("1", stage: "archived", archive: true);

        Assert.True(away.Stage!.IsMoved);
        Assert.Equal(["Archived", "None"], StagesNow());
        await Assert.ThrowsAsync<UsageException>(() => Registry.RollBackAsync(Model, null, "Archived", Token));
    }

    [Fact]
    public async Task What_dv_run_registers_can_be_rolled_back_as_well()
    {
        await using var run = new MlflowRun(_box.Client, MlflowBox.Facts(), TimeProvider.System);
        await run.StartAsync(TimeSpan.FromSeconds(20), Token);
        await run.RegisterModelAsync(new MlflowModel(Model, $"runs:/{run.RunId}/model", "champion", "first"), Token);
        await run.RegisterModelAsync(new MlflowModel(Model, $"runs:/{run.RunId}/model", "champion", "second"), Token);

        MlflowPromotion back = await Registry.RollBackAsync(Model, "champion", null, Token);

        Assert.Equal(("1", "first"), (back.Version.Version, back.Sha256));
    }

    [Fact]
    public async Task What_somebody_else_moved_is_not_rolled_back()
    {
        await CreateAsync(3);
        await PromoteAsync("1", alias: "champion");
        await AssertRefusedAsync("nothing held alias 'champion' of model 'fraud' before version 1");
        await PromoteAsync("2", alias: "champion");
        await _box.Client.SetAliasAsync(Model, "champion", "3", Token);
        await AssertRefusedAsync("is held by version 3, which dv model promote did not put there");
        await _box.Client.SetAliasAsync(Model, "shadow", "3", Token);
        Assert.Contains("is not known", (await Assert.ThrowsAsync<UsageException>(() => Registry.RollBackAsync(Model, "shadow", null, Token))).Message, StringComparison.Ordinal);
        Assert.Contains("names no version", (await Assert.ThrowsAsync<UsageException>(() => Registry.RollBackAsync(Model, "none", null, Token))).Message, StringComparison.Ordinal);
        Assert.Equal(3, _box.State.Aliases[(Model, "champion")]);

        async Task AssertRefusedAsync(string message) =>
            Assert.Contains(message, (await Assert.ThrowsAsync<UsageException>(() => Registry.RollBackAsync(Model, "champion", null, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_is_not_ready_is_not_promoted()
    {
        await CreateAsync(2);
        _box.State.Models[Model][1].Status = "PENDING_REGISTRATION";

        UsageException error = await Assert.ThrowsAsync<UsageException>(() => PromoteAsync("2", alias: "champion", stage: "Production"));

        Assert.Contains("version 2 of model 'fraud' is PENDING_REGISTRATION, not READY", error.Message, StringComparison.Ordinal);
        Assert.Empty(_box.State.Aliases);
        Assert.Equal(["None", "None"], StagesNow());
    }

    [Theory]
    [InlineData("9", "champion", null, "has no version 9")]
    [InlineData("@nobody", "champion", null, "has no alias 'nobody'")]
    [InlineData("Staging", "champion", null, "has no version in stage 'Staging'")]
    [InlineData("1", "latest", null, "'latest' cannot be an alias")]
    [InlineData("1", "v1", null, "'v1' cannot be an alias")]
    [InlineData("1", "champion", "Prod", "'Prod' is not a stage")]
    public async Task What_is_not_there_is_wrong_usage_and_nothing_moves(string version, string alias, string? stage, string message)
    {
        await CreateAsync(1);

        UsageException error = await Assert.ThrowsAsync<UsageException>(() => PromoteAsync(version, alias, stage));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(_box.State.Aliases);
        Assert.Empty(_box.State.ModelTags);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_said()
    {
        Assert.Contains("has no model 'fraud'", (await Assert.ThrowsAsync<UsageException>(() => Registry.ListAsync(Model, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_are_listed_the_latest_first_with_their_aliases()
    {
        await CreateAsync(11);
        await PromoteAsync("2", alias: "b");
        await PromoteAsync("2", alias: "a");

        MlflowModelListing listing = await Registry.ListAsync(Model, Token);

        Assert.Equal("11", listing.Versions[0].Version);
        Assert.Equal(11, listing.Versions.Count);
        Assert.Equal(["a", "b"], listing.Model.AliasesOf("2"));
        Assert.Equal("11", (await Registry.FindAsync(MlflowModelSelector.Parse("fraud"), Token)).Version.Version);
        Assert.Equal("2", (await Registry.FindAsync(MlflowModelSelector.Parse("fraud@a"), Token)).Version.Version);
    }

    private async Task CreateAsync(int versions)
    {
        await _box.Client.EnsureRegisteredModelAsync(Model, Token);
        for (int i = 1; i <= versions; i++)
            await _box.Client.CreateModelVersionAsync(Model, $"s3://bucket/{i}", null, new Dictionary<string, string> { ["dv.model.sha256"] = $"hash-{i}" }, Token);
    }

    private Task<MlflowPromotion> PromoteAsync(string version, string? alias = null, string? stage = null, bool archive = false) =>
        Registry.PromoteAsync(new MlflowPromotionRequest(MlflowModelSelector.Of(Model, version), alias, stage, archive), Token);

    private string[] StagesNow() => [.. _box.State.Models[Model].Select(v => v.Stage)];
}
