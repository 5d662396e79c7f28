using System.Diagnostics;
using DataVersion.Testing;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers;

/// <summary>The programs at the desk: dv, dv-train and git, with a home of their own.</summary>
internal sealed class HostProgram : IDisposable
{
    private readonly TempFolder _home = new();

    internal HostProgram() =>
        File.WriteAllText(_home.At(".gitconfig"), "[user]\n\tname = Tester\n\temail = tester@example.invalid\n[init]\n\tdefaultBranch = main\n");

    /// <summary>Runs dv, which must succeed.</summary>
    internal Task<string> DvAsync(string folder, params string[] arguments) => RunOkAsync(Built("DataVersion.Cli", "dv"), folder, arguments);

    /// <summary>Runs dv-train, which must succeed.</summary>
    internal Task<string> TrainAsync(string folder, params string[] arguments) => RunOkAsync(Built("DataVersion.Trainer", "dv-train"), folder, arguments);

    /// <summary>Runs git, which must succeed.</summary>
    internal Task<string> GitAsync(string folder, params string[] arguments) => RunOkAsync("git", folder, arguments);

    /// <summary>Runs a program to its end.</summary>
    internal async Task<ContainerRan> RunAsync(string program, string folder, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("DV_", StringComparison.Ordinal) || k.StartsWith("GIT_", StringComparison.Ordinal) || k == "CI").ToList())
            start.Environment.Remove(name);
        start.Environment["HOME"] = _home.Path;
        start.Environment["XDG_CONFIG_HOME"] = _home.At(".config");
        start.Environment["NO_COLOR"] = "1";
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return new ContainerRan(process.ExitCode, await output, await errors);
    }

    public void Dispose() => _home.Dispose();

    private async Task<string> RunOkAsync(string program, string folder, string[] arguments)
    {
        ContainerRan ran = await RunAsync(program, folder, arguments);
        Assert.True(ran.ExitCode == 0, $"{Path.GetFileName(program)} {string.Join(' ', arguments)}: {ran}");
        return ran.Output;
    }

    private static string Built(string project, string program) => ProjectFolder.At("artifacts/bin", project, "release", program);
}
