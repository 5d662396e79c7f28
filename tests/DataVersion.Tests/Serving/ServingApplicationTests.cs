using DataVersion.Serving;
using DataVersion.Serving.Http;
using DataVersion.Testing;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace DataVersion.Tests.Serving;

public class ServingApplicationTests
{
    [Fact]
    public async Task Without_settings_it_listens_on_port_8000()
    {
        await using WebApplication server = ServingApplication.Create([], Host(("MODEL_URI", "/models/m")));

        Assert.Equal(ServingApplication.DefaultPort, server.Configuration["http_ports"]);
        Assert.Equal("8000", ServingApplication.DefaultPort);
    }

    [Theory]
    [InlineData("MODEL_URI", "", "MODEL_URI is not set")]
    [InlineData("MODEL_URI", "nonsense:/x", "'nonsense:/x' is no URI of a model that is known here")]
    [InlineData("MODEL_URI", "models:/m/1", "the model is in MLflow, but")]
    [InlineData("MAX_ROWS", "0", "MAX_ROWS is not a number from 1 to")]
    [InlineData("MAX_ROWS", "1.5", "MAX_ROWS is not a whole number")]
    [InlineData("PREDICT_TIMEOUT_MS", "soon", "PREDICT_TIMEOUT_MS is not a number")]
    [InlineData("ORT_PROVIDER", "tpu", "ORT_PROVIDER is 'tpu'")]
    [InlineData("LOG_REQUESTS", "maybe", "LOG_REQUESTS is neither 1 nor 0")]
    [InlineData("ADMIN_TOKEN_FILE", "/nowhere/token", "ADMIN_TOKEN_FILE: '/nowhere/token' cannot be read")]
    public void A_setting_without_a_meaning_is_refused(string name, string value, string problem)
    {
        var error = Assert.Throws<UsageException>(() => ServingApplication.Create([], Host(("MODEL_URI", "/models/m"), (name, value))));

        Assert.StartsWith(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(null, null, "http://127.0.0.1:8000/")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "8123", "http://127.0.0.1:8123/")]
    [InlineData("ASPNETCORE_URLS", "http://+:81;http://+:82", "http://127.0.0.1:81/")]
    [InlineData("ASPNETCORE_URLS", "http://[::]:81", "http://127.0.0.1:81/")]
    public void The_probe_asks_where_the_server_listens(string? name, string? value, string address) =>
        Assert.Equal(address, HealthProbe.AddressOf([], name is null ? Host() : Host((name, value!))).ToString());

    [Fact]
    public async Task The_probe_tells_ready_from_not_ready_and_from_nobody_there()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using RunningServer server = await RunningServer.StartAsync(("MODEL_URI", folder.At("m")));
        string[] args = [HealthProbe.ReadyOption, "--urls", server.Address];

        Assert.Equal(1, await HealthProbe.RunAsync(args, Host(), cancellationToken));
        Assert.Equal(0, await HealthProbe.RunAsync([HealthProbe.LiveOption, "--urls", server.Address], Host(), cancellationToken));
        new Testing.Models.TinyModel().WriteTo(folder.At("m"));
        await server.WaitReadyAsync();
        Assert.Equal(0, await HealthProbe.RunAsync(args, Host(), cancellationToken));
        Assert.Equal(1, await HealthProbe.RunAsync(["--urls", "http://127.0.0.1:9"], Host(), cancellationToken));
    }

    private static ServingHost Host(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>();
        foreach ((string name, string value) in variables)
            environment[name] = value;
        return new ServingHost { Environment = environment, WorkingDirectory = "/", TemporaryDirectory = "/tmp", Log = TextWriter.Null };
    }
}
