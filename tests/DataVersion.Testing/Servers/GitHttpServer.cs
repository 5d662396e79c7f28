using System.Diagnostics;
using System.Text;

namespace DataVersion.Testing.Servers;

/// <summary>Git's own server of smart HTTP (<c>git http-backend</c>) behind a web server that lets nobody in without a token.</summary>
public sealed class GitHttpServer : IDisposable
{
    private readonly StaticHttpServer _server;
    private readonly string _projects;
    private readonly string _expected;

    /// <param name="projects">The folder that holds the repositories.</param>
    /// <param name="token">What must be given as password of the user <c>x-access-token</c>.</param>
    public GitHttpServer(string projects, string token)
    {
        _projects = projects;
        _expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"x-access-token:{token}"));
        _server = new StaticHttpServer(Answer);
    }

    public string Address => _server.Address;

    /// <summary>Where all requests are sent on to; null to answer them.</summary>
    public string? RedirectTo { get; set; }

    /// <summary>Whether nobody is let in, and everybody is asked who he is.</summary>
    public bool Denies { get; set; }

    /// <summary>Every request so far.</summary>
    public IReadOnlyList<StaticHttpRequest> Requests => _server.Requests;

    public void Dispose() => _server.Dispose();

    private StaticHttpAnswer Answer(StaticHttpRequest request)
    {
        if (RedirectTo is { } place)
            return new StaticHttpAnswer(302).With("Location", place + request.Path + request.Query);
        if (Denies || request.Header("Authorization") != _expected)
            return StaticHttpAnswer.Text(401, "who are you?").With("WWW-Authenticate", "Basic realm=\"git\"");
        return Serve(request);
    }

    // The Common Gateway Interface, as git-http-backend(1) describes it.
    private StaticHttpAnswer Serve(StaticHttpRequest request)
    {
        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        (string Name, string? Value)[] variables =
        [
            ("GIT_PROJECT_ROOT", _projects), ("GIT_HTTP_EXPORT_ALL", "1"), ("PATH_INFO", request.Path), ("QUERY_STRING", request.Query.TrimStart('?')), ("REQUEST_METHOD", request.Method),
            ("CONTENT_TYPE", request.Header("Content-Type")), ("HTTP_CONTENT_ENCODING", request.Header("Content-Encoding")), ("GIT_PROTOCOL", request.Header("Git-Protocol")),
            ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ];
        foreach ((string name, string? value) in variables)
            start.Environment[name] = value ?? "";
        using Process backend = Process.Start(start)!;
        Task feeding = Task.Run(() =>
        {
            using Stream input = backend.StandardInput.BaseStream;
            input.Write(request.Body);
        });
        using var output = new MemoryStream();
        backend.StandardOutput.BaseStream.CopyTo(output);
        feeding.Wait();
        backend.WaitForExit();
        byte[] bytes = output.ToArray();
        int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Dictionary<string, string> head = Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n").Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1]);
        var answer = new StaticHttpAnswer(head.Remove("Status", out string? status) ? int.Parse(status.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) : 200) { Body = bytes.AsMemory(end + 4) };
        foreach ((string name, string value) in head)
            answer.With(name, value);
        return answer;
    }
}
