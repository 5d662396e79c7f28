using System.Text;
using DataVersion.Tracking.Preflight;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Preflight;

/// <summary>The versions that drivers, libraries and images give, and the kernel's files.</summary>
public sealed class VersionTests
{
    private static readonly Gen<string> Versions =
        from branch in Gen.Choose(100, 999)
        from minor in Gen.Choose(0, 300)
        from patch in Gen.Elements("", ".01", ".05", ".104", ".13")
        select $"{branch}.{minor:00}{patch}";

    [Theory]
    [InlineData("NVRM version: NVIDIA UNIX x86_64 Kernel Module  560.35.03  Fri Aug 16 21:39:15 UTC 2024\nGCC version:  gcc version 12.3.0", "560.35.03")]
    [InlineData("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22)  Tue Sep 23 09:55:41 UTC 2025", "580.95.05")]
    [InlineData("NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  570.26  Release Build", "570.26")]
    [InlineData("550.54.14\n", "550.54.14")]
    [InlineData("GCC version:  gcc version 12.3.0", null)]
    [InlineData("99999999999999999999.1", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_driver_s_version_is_found(string? text, string? expected) =>
        Assert.Equal(expected, DriverVersion.TryFind(text, out DriverVersion? version) ? version.Text : null);

    [Fact]
    public void The_driver_s_version_is_found_in_both_forms_of_its_line() => Prop.ForAll(Versions.ToArbitrary(), text =>
    {
        string[] lines =
        [
            $"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {text}  Fri Aug 16 21:39:15 UTC 2024\nGCC version:  gcc version 12.3.0",
            $"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  {text}  Release Build  (dvs-builder@U22-I3-AE18-09-6)  Tue Sep 23 2025",
            text + "\n",
        ];
        return lines.All(line => DriverVersion.TryFind(line, out DriverVersion? version) && version.Text == text);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_give_a_version_or_none() => Prop.ForAll<byte[]>(bytes =>
    {
        string text = Encoding.UTF8.GetString(bytes);
        if (DriverVersion.TryFind(text, out DriverVersion? driver))
            Assert.Contains(driver.Text, text, StringComparison.Ordinal);
        if (CudaVersion.TryParse(text, out CudaVersion? cuda))
            Assert.True(cuda.Value.Major >= 0);
        _ = GpuNodes.ReadInformation(text);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Almost_versions_give_a_version_or_none()
    {
        Gen<string> almost = Gen.Elements("5", "12", "560", "99999999999", ".", "..", " ", "\n", "v", "٣", "x").ListOf().Select(string.Concat);
        Prop.ForAll(almost.ToArbitrary(), text =>
        {
            bool found = DriverVersion.TryFind(text, out DriverVersion? driver);
            Assert.Equal(found, driver is not null);
            if (CudaVersion.TryParse(text, out CudaVersion? cuda))
                Assert.StartsWith(cuda.Value.ToString(), text.Trim(), StringComparison.Ordinal);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Drivers_are_ordered_by_their_numbers()
    {
        string[] ordered = ["450.80.02", "525.60.13", "525.105.17", "570.26", "570.26.01", "580.65.06", "580.82.07", "1000.1"];

        Assert.Equal(ordered, ordered.Reverse().Select(DriverVersion.Parse).Order().Select(v => v.Text));
        Assert.True(DriverVersion.Parse("525.60.13") < DriverVersion.Parse("525.105.17"));
        Assert.Equal(DriverVersion.Parse("570.26"), DriverVersion.Parse("570.26.00"));
        Assert.Throws<FormatException>(() => DriverVersion.Parse("driver 570.26"));
    }

    [Theory]
    [InlineData("12.6.3", "12.6.3")]
    [InlineData("12.4", "12.4")]
    [InlineData(" 12.6.2.004\n", "12.6.2")]
    [InlineData("12", null)]
    [InlineData("12.x", null)]
    [InlineData("12.6-devel", null)]
    [InlineData("99999.1", null)]
    public void The_image_s_version_is_read(string text, string? expected) =>
        Assert.Equal(expected, CudaVersion.TryParse(text, out CudaVersion? version) ? version.ToString() : null);

    [Theory]
    [InlineData(12060, "12.6")]
    [InlineData(11080, "11.8")]
    [InlineData(13000, "13.0")]
    [InlineData(0, null)]
    [InlineData(-1, null)]
    public void A_library_s_number_is_read(int number, string? expected) => Assert.Equal(expected, CudaVersion.OfNumber(number)?.ToString());

    [Fact]
    public void A_device_without_rights_has_no_identity()
    {
        (int? minor, GpuDevice device) = GpuNodes.ReadInformation("Model: \t\t NVIDIA L4\nGPU UUID: \t GPU-????????-????-????-????-????????????\nDevice Minor: \t 3\n");

        Assert.Equal((3, new GpuDevice { Name = "NVIDIA L4" }), (minor, device));
    }
}
