using System.Reflection;
using System.Runtime.InteropServices;

namespace DataVersion.Cli;

/// <summary>What <c>dv version</c> tells.</summary>
/// <param name="Version">The program's version.</param>
/// <param name="Commit">The commit it was built from; null where it was built outside a repository.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Os">Operating system and architecture.</param>
internal sealed record ProgramVersion(string Version, string? Commit, string Runtime, string Os)
{
    internal static ProgramVersion Current { get; } = Read();

    private static ProgramVersion Read()
    {
        Assembly program = typeof(ProgramVersion).Assembly;
        string text = program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        int plus = text.IndexOf('+', StringComparison.Ordinal);
        return new ProgramVersion(
            plus < 0 ? text : text[..plus],
            plus < 0 ? null : text[(plus + 1)..],
            RuntimeInformation.FrameworkDescription,
            $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}");
    }
}
