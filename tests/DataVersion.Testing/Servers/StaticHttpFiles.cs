using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DataVersion.Testing.Servers;

/// <summary>Files as an ordinary web server gives them: ranges, HEAD, ETags, times. A handler for <see cref="StaticHttpServer"/>.</summary>
public sealed partial class StaticHttpFiles
{
    private readonly ConcurrentDictionary<string, byte[]> _files = new();

    /// <summary>Answers a range with all of the file.</summary>
    public bool WithoutRanges { get; init; }

    /// <summary>Answers HEAD with 405.</summary>
    public bool WithoutHead { get; init; }

    /// <summary>Tells no lengths.</summary>
    public bool WithoutLength { get; init; }

    /// <summary>Puts a file at a path such as <c>/data/dv.json</c>.</summary>
    public void Put(string path, byte[] bytes) => _files[path] = bytes;

    /// <summary>Puts all files of a folder below a path.</summary>
    public void PutFolder(string path, string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            Put($"{path}/{Path.GetRelativePath(folder, file)}", File.ReadAllBytes(file));
    }

    public StaticHttpAnswer Answer(StaticHttpRequest request)
    {
        if (request.Method == "HEAD" && WithoutHead)
            return new StaticHttpAnswer(405);
        if (!_files.TryGetValue(Uri.UnescapeDataString(request.Path), out byte[]? bytes))
            return StaticHttpAnswer.Text(404, "<html>no such file</html>", "text/html");
        if (WithoutRanges || request.Header("Range") is not { } range)
            return Facts(new StaticHttpAnswer(200) { Body = bytes, WithoutLength = WithoutLength }, bytes);
        Match match = RangeForm().Match(range);
        long from = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        if (from >= bytes.Length)
            return new StaticHttpAnswer(416).With("Content-Range", $"bytes */{bytes.Length}");
        long to = match.Groups[2].Length == 0 ? bytes.Length - 1 : Math.Min(bytes.Length - 1, long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        return Facts(new StaticHttpAnswer(206) { Body = bytes.AsMemory((int)from, (int)(to - from + 1)), WithoutLength = WithoutLength }, bytes)
            .With("Content-Range", $"bytes {from}-{to}/{bytes.Length}");
    }

    private static StaticHttpAnswer Facts(StaticHttpAnswer answer, byte[] bytes) => answer
        .With("Content-Type", "application/octet-stream")
        .With("Last-Modified", DateTimeOffset.UtcNow.AddMinutes(-1).ToString("R", CultureInfo.InvariantCulture))
        .With("ETag", $"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..16]}\"");

    [GeneratedRegex(@"^bytes=(\d+)-(\d*)$")]
    private static partial Regex RangeForm();
}
