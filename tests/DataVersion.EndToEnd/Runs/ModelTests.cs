using System.Text.Json;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Runs;

/// <summary><c>dv model</c> against a registry.</summary>
public sealed class ModelTests : IDisposable
{
    private readonly Sandbox _sandbox = new();
    private readonly MlflowServer _server = new();

    public ModelTests()
    {
        _sandbox.Set("MLFLOW_TRACKING_URI", _server.Address);
        _sandbox.Set("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0");
        _server.State.Models["fraud"] = [.. Enumerable.Range(1, 3).Select(n =>
        {
            var version = new MlflowServerVersion { Name = "fraud", Number = n, Source = $"s3://bucket/{n}", RunId = "" };
            version.Tags["dv.model.sha256"] = new string((char)('a' + n), 64);
            return version;
        })];
    }

    public void Dispose()
    {
        _server.Dispose();
        _sandbox.Dispose();
    }

    [Fact]
    public async Task A_model_is_promoted_shown_and_rolled_back_in_one_command_each()
    {
        await DvAsync(0, "model", "promote", "fraud", "1", "--alias", "champion", "--stage", "Production");
        Ran promoted = await DvAsync(0, "model", "promote", "fraud", "latest", "--alias", "champion", "--stage", "production", "--archive-existing");
        Assert.Contains($"fraud version 3, sha256 {new string('d', 64)}", promoted.Output, StringComparison.Ordinal);
        Assert.Contains("alias champion (before: version 1)", promoted.Output, StringComparison.Ordinal);
        Assert.Contains("stage Production (before: version 1; archived: 1)", promoted.Output, StringComparison.Ordinal);
        Assert.Contains("to go back: dv model rollback fraud --alias champion", promoted.Errors, StringComparison.Ordinal);
        Assert.Contains("champion", (await DvAsync(0, "model", "list", "fraud")).Output, StringComparison.Ordinal);
        Assert.Equal("3", (await JsonAsync("model", "show", "fraud@champion")).GetProperty("version").GetProperty("version").GetString());

        JsonElement back = await JsonAsync("model", "rollback", "fraud", "--alias", "champion", "--stage", "Production");

        Assert.Equal(("1", "3", true), (back.GetProperty("version").GetString(), back.GetProperty("alias").GetProperty("before").GetString(), back.GetProperty("stage").GetProperty("moved").GetBoolean()));
        Assert.Equal((1, "Production", "Archived"), (_server.State.Aliases[("fraud", "champion")], _server.State.Models["fraud"][0].Stage, _server.State.Models["fraud"][2].Stage));
    }

    [Fact]
    public async Task Mistakes_are_wrong_usage_and_a_server_that_is_not_there_is_6()
    {
        Assert.Contains("a subcommand is missing", (await DvAsync(2, "model")).Errors, StringComparison.Ordinal);
        Assert.Contains("what is the version promoted to?", (await DvAsync(2, "model", "promote", "fraud", "1")).Errors, StringComparison.Ordinal);
        Assert.Contains("--archive-existing needs --stage", (await DvAsync(2, "model", "promote", "fraud", "1", "--alias", "a", "--archive-existing")).Errors, StringComparison.Ordinal);
        Assert.Contains("has no version 9", (await DvAsync(2, "model", "promote", "fraud", "9", "--alias", "a")).Errors, StringComparison.Ordinal);
        Assert.Contains("names no version", (await DvAsync(2, "model", "rollback", "fraud", "--alias", "champion")).Errors, StringComparison.Ordinal);
        _server.Dispose();
        Assert.Contains("nothing listens there", (await DvAsync(6, "model", "list", "fraud")).Errors, StringComparison.Ordinal);
        _sandbox.Set("MLFLOW_TRACKING_URI", "");
        Assert.Contains("set MLFLOW_TRACKING_URI", (await DvAsync(2, "model", "list", "fraud")).Errors, StringComparison.Ordinal);
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        using var json = JsonDocument.Parse((await DvAsync(0, [.. arguments, "--json"])).Output);
        return json.RootElement.Clone();
    }

    private async Task<Ran> DvAsync(int expected, params string[] arguments)
    {
        Ran ran = await _sandbox.DvAsync(_sandbox.Root, arguments);
        Assert.True(ran.ExitCode == expected, $"{string.Join(' ', arguments)}: {ran}");
        return ran;
    }
}
