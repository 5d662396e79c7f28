using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace DataVersion.Tests.Container;

/// <summary><c>kubectl kustomize</c>, which needs no cluster.</summary>
internal static class KustomizeProgram
{
    private static readonly ConcurrentDictionary<string, Lazy<(int Code, string Output, string Errors)?>> Rendered = new();

    /// <summary>The overlays that the repository has, by name, and the base.</summary>
    internal static IReadOnlyList<string> Overlays { get; } =
        ["base", .. Directory.EnumerateDirectories(Path.Combine(ContainerFiles.Kubernetes, "overlays")).Select(d => $"overlays/{Path.GetFileName(d)}").Order(StringComparer.Ordinal)];

    /// <summary>The objects of an overlay. The test is skipped where there is no kubectl.</summary>
    internal static IReadOnlyList<JsonObject> Render(string overlay) => YamlJson.ParseAll(RenderText(Path.Combine(ContainerFiles.Kubernetes, overlay)));

    internal static string RenderText(string folder)
    {
        (int Code, string Output, string Errors)? result = Rendered.GetOrAdd(folder, f => new(() => Run(f))).Value;
        if (result is not { } rendered)
        {
            Assert.Skip("kubectl is not installed: Kustomize's overlays cannot be rendered");
            throw new UnreachableException();
        }
        Assert.True(rendered.Code == 0, $"kubectl kustomize {folder}: {rendered.Errors}");
        return rendered.Output;
    }

    private static (int, string, string)? Run(string folder)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
