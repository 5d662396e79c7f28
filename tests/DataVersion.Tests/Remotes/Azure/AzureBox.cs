using System.Collections.Concurrent;
using System.Globalization;
using DataVersion.Remotes;
using DataVersion.Remotes.Azure;
using DataVersion.Storage;
using DataVersion.Testing.Servers;

namespace DataVersion.Tests.Remotes.Azure;

/// <summary>A server that speaks like Azure Blob Storage, as far as a test lets it, and a store that talks to it.</summary>
internal sealed class AzureBox : IDisposable
{
    public const string Key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

    private readonly ConcurrentQueue<StaticHttpAnswer> _script = new();

    public AzureBox() => Server = new StaticHttpServer(request => _script.TryDequeue(out StaticHttpAnswer? answer) ? answer : Otherwise(request));

    public StaticHttpServer Server { get; }

    /// <summary>What is answered when the script has ended.</summary>
    public Func<StaticHttpRequest, StaticHttpAnswer> Otherwise { get; set; } = request => Ok(request.Method switch { "PUT" => 201, "DELETE" => 202, _ => 200 });

    public IReadOnlyList<StaticHttpRequest> Requests => Server.Requests;

    public RequestMeter Meter { get; } = new();

    public static StaticHttpAnswer Ok(int status = 200) => new StaticHttpAnswer(status)
        .With("x-ms-request-id", "11111111-2222-3333-4444-555555555555")
        .With("x-ms-version", "2021-12-02")
        .With("Date", DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture))
        .With("ETag", "\"0x8D\"")
        .With("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT");

    public static StaticHttpAnswer Error(int status, string code) =>
        (Ok(status) with { Body = System.Text.Encoding.UTF8.GetBytes($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>text</Message></Error>") })
        .With("Content-Type", "application/xml")
        .With("x-ms-error-code", code);

    public void Answer(params StaticHttpAnswer[] answers) => Array.ForEach(answers, _script.Enqueue);

    public RemoteContext Context(params (string Name, string Value)[] options) =>
        RemoteContexts.Of("azure://data/pre/fix", [("endpoint", $"{Server.Address}/account"), .. options]) with { Meter = Meter };

    public AzureBlobStore Open(params (string Name, string Value)[] options) => AzureRemote.Open(Context([("accountkey", Key), .. options]));

    public void Dispose() => Server.Dispose();
}
