namespace DataVersion.Configuration;

/// <summary>The place of a setting, for messages: <c>.dv/config:3</c>, <c>DV_JOBS</c> or <c>command line</c>.</summary>
/// <param name="Scope">How strong it is.</param>
/// <param name="Source">The file (relative to the repository where it lies inside), the variable, or <c>command line</c>.</param>
/// <param name="Line">Counted from 1; null outside files.</param>
public sealed record ConfigOrigin(ConfigScope Scope, string Source, int? Line = null)
{
    /// <inheritdoc/>
    public override string ToString() => Line is null ? Source : $"{Source}:{Line}";
}
