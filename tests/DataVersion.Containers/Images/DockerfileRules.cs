using System.Text.RegularExpressions;
using DataVersion.Testing.Containers;

namespace DataVersion.Containers.Images;

/// <summary>What every Dockerfile of container/ holds to. Each rule returns what is wrong, one line each.</summary>
internal static partial class DockerfileRules
{
    /// <summary>Names that a secret would have: such a value stays in the image, whoever gets it.</summary>
    internal static IEnumerable<string> SecretNames(Dockerfile file) =>
        from i in file.Instructions
        where i.Name is "ARG" or "ENV"
        from name in i.Name == "ARG" ? [i.Text.Split('=')[0]] : EnvName().Matches(i.Text).Select(m => m.Groups[1].Value)
        where SecretName().IsMatch(name)
        select $"{i.Name} {name}: secrets come at run time, by a variable or a file";

    /// <summary>FROM names a base argument or an earlier stage, nothing else.</summary>
    internal static IEnumerable<string> Bases(Dockerfile file)
    {
        string[] stages = [.. file.All("FROM").Select(i => StageName().Match(i.Text)).Where(m => m.Success).Select(m => m.Groups[1].Value)];
        foreach (DockerInstruction from in file.All("FROM"))
        {
            string name = from.Text.Split(' ')[0];
            bool isArgument = BaseArgument().Match(name) is { Success: true } match && file.Bases.ContainsKey(match.Groups[1].Value);
            bool isStage = stages.Any(stage => Regex.IsMatch(stage, $"^{Regex.Replace(Regex.Escape(name), @"\\\$\\\{[A-Z_]+}", ".+")}$"));
            if (!isArgument && !isStage)
                yield return $"FROM {name}: a base is an argument BASE_…, so that it can be another one";
        }
        foreach ((string name, string reference) in file.Bases.Where(b => b.Key.StartsWith("BASE_", StringComparison.Ordinal)))
        {
            if (!Reference().IsMatch(reference) || reference.Contains(":latest", StringComparison.Ordinal))
                yield return $"ARG {name}={reference}: registry/name:tag, with a digest or without; never latest";
        }
    }

    /// <summary>The rest of what buildah 1.28 and BuildKit both take, and of how an image of ours ends.</summary>
    internal static IEnumerable<string> Form(Dockerfile file)
    {
        if (file.Text.Contains("<<", StringComparison.Ordinal))
            yield return "a heredoc: buildah 1.28 does not take it";
        if (file.Instructions.Any(i => i.Name is "COPY" or "ADD" && (i.Text.Contains("--link", StringComparison.Ordinal) || i.Text.Contains("--parents", StringComparison.Ordinal))))
            yield return "COPY --link, --parents: buildah does not take them";
        if (file.All("ADD").Any())
            yield return "ADD: COPY says what is meant";
        if (file.All("RUN").Any(i => i.Text.Contains("--network", StringComparison.Ordinal)) || file.Text.Contains("--start-interval", StringComparison.Ordinal))
            yield return "RUN --network, HEALTHCHECK --start-interval: buildah 1.28 does not take them";
        int last = file.Instructions[^1].Stage;
        if (file.All("USER").LastOrDefault(i => i.Stage == last)?.Text != "10001:10001")
            yield return "the image's user is 10001:10001";
        foreach (DockerInstruction entry in file.Instructions.Where(i => i.Name is "ENTRYPOINT" or "CMD" && !i.Text.StartsWith('[')))
            yield return $"{entry.Name} {entry.Text}: the form without a shell, so that signals arrive";
        string[] labels = ["title", "description", "licenses", "version", "revision", "source", "created", "base.name"];
        foreach (string label in labels.Where(l => !file.All("LABEL").Any(i => i.Text.Contains($"org.opencontainers.image.{l}=", StringComparison.Ordinal))))
            yield return $"no label org.opencontainers.image.{label}";
    }

    /// <summary>System, dependencies, code: an edit of the code may not start the restore anew.</summary>
    internal static IEnumerable<string> Order(Dockerfile file)
    {
        DockerInstruction? restore = file.All("RUN").FirstOrDefault(i => i.Text.Contains("dotnet restore", StringComparison.Ordinal));
        if (restore is null)
            yield break;
        int at = file.Instructions.ToList().IndexOf(restore);
        foreach (DockerInstruction copy in file.Instructions.Take(at).Where(i => i.Name == "COPY" && i.Stage == restore.Stage))
        {
            string[] sources = copy.Text.Split(' ')[..^1];
            foreach (string source in sources.Where(s => !s.EndsWith(".csproj", StringComparison.Ordinal) && !s.EndsWith(".props", StringComparison.Ordinal) && !s.EndsWith(".targets", StringComparison.Ordinal)))
                yield return $"COPY {source} before the restore";
        }
        if (!file.Instructions.Skip(at).Any(i => i.Name == "COPY" && i.Stage == restore.Stage && i.Text == "src/ src/"))
            yield return "no COPY src/ after the restore";
        if (file.Instructions.Take(at).Any(i => i.Name == "ARG" && i.Stage == restore.Stage))
            yield return "an ARG before the restore starts it anew with each of its values";
        foreach (DockerInstruction run in file.All("RUN").Where(i => i.Text.Contains("dotnet restore", StringComparison.Ordinal) || i.Text.Contains("dotnet publish", StringComparison.Ordinal)))
        {
            if (!run.Text.Contains("--mount=type=cache", StringComparison.Ordinal))
                yield return "packages belong into a cache mount";
        }
    }

    /// <summary>Packages of the system have a version, or an argument for one. Authorities of TLS alone are better new than the same.</summary>
    internal static IEnumerable<string> Packages(Dockerfile file) =>
        from run in file.All("RUN")
        from install in AptInstall().Matches(run.Text)
        from word in install.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where !word.StartsWith('-') && word != "ca-certificates" && !IsPinned(file, run, word)
        select $"apt-get install {word}: no version, and no argument for one";

    private static bool IsPinned(Dockerfile file, DockerInstruction run, string word) => PinnedByArgument().Match(word) is { Success: true } pinned
        ? file.Instructions.TakeWhile(i => i != run).Any(i => i.Name == "ARG" && i.Stage == run.Stage && i.Text == $"{pinned.Groups[1].Value}=")
        : PinnedHere().IsMatch(word);

    [GeneratedRegex("apt-get install (.*?)(?=&&|;|$)")]
    private static partial Regex AptInstall();

    [GeneratedRegex(@"^[a-z0-9.+-]+\$\{([A-Z_]+):\+=\$\1\}$")]
    private static partial Regex PinnedByArgument();

    [GeneratedRegex(@"^[a-z0-9.+-]+=[0-9][A-Za-z0-9.:+~-]*$")]
    private static partial Regex PinnedHere();

    [GeneratedRegex("TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|KEY", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(?:^|\s)([A-Za-z_][A-Za-z0-9_]*)=")]
    private static partial Regex EnvName();

    [GeneratedRegex(@"\s[Aa][Ss]\s+(\S+)$")]
    private static partial Regex StageName();

    [GeneratedRegex(@"^\$\{(BASE_[A-Z]+)\}$")]
    private static partial Regex BaseArgument();

    [GeneratedRegex(@"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+:[A-Za-z0-9._-]+(@sha256:[0-9a-f]{64})?$")]
    private static partial Regex Reference();
}
