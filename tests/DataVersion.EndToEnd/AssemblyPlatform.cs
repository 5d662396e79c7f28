using System.Runtime.Versioning;

// Modes, links, mounts and signals of a real system: these tests run where `dv` is tested first.
[assembly: SupportedOSPlatform("linux")]
