using DataVersion.Tracking.Lineage;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>A record in OpenLineage's words.</summary>
internal static class LineageMapping
{
    public static LineageFacts Facts(RunRecord record, LineageSettings settings, Redactor redactor) => new()
    {
        RunId = Guid.ParseExact(record.RunUuid, "D"),
        JobNamespace = settings.Namespace,
        JobName = JobName(record),
        ProducerVersion = record.Tool.Version,
        Code = record.Code is { } code ? new LineageCode(code.Repo, code.Commit, code.Branch, code.Tags.Count > 0 ? code.Tags[0] : null) : null,
        Inputs = [.. record.Data.Select(d => new LineageDataset(d.Remote ?? "dv", d.Inside is null ? d.Path : $"{d.Path}/{d.Inside}", $"{d.Algo}:{d.Hash}", d.Size, d.Nfiles))],
        Outputs = [.. record.Outputs.Select(o => new LineageDataset((record.Data.Count > 0 ? record.Data[0].Remote : null) ?? "dv", o.Path, $"sha256:{o.Sha256}", o.Size, o.Nfiles))],
        Parent = settings.Parent,
        Error = record.Error is { } error ? redactor.Clean(error) : null,
    };

    public static LineageState State(RunRecord record) => record.Stage switch
    {
        RunStates.Running => LineageState.Start,
        RunStates.Complete => LineageState.Complete,
        RunStates.Killed => LineageState.Abort,
        _ => LineageState.Fail,
    };

    // The job is what is run again and again: the script, not this run of it.
    private static string JobName(RunRecord record)
    {
        string program = Path.GetFileName(record.Train.Command[0]);
        string? script = record.Train.Command.Skip(1).FirstOrDefault(a => !a.StartsWith('-') && (a.Contains('.') || a.Contains('/')));
        return script is null ? program : $"{program} {script}";
    }
}
