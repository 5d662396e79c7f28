using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace DataVersion.Tracking.Parameters;

/// <summary>
/// The parameters of a run, from a file, from variables <c>DV_PARAM_…</c> and from the command line; of one that is in several places the later named wins.
/// </summary>
public sealed partial class ParameterSet
{
    private ParameterSet(IReadOnlyList<Parameter> parameters) => Parameters = parameters;

    /// <summary>Without any.</summary>
    public static ParameterSet Empty { get; } = new([]);

    /// <summary>In the order of the file, then what the variables and the command line add.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Puts the parameters together.</summary>
    /// <param name="pairs">The values of <c>--param</c>: NAME=VALUE.</param>
    /// <param name="environment">
    /// All variables; <c>DV_PARAM_LEARNING_RATE</c> is the parameter that would be exported under this name, or else <c>learning_rate</c>.
    /// </param>
    /// <param name="file">The name of the parameter file, for messages; what does not end in <c>.json</c> is YAML. Null without one.</param>
    /// <param name="fileBytes">Its bytes; null without one.</param>
    /// <exception cref="UsageException">A pair without '=', a name or value that is not allowed, one name twice, an ambiguous variable, or too many.</exception>
    /// <exception cref="InvalidFormatException">The file is not what its name says, or too large, too deep or ambiguous.</exception>
    public static ParameterSet Load(IReadOnlyList<string> pairs, IReadOnlyDictionary<string, string> environment, string? file, byte[]? fileBytes)
    {
        var parameters = new List<Parameter>();
        if (file is not null && fileBytes is not null)
            parameters.AddRange(ReadFile(file, fileBytes));
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < parameters.Count; i++)
            places.Add(parameters[i].Name, i);
        AddPairs(pairs, parameters, places);
        AddVariables(environment, parameters, places);
        if (parameters.Count > ParameterRules.MaxCount)
            throw new UsageException($"{parameters.Count} parameters; at most {ParameterRules.MaxCount} are allowed");
        return new ParameterSet(parameters);
    }

    /// <summary>Adds a variable <c>DV_PARAM_…</c> for each parameter: its name in upper case, with '_' for all that is no letter or digit.</summary>
    /// <param name="environment">The variables of the child. Nothing is added where this throws.</param>
    /// <exception cref="UsageException">Two parameters have the same variable.</exception>
    public void ExportTo(IDictionary<string, string> environment)
    {
        var owners = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (Parameter parameter in Parameters)
        {
            string variable = ParameterRules.ExportedName(parameter.Name);
            if (!owners.TryAdd(variable, parameter))
            {
                throw new UsageException($"the parameters '{owners[variable].Name}' and '{parameter.Name}' would both be exported as {variable}",
                    "rename one of them");
            }
        }
        foreach ((string variable, Parameter parameter) in owners)
            environment[variable] = parameter.Value;
    }

    /// <summary>
    /// What fixes random numbers: parameters whose last part is <c>seed</c> or ends in <c>_seed</c>, and variables of such names with a whole number as value, among
    /// them <c>PYTHONHASHSEED</c>. Other values of variables are left out: a seed may also be a wallet's, which is a secret.
    /// </summary>
    /// <param name="environment">The variables of the child; parameters that were exported there are not given twice.</param>
    public IReadOnlyDictionary<string, string> Seeds(IReadOnlyDictionary<string, string> environment)
    {
        var seeds = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in environment)
        {
            bool isSeed = name == "PYTHONHASHSEED" ? SeedNumber().IsMatch(value) || value == "random"
                : !name.StartsWith(ParameterRules.Prefix, StringComparison.OrdinalIgnoreCase) && IsSeed(name) && SeedNumber().IsMatch(value);
            if (isSeed)
                seeds[name] = value;
        }
        foreach (Parameter parameter in Parameters.Where(p => IsSeed(p.Name)))
            seeds[parameter.Name] = parameter.Value;
        return seeds.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static List<Parameter> ReadFile(string file, byte[] bytes)
    {
        if (bytes.Length > ParameterRules.MaxFileBytes)
            throw new InvalidFormatException(file, null, $"{bytes.Length} bytes; a parameter file has at most {ParameterRules.MaxFileBytes}");
        return file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? JsonParameters.Read(bytes, file) : YamlParameters.Read(bytes, file);
    }

    private static void AddPairs(IReadOnlyList<string> pairs, List<Parameter> parameters, Dictionary<string, int> places)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=');
            if (equals < 0)
                throw new UsageException($"--param '{ParameterRules.Shown(pair)}': a '=' is missing", "write --param NAME=VALUE");
            var parameter = new Parameter(pair[..equals], pair[(equals + 1)..], ParameterSource.CommandLine);
            ParameterRules.Check(parameter.Name, parameter.Value, "--param");
            if (!given.Add(parameter.Name))
                throw new UsageException($"--param '{parameter.Name}' is given twice", "give it once");
            Put(parameter, parameters, places);
        }
    }

    private static void AddVariables(IReadOnlyDictionary<string, string> environment, List<Parameter> parameters, Dictionary<string, int> places)
    {
        // Who may be meant by a variable: what the file and the command line name.
        ILookup<string, Parameter> named = parameters.ToLookup(p => ParameterRules.ExportedName(p.Name), StringComparer.Ordinal);
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string variable, string value) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(ParameterRules.Prefix, StringComparison.Ordinal) || variable.Length == ParameterRules.Prefix.Length)
                continue;
            string name = variable[ParameterRules.Prefix.Length..].ToLowerInvariant();
            string exported = ParameterRules.ExportedName(name);
            if (!given.TryAdd(exported, variable))
                throw new UsageException($"the variables {given[exported]} and {variable} name the same parameter", "unset one of them");
            Parameter[] meant = [.. named[exported]];
            // Of several the command line's is meant; that two of them cannot both be exported is said by ExportTo.
            if (meant.Any(p => p.Source == ParameterSource.CommandLine))
                continue;
            if (meant.Length > 1)
                throw new UsageException($"{variable} may mean the parameter '{meant[0].Name}' or '{meant[1].Name}' of the file", "rename one of them");
            var parameter = new Parameter(meant.Length == 1 ? meant[0].Name : name, value, ParameterSource.Environment);
            ParameterRules.Check(parameter.Name, value, ParameterRules.Shown(variable));
            Put(parameter, parameters, places);
        }
    }

    private static void Put(Parameter parameter, List<Parameter> parameters, Dictionary<string, int> places)
    {
        if (places.TryGetValue(parameter.Name, out int place))
        {
            parameters[place] = parameter;
            return;
        }
        places.Add(parameter.Name, parameters.Count);
        parameters.Add(parameter);
    }

    private static bool IsSeed(string name)
    {
        string last = name[(name.LastIndexOfAny(['.', '/']) + 1)..].Replace('-', '_').Replace(' ', '_');
        return last.Equals("seed", StringComparison.OrdinalIgnoreCase) || last.EndsWith("_seed", StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex(@"\A-?[0-9]{1,20}\z")]
    private static partial Regex SeedNumber();
}
