using System.Security.Cryptography;
using DataVersion.Tracking.Parameters;
using DataVersion.Tracking.Pins;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>Puts what is known into the record, secrets taken out.</summary>
internal sealed class RunDescription(RunRequest request, RunHost host, RunSettings settings, Redactor redactor)
{
    private const int MaxChanged = 1000;
    private const int MaxUntracked = 16 * 1024 * 1024;

    /// <summary>The record as it begins.</summary>
    public RunRecord First(Repository repository)
    {
        IReadOnlyList<string> command = redactor.CleanCommand(request.Command);
        Dictionary<string, string> parameters = settings.Parameters.Parameters.ToDictionary(p => p.Name, p => redactor.CleanValue(p.Name, p.Value));
        IReadOnlyList<string> outputs = [.. request.Outputs.Select(redactor.Clean)];
        var exported = new Dictionary<string, string>(host.Variables);
        settings.Parameters.ExportTo(exported);
        string folder = Path.GetRelativePath(repository.Layout.Root, request.WorkingDirectory).Replace(Path.DirectorySeparatorChar, '/');
        DateTimeOffset now = RunStages.Rounded(host.Clock.GetUtcNow());
        return new RunRecord
        {
            RunUuid = RunIds.New(now),
            Key = settings.Key is { } key ? redactor.Clean(key) : null,
            Stage = RunStates.Running,
            StartedOn = now,
            RefreshedOn = now,
            Tool = new ToolFacts("dv", host.Version),
            Reproduces = request.Reproduces,
            Image = settings.Image,
            Train = new TrainFacts
            {
                Command = command,
                WorkingDirectory = folder == "." ? "" : folder,
                Params = parameters,
                Seeds = settings.Parameters.Seeds(exported),
                Out = outputs,
                Redacted = !command.SequenceEqual(request.Command) || !outputs.SequenceEqual(request.Outputs) || settings.Parameters.Parameters.Any(p => parameters[p.Name] != p.Value),
            },
            Mlflow = RunTracking.Plan(settings.Mlflow, request),
            Orchestrator = OrchestratorFinder.Find(host.Variables, settings.Rank, host.User),
        };
    }

    /// <summary>The record with what the pin says.</summary>
    public static RunRecord WithPin(RunRecord record, PinResolution found, Redactor redactor, string? workTree)
    {
        if (found.Pin is not { } pin)
            return record with { Allowances = found.Used.Names };
        byte[]? diff = pin.Diff is { Length: > 0 } raw ? redactor.Clean(raw) : null;
        return record with
        {
            Allowances = found.Used.Names,
            Pin = new PinFacts(pin.Source switch { PinSource.Revision => "env", PinSource.Baked => "baked", _ => "git" }, pin.DataCommit, Clean(pin.DataRepository), pin.PinSha256),
            Code = pin.CodeCommit is null ? null : new CodeFacts
            {
                Repo = Clean(pin.CodeRepository),
                Commit = pin.CodeCommit,
                Branch = pin.CodeBranch,
                Tags = pin.CodeTags,
                Dirty = pin.Dirty,
                DiffSha256 = diff is null ? null : Convert.ToHexStringLower(SHA256.HashData(diff)),
                Changed = [.. pin.Changes.Take(MaxChanged).Select(c => c.Path)],
                Untracked = workTree is null ? [] : [.. pin.Changes.Where(c => c.Kind == Git.GitChangeKind.Untracked).Take(MaxChanged).Select(c => new UntrackedFile(c.Path, Hash(Path.Combine(workTree, c.Path))))],
            },
        };

        static string? Hash(string file)
        {
            try
            {
                if (new FileInfo(file) is not { Exists: true, LinkTarget: null, Length: <= MaxUntracked })
                    return null;
                using FileStream stream = File.OpenRead(file);
                return Convert.ToHexStringLower(SHA256.HashData(stream));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        string? Clean(string? url) => url is null ? null : redactor.Clean(url);
    }
}
