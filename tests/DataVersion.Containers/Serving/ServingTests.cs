using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using DataVersion.Testing.Containers;
using DataVersion.Testing.Models;
using Xunit;

namespace DataVersion.Containers.Serving;

/// <summary>The server's container: up without a model, ready with one, another one without a pause.</summary>
public class ServingTests(ImageSet images)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_starts_with_no_model_loads_it_once_registered_answers_reloads_and_ends_on_SIGTERM()
    {
        ContainerEngine engine = await images.EngineAsync();
        BuiltImage image = await images.ServeAsync();
        using var registry = new ModelRegistry();
        var (first, second) = (new TinyModel(), new TinyModel(bias: 2));
        string secret = Path.Combine(engine.Folder, "admin-token");
        await File.WriteAllTextAsync(secret, "let-me-in\n", Token);
        int port = LocalRegistry.FreePort();
        using var client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")) };
        await engine.PodmanAsync([
            "run", "--detach", "--name", "serving", .. Locked.Options, "--volume", $"{secret}:/run/secrets/admin:ro", "--env", "ADMIN_TOKEN_FILE=/run/secrets/admin",
            "--env", string.Create(CultureInfo.InvariantCulture, $"ASPNETCORE_HTTP_PORTS={port}"), "--env", $"MLFLOW_TRACKING_URI={registry.Address}",
            "--env", $"MODEL_URI=models:/{ModelRegistry.Model}@champion", "--env", "MODEL_POLL_SECONDS=0", image.Name]);
        try
        {
            await WaitAsync(client, "/livez", HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(client, "/health"));
            Assert.Equal(1, await HealthAsync(engine));

            await registry.RegisterAsync(first);
            await WaitAsync(client, "/health", HttpStatusCode.OK);
            Assert.Equal(0, await HealthAsync(engine));
            Assert.Equal(first.Probability(10, "travel"), await PredictAsync(client, """{"amount":10,"merchant_category":"travel"}"""), 1e-6);
            // A column may be absent.
            Assert.Equal(first.Probability(10), await PredictAsync(client, """{"amount":10}"""), 1e-6);
            Assert.Contains(ImageSet.Commit, await client.GetStringAsync(new Uri("/version", UriKind.Relative), Token), StringComparison.Ordinal);

            await registry.RegisterAsync(second);
            Assert.Equal(HttpStatusCode.Unauthorized, await ReloadAsync(client, null));
            Assert.Equal(HttpStatusCode.OK, await ReloadAsync(client, "let-me-in"));
            Assert.Equal(second.Probability(10, "travel"), await PredictAsync(client, """{"amount":10,"merchant_category":"travel"}"""), 1e-6);

            await engine.PodmanAsync("stop", "--time", "60", "serving");
            Assert.Equal("0", await engine.PodmanAsync("wait", "serving"));
        }
        finally
        {
            await engine.RunAsync("podman", "rm", "--force", "--time", "0", "serving");
        }
    }

    // The check that the image names, started by hand: here is no systemd, whose timers podman would start it by.
    private static async Task<int> HealthAsync(ContainerEngine engine) => (await engine.RunAsync("podman", "exec", "serving", "dv-serve", "--healthcheck")).ExitCode;

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient client, string path)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(path, UriKind.Relative), Token);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task WaitAsync(HttpClient client, string path, HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await StatusAsync(client, path) != status)
        {
            Assert.False(limit.IsCancellationRequested, $"{path} is not {status}");
            await Task.Delay(50, Token);
        }
    }

    private static async Task<double> PredictAsync(HttpClient client, string row)
    {
        using var content = new StringContent(row, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/predict", UriKind.Relative), content, Token);
        JsonNode body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        Assert.True(answer.IsSuccessStatusCode, body.ToJsonString());
        return body["predictions"]![0]!["probability"]!.GetValue<double>();
    }

    private static async Task<HttpStatusCode> ReloadAsync(HttpClient client, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/admin/reload", UriKind.Relative));
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        using HttpResponseMessage answer = await client.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
