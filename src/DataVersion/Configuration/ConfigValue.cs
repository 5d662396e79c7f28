namespace DataVersion.Configuration;

/// <summary>A setting and where it comes from.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Text">Null for a key without <c>=</c>, which means true.</param>
/// <param name="Origin">Its place.</param>
public sealed record ConfigValue(ConfigKey Key, string? Text, ConfigOrigin Origin)
{
    /// <summary>What may be shown: secrets read <c>****</c>, also the password inside a URL.</summary>
    public string Shown => KnownKeys.IsSecret(Key) ? "****" : RemoteUrl.Redact(Text ?? "true");

    /// <summary>The place and the name, as errors begin.</summary>
    internal string Where => $"{Origin}: {Key}";

    /// <summary>Keeps a secret out of logs that print records.</summary>
    public override string ToString() => $"{Where} = {Shown}";
}
