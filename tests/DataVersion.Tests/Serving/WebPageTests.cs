using System.Globalization;
using DataVersion.Testing.Browsers;
using DataVersion.Testing.Models;
using Xunit;

namespace DataVersion.Tests.Serving;

/// <summary>The page at <c>/</c> as a person sees it, in headless Chromium. Screenshots stay in the folder <c>screenshots</c> beside the tests.</summary>
public class WebPageTests
{
    private static readonly string Pictures = Path.Combine(AppContext.BaseDirectory, "screenshots");

    private readonly TinyModel _model = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_shows_the_model_and_where_it_comes_from_and_answers_a_form()
    {
        Assert.SkipWhen(Chromium.FilePath is null, "Chromium is not installed");
        using var registry = new RegistrySandbox();
        await registry.RegisterAsync(_model);
        await using RunningServer server = await RunningServer.StartReadyAsync([("MODEL_URI", "models:/fraud/1"), .. registry.Variables]);
        await using Chromium page = await Chromium.StartAsync(1100, 1000, Token);

        await page.OpenAsync($"{server.Address}/", Token);
        await page.WaitAsync("document.querySelector('main')?.hidden === false", Token);

        Assert.Equal("fraud", await page.TextAsync("h1", Token));
        Assert.Equal("version 1 is ready", await page.TextAsync("#status", Token));
        Assert.Contains(_model.Sha256, await page.TextAsync("#facts", Token), StringComparison.Ordinal);
        string lineage = await page.TextAsync("#lineage", Token);
        Assert.Contains(new string('c', 40), lineage, StringComparison.Ordinal);
        Assert.Contains(new string('d', 40), lineage, StringComparison.Ordinal);
        Assert.Contains($"brave-fox ({registry.Server.State.ActiveRuns[0].Id})", lineage, StringComparison.Ordinal);

        await page.TypeAsync("[name=amount]", "120", Token);
        await page.EvaluateAsync("document.querySelector('[name=merchant_category]').value = 'travel'", Token);
        await SubmitAsync(page);
        await page.WaitAsync("document.getElementById('answer').textContent.startsWith('probability')", Token);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"probability {_model.Probability(120, "travel"):F4}, label 1"), await page.TextAsync("#answer", Token));
        await page.ScreenshotAsync(Path.Combine(Pictures, "page.png"), Token);
        await page.PreferAsync("dark", Token);
        await page.ScreenshotAsync(Path.Combine(Pictures, "page-dark.png"), Token);

        Assert.All(page.Requests, r => Assert.True(r.StartsWith($"{server.Address}/", StringComparison.Ordinal) || r.StartsWith("data:", StringComparison.Ordinal), r));
        Assert.Contains($"{server.Address}/predict", page.Requests);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_value_that_is_wrong_is_told_beside_the_form_and_marked()
    {
        Assert.SkipWhen(Chromium.FilePath is null, "Chromium is not installed");
        using var folder = new Testing.TempFolder();
        _model.WriteTo(folder.At("m"));
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", folder.At("m")));
        await using Chromium page = await Chromium.StartAsync(480, 900, Token);
        await page.OpenAsync($"{server.Address}/", Token);
        await page.WaitAsync("document.querySelector('main')?.hidden === false", Token);

        await page.TypeAsync("[name=amount]", "1e300", Token);
        await SubmitAsync(page);
        await page.WaitAsync("document.getElementById('answer').classList.contains('bad')", Token);

        Assert.Equal("'amount' is beyond what a float32 can hold.", await page.TextAsync("#answer", Token));
        Assert.True((await page.EvaluateAsync("document.querySelector('[name=amount]').parentElement.classList.contains('bad')", Token))!.GetValue<bool>());
        await page.ScreenshotAsync(Path.Combine(Pictures, "problem-narrow.png"), Token);
        // It is mended, and the mark is gone.
        await page.TypeAsync("[name=amount]", "12", Token);
        await SubmitAsync(page);
        await page.WaitAsync("document.getElementById('answer').textContent.startsWith('probability')", Token);
        Assert.Equal("0", (await page.EvaluateAsync("String(document.querySelectorAll('.bad').length)", Token))!.GetValue<string>());
        // The refusal itself is what the browser has to complain about.
        Assert.All(page.Complaints, c => Assert.Contains("400", c, StringComparison.Ordinal));
        Assert.DoesNotContain("content security policy", string.Concat(page.Complaints), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Nothing_from_elsewhere_could_be_loaded()
    {
        Assert.SkipWhen(Chromium.FilePath is null, "Chromium is not installed");
        using var folder = new Testing.TempFolder();
        _model.WriteTo(folder.At("m"));
        await using RunningServer server = await RunningServer.StartReadyAsync(("MODEL_URI", folder.At("m")));
        await using RunningServer other = await RunningServer.StartAsync(("MODEL_URI", folder.At("n")));
        await using Chromium page = await Chromium.StartAsync(800, 600, Token);
        await page.OpenAsync($"{server.Address}/", Token);
        await page.WaitAsync("document.querySelector('main')?.hidden === false", Token);

        string outcome = (await page.EvaluateAsync($"fetch('{other.Address}/livez', {{ mode: 'no-cors' }}).then(() => 'reached', () => 'refused')", Token))!.GetValue<string>();

        Assert.Equal("refused", outcome);
        Assert.Contains(page.Complaints, c => c.Contains("content security policy", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task SubmitAsync(Chromium page) => await page.EvaluateAsync("document.querySelector('button[type=submit]').click()", Token);
}
