using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>What the options <c>layout</c> and <c>compress</c> of a remote say together: how objects lie on it once it is made.</summary>
public static class RemoteFormat
{
    /// <summary>The option for how objects lie: one of <see cref="Layouts"/>.</summary>
    public const string LayoutOption = "layout";

    /// <summary>The option for what is stored of them: one of <see cref="Compressions"/>.</summary>
    public const string CompressOption = "compress";

    private const string Packed = "packed";
    private const string Zstd = "zstd";

    /// <summary>The layouts; the first is the default.</summary>
    public static IReadOnlyList<string> Layouts { get; } = ["plain", Packed];

    /// <summary>The compressions; the first is the default.</summary>
    public static IReadOnlyList<string> Compressions { get; } = ["none", Zstd];

    /// <summary>How objects shall lie on the remote if it is made now.</summary>
    /// <exception cref="UsageException">It shall be compressed and is not packed.</exception>
    public static StoreFormat Of(RemoteSettings remote)
    {
        string? layout = remote.Options.GetValueOrDefault(LayoutOption), compress = remote.Options.GetValueOrDefault(CompressOption);
        Check(remote.Name, layout, compress, HowToModify(remote.Name));
        return new StoreFormat(layout == Packed, compress == Zstd);
    }

    /// <summary>True where an option is set and asks for something else than what is there. An option that is not set asks for nothing.</summary>
    public static bool Contradicts(RemoteSettings remote, StoreFormat there) =>
        (remote.Options.TryGetValue(LayoutOption, out string? layout) && (layout == Packed) != there.Packs)
        || (remote.Options.TryGetValue(CompressOption, out string? compress) && (compress == Zstd) != there.Zstd);

    /// <summary>What to say where options ask for something else than what is there.</summary>
    public static string Warning(RemoteSettings remote, StoreFormat there) => there.With(Of(remote)) == there
        ? $"remote '{remote.Name}' is {there}, and stays so: layout and compress can only add to what a remote is; a new place (dv remote add) gets less"
        : $"remote '{remote.Name}' is {there}: layout and compress count when a remote is made; this one can be changed for everybody with: dv remote upgrade {remote.Name}";

    /// <summary>Refuses to set, or with null to remove, an option in one place where the other option in force does not go with what counts then.</summary>
    /// <exception cref="UsageException">The remote would be compressed and not packed.</exception>
    internal static void CheckEdit(ConfigStore store, ConfigKey key, string? value, ConfigScope scope)
    {
        if (key is not { Section: KnownKeys.RemoteSection, Subsection: { } remote, Name: LayoutOption or CompressOption })
            return;
        Check(remote, InForce(LayoutOption), InForce(CompressOption), HowToModify(remote));

        string? InForce(string option)
        {
            ConfigKey one = ConfigKey.OfRemote(remote, option);
            ConfigValue[] values = [.. store.Stack.Values(one).Where(v => one != key || v.Origin.Scope != scope)];
            bool edited = one == key && value is not null && !values.Any(v => v.Origin.Scope < scope);
            return edited ? value : values.FirstOrDefault()?.Text;
        }
    }

    /// <summary>The two values of a remote must go together; null is the default.</summary>
    /// <exception cref="UsageException">Compressed, and not packed.</exception>
    internal static void Check(string remote, string? layout, string? compress, string hint)
    {
        if (compress == Zstd && layout != Packed)
            throw new UsageException($"remote '{PathRules.Printable(remote)}': compress = zstd needs layout = packed", PathRules.Printable(hint));
    }

    private static string HowToModify(string remote) =>
        $"first dv remote modify {remote} layout packed; or without compression: dv remote modify {remote} compress --unset";
}
