using System.Runtime.Versioning;
using DataVersion.Testing;

// Modes, links, mounts and signals of a real system: these tests run where `dv` is tested first.
[assembly: SupportedOSPlatform("linux")]

// The slowest takes a minute or two on a busy machine.
[assembly: TestTimeLimit(seconds: 600)]
