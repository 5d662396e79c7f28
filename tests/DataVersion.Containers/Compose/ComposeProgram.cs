using System.Diagnostics;
using Xunit;

namespace DataVersion.Containers.Compose;

/// <summary>Docker Compose 2, of the machine or from <c>.config/compose.sh</c>. Commands are typed as <c>docker compose</c>, whatever is behind it.</summary>
internal static class ComposeProgram
{
    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Skips the test where there is none; in CI that is a failure.</summary>
    internal static void Require()
    {
        if (Found.Value is not null)
            return;
        const string Reason = "there is no Docker Compose 2.24 or newer (.config/compose.sh brings it on Debian)";
        Assert.False(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, $"{Reason}, and CI skips no test of Compose");
        Assert.Skip(Reason);
    }

    /// <summary>Writes a program <c>docker</c> that knows <c>compose</c> alone, for commands that are run as documents print them.</summary>
    /// <returns>The folder for PATH.</returns>
    internal static string WriteDocker(string folder)
    {
        Require();
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "docker");
        File.WriteAllText(file, $"#!/bin/sh\n[ \"$1\" = compose ] || {{ echo \"docker $1: only compose is here\" >&2; exit 125; }}\nshift\nexec '{Found.Value}' \"$@\"\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    /// <summary>Runs it to its end.</summary>
    internal static async Task<ShellRan> RunAsync(string folder, params IEnumerable<string> arguments)
    {
        Require();
        return await ShellRan.OfAsync(new ProcessStartInfo(Found.Value!, arguments) { WorkingDirectory = folder });
    }

    private static string? Find()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string[] places =
        [
            .. Directory.Exists(Path.Combine(cache, "dataversion")) ? Directory.EnumerateDirectories(Path.Combine(cache, "dataversion"), "docker-compose-*").Select(d => Path.Combine(d, "docker-compose")) : [],
            "/usr/libexec/docker/cli-plugins/docker-compose", "/usr/lib/docker/cli-plugins/docker-compose", "/usr/local/lib/docker/cli-plugins/docker-compose",
        ];
        return places.FirstOrDefault(File.Exists);
    }
}

/// <summary>What a command printed, and how it ended.</summary>
internal sealed record ShellRan(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs one. It is ended where the test is.</summary>
    internal static async Task<ShellRan> OfAsync(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new ShellRan(process.ExitCode, await output, await errors);
    }

    public override string ToString() => $"exit {ExitCode}\n{Output}{Errors}";
}
