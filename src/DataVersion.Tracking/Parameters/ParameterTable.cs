namespace DataVersion.Tracking.Parameters;

/// <summary>Collects what a parameter file has: nested names joined by dots, each once, in the order of the file.</summary>
internal sealed class ParameterTable(string file)
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    public List<Parameter> Parameters { get; } = [];

    /// <exception cref="UsageException">A name or value that is not allowed.</exception>
    /// <exception cref="InvalidFormatException">A name that is there twice, or too many of them.</exception>
    public void Add(string name, string value, int? line)
    {
        ParameterRules.Check(name, value, line is null ? file : $"{file}:{line}");
        if (!_places.TryAdd(name, Parameters.Count))
            throw new InvalidFormatException(file, line, $"the parameter '{name}' is there twice");
        if (Parameters.Count == ParameterRules.MaxCount)
            throw new InvalidFormatException(file, line, $"more than {ParameterRules.MaxCount} parameters");
        Parameters.Add(new Parameter(name, value, ParameterSource.File));
    }

    public static string Join(string? parent, string key) => parent is null ? key : $"{parent}.{key}";
}
