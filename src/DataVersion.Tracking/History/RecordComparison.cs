using System.Globalization;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.History;

/// <summary>What differs between two runs, in the order in which one looks for a cause: code, data, parameters, environment; then the effects.</summary>
public static class RecordComparison
{
    /// <summary>Everything that differs.</summary>
    public static IReadOnlyList<RecordDifference> Compare(RunRecord left, RunRecord right) =>
    [
        .. CompareMaps(DifferenceKind.Code, Code(left), Code(right)),
        .. CompareMaps(DifferenceKind.Data, Data(left), Data(right)),
        .. CompareMaps(DifferenceKind.Params, Params(left), Params(right)),
        .. CompareMaps(DifferenceKind.Environment, Environment(left), Environment(right)),
        .. CompareMaps(DifferenceKind.Metrics, Metrics(left), Metrics(right)),
        .. CompareMaps(DifferenceKind.Outputs, Outputs(left), Outputs(right)),
    ];

    /// <summary>What differs and can be the cause of other outputs.</summary>
    public static IReadOnlyList<RecordDifference> Causes(RunRecord left, RunRecord right) =>
        [.. Compare(left, right).Where(d => d.Kind <= DifferenceKind.Environment)];

    /// <summary>A number as it is shown: all digits that tell it apart from its neighbours.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static IEnumerable<RecordDifference> CompareMaps(DifferenceKind kind, Dictionary<string, string> left, Dictionary<string, string> right)
    {
        foreach (string name in left.Keys.Union(right.Keys).Order(StringComparer.Ordinal))
        {
            string? before = left.GetValueOrDefault(name), after = right.GetValueOrDefault(name);
            if (before != after)
                yield return new RecordDifference(kind, name, before, after);
        }
    }

    private static Dictionary<string, string> Code(RunRecord record) => Map(
        ("commit", record.Code?.Commit),
        ("repository", record.Code?.Repo),
        ("uncommitted changes", record.Code is { Dirty: true } code ? code.DiffSha256 ?? "yes" : null));

    private static Dictionary<string, string> Data(RunRecord record) =>
        record.Data.ToDictionary(d => d.Inside is null ? d.Path : $"{d.Path}/{d.Inside}", d => $"{d.Algo}:{d.Hash}");

    private static Dictionary<string, string> Params(RunRecord record)
    {
        Dictionary<string, string> map = Map(("command", string.Join(' ', record.Train.Command)), ("working directory", record.Train.WorkingDirectory));
        foreach ((string name, string value) in record.Train.Params.Concat(record.Train.Seeds))
            map[$"param {name}"] = value;
        return map;
    }

    private static Dictionary<string, string> Environment(RunRecord record)
    {
        RuntimeFacts? runtime = record.Runtime;
        Dictionary<string, string> map = Map(
            ("image", record.Image?.Reference), ("os", runtime?.Os), ("kernel", runtime?.Kernel), ("arch", runtime?.Arch), ("cpu", runtime?.CpuModel),
            ("cpu features", runtime?.CpuFlagsSha256), ("cpus", runtime?.Cpus.ToString(CultureInfo.InvariantCulture)), ("python", runtime?.Python),
            ("dv", record.Tool.Version), ("dotnet", runtime?.Dotnet), ("system packages", runtime?.SystemPackagesSha256),
            ("provider", record.Gpu?.Provider), ("driver", record.Gpu?.Driver), ("cuda runtime", record.Gpu?.CudaRuntime), ("cudnn", record.Gpu?.Cudnn),
            ("onnx runtime", record.Gpu?.Ort), ("gpus", record.Gpu is { Devices.Count: > 0 } gpu ? string.Join(", ", gpu.Devices.Select(d => d.Name)) : null));
        foreach (PackageFacts package in runtime?.Packages ?? [])
            map[$"{package.Kind} {package.Name}"] = package.Version;
        // DV_RUN_KEY names the run and changes nothing in it.
        foreach ((string name, string value) in (runtime?.EnvAllowList ?? new Dictionary<string, string>()).Where(v => v.Key != "DV_RUN_KEY"))
            map[$"${name}"] = value;
        return map;
    }

    private static Dictionary<string, string> Metrics(RunRecord record) =>
        (record.Metrics?.Final ?? new Dictionary<string, double>()).ToDictionary(m => m.Key, m => Number(m.Value));

    private static Dictionary<string, string> Outputs(RunRecord record)
    {
        var map = new Dictionary<string, string>();
        foreach (OutputFacts output in record.Outputs)
        {
            if (output.Kind == "dir")
                map[$"{output.Path}/"] = $"sha256:{output.Sha256}";
            foreach (OutputFile file in output.Files)
                map[file.Path.Length == 0 ? output.Path : $"{output.Path}/{file.Path}"] = $"sha256:{file.Sha256}";
        }
        return map;
    }

    private static Dictionary<string, string> Map(params (string Name, string? Value)[] values) =>
        values.Where(v => !string.IsNullOrEmpty(v.Value)).ToDictionary(v => v.Name, v => v.Value!);
}
