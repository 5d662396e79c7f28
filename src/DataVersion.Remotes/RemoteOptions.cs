using DataVersion.Configuration;

namespace DataVersion.Remotes;

/// <summary>Checks of a remote's options that every store makes.</summary>
internal static class RemoteOptions
{
    /// <summary>Refuses an option that the store would have to pass over: an encryption key that is not used is no small matter.</summary>
    /// <exception cref="UsageException">An option is set that is not among <paramref name="known"/>.</exception>
    public static void RequireKnown(RemoteContext context, IReadOnlyCollection<string> known)
    {
        // How objects lie is none of a store's business; and whoever pulls from a mirror has the settings of those who push.
        string? unknown = context.Settings.Options.Keys
            .Where(name => name is not (RemoteFormat.LayoutOption or RemoteFormat.CompressOption) && context.Option(name) is not null && !known.Contains(name))
            .Min(StringComparer.Ordinal);
        if (unknown is { } name)
        {
            throw new UsageException(
                $"remote '{context.Settings.Name}': the option '{name}' means nothing for '{RemoteUrl.Redact(context.Settings.Url)}'",
                $"remove it: dv remote modify {context.Settings.Name} {name} --unset; known are {string.Join(", ", known)}");
        }
    }
}
