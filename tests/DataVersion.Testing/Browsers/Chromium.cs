using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace DataVersion.Testing.Browsers;

/// <summary>A page in a headless Chromium of its own, without a profile. What it asks of servers and what it complains about is kept.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private const string Announcement = "DevTools listening on ";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TempFolder _profile;
    private readonly Process _process;
    private readonly DevToolsConnection _connection;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _complaints = new();
    private string _session = "";

    private Chromium(TempFolder profile, Process process, DevToolsConnection connection)
    {
        _profile = profile;
        _process = process;
        _connection = connection;
        connection.Received += Note;
    }

    /// <summary>The program; null where it is not installed.</summary>
    public static string? FilePath { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>The address of each request, in their order.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Errors that the page wrote to its console or did not catch, and those of the browser: what failed to load, what a policy forbids.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Starts the browser with an empty page.</summary>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="height">Of the window, in pixels.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Chromium> StartAsync(int width, int height, CancellationToken cancellationToken)
    {
        var profile = new TempFolder();
        var start = new ProcessStartInfo(FilePath ?? throw new InvalidOperationException("there is no Chromium"),
        [
            // Tests may run as root, and in containers with a small /dev/shm. The browser must not call anybody by itself.
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0",
            string.Create(CultureInfo.InvariantCulture, $"--window-size={width},{height}"), $"--user-data-dir={profile.At("profile")}", "about:blank",
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        // Its crash reporter and caches belong to the test, too.
        start.Environment["HOME"] = profile.Path;
        Process process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            string address = await AddressAsync(process).WaitAsync(Limit, cancellationToken);
            _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var browser = new Chromium(profile, process, await DevToolsConnection.OpenAsync(new Uri(address), cancellationToken));
            await browser.AttachAsync(cancellationToken);
            return browser;
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            profile.Dispose();
            throw;
        }
    }

    /// <summary>Opens an address.</summary>
    public Task OpenAsync(string address, CancellationToken cancellationToken) => SendAsync("Page.navigate", new JsonObject { ["url"] = address }, cancellationToken);

    /// <summary>What a JavaScript expression is, as JSON; a promise is waited for.</summary>
    /// <exception cref="InvalidOperationException">It throws.</exception>
    public async Task<JsonNode?> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        JsonNode result = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true }, cancellationToken);
        return result["exceptionDetails"] is { } thrown ? throw new InvalidOperationException(thrown.ToJsonString()) : result["result"]!["value"];
    }

    /// <summary>The text that a person sees in the element that a selector finds first; empty where there is none.</summary>
    public async Task<string> TextAsync(string selector, CancellationToken cancellationToken) =>
        (await EvaluateAsync($"document.querySelector({JsonValue.Create(selector)!.ToJsonString()})?.innerText ?? ''", cancellationToken))!.GetValue<string>();

    /// <summary>Waits until an expression is true.</summary>
    /// <exception cref="TimeoutException">It is not within half a minute.</exception>
    public async Task WaitAsync(string condition, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while ((await EvaluateAsync($"Boolean({condition})", cancellationToken))?.GetValue<bool>() != true)
        {
            if (watch.Elapsed > Limit)
                throw new TimeoutException($"{condition} is not so; the page: {await TextAsync("body", cancellationToken)}");
            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Types a text into an input, in the place of what is there, by the events of a keyboard.</summary>
    public async Task TypeAsync(string selector, string text, CancellationToken cancellationToken)
    {
        await EvaluateAsync($"(e => {{ e.focus(); e.select(); }})(document.querySelector({JsonValue.Create(selector)!.ToJsonString()}))", cancellationToken);
        await SendAsync("Input.insertText", new JsonObject { ["text"] = text }, cancellationToken);
    }

    /// <summary>Writes what the page looks like, as PNG.</summary>
    public async Task ScreenshotAsync(string file, CancellationToken cancellationToken)
    {
        JsonNode picture = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true }, cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, Convert.FromBase64String(picture["data"]!.GetValue<string>()), cancellationToken);
    }

    /// <summary>Whether the page believes that the user wants dark colours.</summary>
    public Task PreferAsync(string colourScheme, CancellationToken cancellationToken) => SendAsync("Emulation.setEmulatedMedia",
        new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = colourScheme }) }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _profile.Dispose();
    }

    private static async Task<string> AddressAsync(Process process)
    {
        while (await process.StandardError.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
                return line[Announcement.Length..];
        }
        throw new InvalidOperationException("Chromium ended before it listened");
    }

    private async Task AttachAsync(CancellationToken cancellationToken)
    {
        JsonNode target = await _connection.SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" }, null, cancellationToken);
        var page = new JsonObject { ["targetId"] = target["targetId"]!.GetValue<string>(), ["flatten"] = true };
        _session = (await _connection.SendAsync("Target.attachToTarget", page, null, cancellationToken))["sessionId"]!.GetValue<string>();
        foreach (string domain in (string[])["Page", "Runtime", "Log", "Network"])
            await SendAsync($"{domain}.enable", [], cancellationToken);
    }

    private Task<JsonNode> SendAsync(string method, JsonObject parameters, CancellationToken cancellationToken) => _connection.SendAsync(method, parameters, _session, cancellationToken);

    private void Note(string name, JsonNode said)
    {
        switch (name)
        {
            case "Network.requestWillBeSent":
                _requests.Enqueue(said["request"]!["url"]!.GetValue<string>());
                break;
            case "Runtime.exceptionThrown":
                _complaints.Enqueue(said["exceptionDetails"]!.ToJsonString());
                break;
            case "Runtime.consoleAPICalled" when said["type"]!.GetValue<string>() is "error" or "warning" or "assert":
                _complaints.Enqueue(said["args"]!.ToJsonString());
                break;
            case "Log.entryAdded" when said["entry"]!["level"]!.GetValue<string>() is "error" or "warning":
                _complaints.Enqueue(said["entry"]!.ToJsonString());
                break;
        }
    }
}
