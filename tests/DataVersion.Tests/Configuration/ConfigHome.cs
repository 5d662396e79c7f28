using DataVersion.Configuration;

namespace DataVersion.Tests.Configuration;

/// <summary>A repository, a home and a machine in a temporary folder, with their configuration files.</summary>
internal sealed class ConfigHome : IDisposable
{
    public ConfigHome()
    {
        Directory.CreateDirectory(Path.Combine(Root, ".dv"));
        Directory.CreateDirectory(Path.Combine(Root, "sub", "deep"));
        Directory.CreateDirectory(Home);
    }

    public string Base { get; } = Directory.CreateTempSubdirectory("dv-config-").FullName;

    public string Root => Path.Combine(Base, "repo");

    public string Home => Path.Combine(Base, "home");

    public string RepositoryFile => Path.Combine(Root, ".dv", "config");

    public string LocalFile => Path.Combine(Root, ".git", "dv", "config.local");

    public string UserFile => Path.Combine(Home, ".config", "dv", "config");

    public string SystemFile => Path.Combine(Base, "etc", "config");

    public string TrustFile => Path.Combine(Home, ".config", "dv", "trusted");

    public Dictionary<string, string> Variables { get; } = [];

    public Dictionary<string, string> Overrides { get; } = [];

    public string WorkingDirectory { get; set; } = "";

    public bool HasTrustFile { get; set; } = true;

    public Settings Settings => Store().Settings;

    /// <summary>A new process' view.</summary>
    public ConfigStore Store() => new(new ConfigStoreOptions
    {
        Places = new ConfigPlaces { RepositoryRoot = Root, WorkingDirectory = Path.Combine(Root, WorkingDirectory), HomeDirectory = Home },
        RepositoryFile = RepositoryFile,
        LocalFile = LocalFile,
        UserFile = UserFile,
        SystemFile = SystemFile,
        TrustFile = HasTrustFile ? TrustFile : null,
        LockFile = Path.Combine(Root, ".git", "dv", "config.lock"),
        Variables = Variables,
        Overrides = Overrides,
    });

    public ConfigHome Repository(string text) => Write(RepositoryFile, text);

    public ConfigHome Local(string text) => Write(LocalFile, text);

    public ConfigHome User(string text) => Write(UserFile, text);

    public ConfigHome System(string text) => Write(SystemFile, text);

    public string ReadRepository() => File.ReadAllText(RepositoryFile);

    public string ReadLocal() => File.ReadAllText(LocalFile);

    public void Dispose() => Directory.Delete(Base, recursive: true);

    private ConfigHome Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }
}
