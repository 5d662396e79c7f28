using System.Xml.Linq;

namespace DataVersion.Containers;

/// <summary>How a build in an image finds the packages of this machine: by NuGet's own configuration, so that no Dockerfile knows of it.</summary>
internal static class HostPackages
{
    /// <summary>Where the machine's global packages folder is mounted.</summary>
    internal const string Folder = "/host/packages";

    /// <summary>Where the local feed is mounted (.config/feed).</summary>
    internal const string Feed = "/host/feed";

    /// <summary>The user's configuration with both added.</summary>
    /// <param name="user">The user's own file, which may be absent.</param>
    internal static string Settings(string user)
    {
        XDocument settings = File.Exists(user) ? XDocument.Load(user) : new XDocument(new XElement("configuration"));
        Section(settings, "packageSources").Add(Entry("host-feed", Feed));
        Section(settings, "fallbackPackageFolders").Add(Entry("host-packages", Folder));
        return settings.ToString();
    }

    private static XElement Section(XDocument settings, string name)
    {
        if (settings.Root!.Element(name) is { } there)
            return there;
        var made = new XElement(name);
        settings.Root.Add(made);
        return made;
    }

    private static XElement Entry(string key, string value) => new("add", new XAttribute("key", key), new XAttribute("value", value));
}
