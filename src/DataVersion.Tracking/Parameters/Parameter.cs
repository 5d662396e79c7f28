namespace DataVersion.Tracking.Parameters;

/// <summary>Where a parameter's value comes from, weakest first.</summary>
public enum ParameterSource
{
    /// <summary>The file of <c>--params-file</c>.</summary>
    File,

    /// <summary>A variable <c>DV_PARAM_…</c>.</summary>
    Environment,

    /// <summary><c>--param NAME=VALUE</c>.</summary>
    CommandLine,
}

/// <summary>A parameter of a training run.</summary>
/// <param name="Name">1 to 250 of the characters A-Z a-z 0-9 _ . - / and space.</param>
/// <param name="Value">Its text, as it was written; a list as JSON.</param>
/// <param name="Source">Where the value comes from.</param>
public sealed record Parameter(string Name, string Value, ParameterSource Source);
