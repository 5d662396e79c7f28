using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using DataVersion.Testing;
using DataVersion.Tracking;
using DataVersion.Tracking.Records;
using Xunit;

namespace DataVersion.Tests.Tracking.Records;

/// <summary>The packages of the system in <c>environment.json</c>: those that the system's own program names, and no others.</summary>
public sealed class SystemPackagesTests : IDisposable
{
    private readonly TempFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task They_are_those_that_dpkg_names_and_the_hash_is_of_them()
    {
        string named = await DpkgAsync();
        EnvironmentDocument found = Capture(MachinePaths.Default);
        // Somebody may install packages while this runs.
        for (int attempt = 0; attempt < 10 && await DpkgAsync() is var now && now != named; attempt++)
            (named, found) = (now, Capture(MachinePaths.Default));

        Assert.NotEmpty(found.SystemPackages);
        Assert.Equal(named, Lines(found));
        Assert.Equal(Sha256(named), found.Runtime.SystemPackagesSha256);
    }

    [Fact]
    public void What_was_removed_and_left_its_settings_behind_is_no_package_and_two_architectures_are_one()
    {
        Write("var/lib/dpkg/status", """
            Package: libc6
            Status: install ok installed
            Architecture: amd64
            Version: 2.36-9
            Description: the library
             Version: 9.9 is not this one's

            Package: libc6
            Status: install ok installed
            Architecture: i386
            Version: 2.36-9

            Package: gone
            Status: deinstall ok config-files
            Version: 1.0

            Package: half
            Status: install reinstreq half-installed
            Version: 1.0

            Package: adduser
            Status: hold ok installed
            Version: 3.134

            """);

        Assert.Equal("adduser 3.134\nlibc6 2.36-9\n", Lines(Capture(Paths)));
    }

    [Fact]
    public void Distroless_images_and_Alpine_are_read_too()
    {
        Write("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024a-0\n");
        Write("var/lib/dpkg/status.d/tzdata.md5sums", "Package: not\nVersion: 1\n");
        Write("lib/apk/db/installed", "C:Q1abc=\nP:musl\nV:1.2.5-r0\nA:x86_64\n\nP:busybox\nV:1.36.1-r29\n\n");

        EnvironmentDocument found = Capture(Paths);

        Assert.Equal("busybox 1.36.1-r29\nmusl 1.2.5-r0\ntzdata 2024a-0\n", Lines(found));
        Assert.Equal(Sha256(Lines(found)), found.Runtime.SystemPackagesSha256);
    }

    [Fact]
    public void Without_a_list_of_packages_there_is_no_hash_of_one()
    {
        EnvironmentDocument found = Capture(Paths);

        Assert.Empty(found.SystemPackages);
        Assert.Null(found.Runtime.SystemPackagesSha256);
    }

    private MachinePaths Paths => new() { EtcDirectory = _root.At("etc") };

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root.At(path))!);
        File.WriteAllText(_root.At(path), text);
    }

    private EnvironmentDocument Capture(MachinePaths paths)
    {
        var capture = new EnvironmentCapture(paths, new Dictionary<string, string>(), new Redactor([], new Dictionary<string, string>()));
        return capture.WithPackages("run", capture.Machine(), null, ["true"], _root.Path);
    }

    private static string Lines(EnvironmentDocument document) => string.Concat(document.SystemPackages.Select(p => $"{p.Name} {p.Version}\n"));

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // Each once, in the order of their bytes.
    private static async Task<string> DpkgAsync()
    {
        var start = new ProcessStartInfo("dpkg-query", ["--show", "--showformat", "${db:Status-Status} ${Package} ${Version}\n"]) { RedirectStandardOutput = true };
        try
        {
            using Process dpkg = Process.Start(start)!;
            string[] lines = (await dpkg.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n');
            return string.Concat(lines.Where(l => l.StartsWith("installed ", StringComparison.Ordinal)).Select(l => $"{l["installed ".Length..]}\n").Distinct().Order(StringComparer.Ordinal));
        }
        catch (Win32Exception)
        {
            Assert.Skip("there is no dpkg-query here: nothing to compare with");
            throw;
        }
    }
}
