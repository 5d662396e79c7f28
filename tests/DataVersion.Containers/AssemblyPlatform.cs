using System.Runtime.Versioning;
using DataVersion.Testing;

// Containers are Linux.
[assembly: SupportedOSPlatform("linux")]

// The slowest builds images.
[assembly: TestTimeLimit(seconds: 900)]
