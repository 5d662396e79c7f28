using System.Runtime.Versioning;

// Containers are Linux.
[assembly: SupportedOSPlatform("linux")]
