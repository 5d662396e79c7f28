using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;

namespace DataVersion.Benchmarks;

/// <summary>Pushes and pulls with a real S3 server (Ceph, in memory, on loopback) beside rclone and the AWS command line: the bars of docs/performance.md.</summary>
internal sealed class Remotes(Scratch scratch, string dv, int runs)
{
    private const int Jobs = 16;
    private const int SmallFiles = 5_000;
    private const int ManyFiles = 100_000;
    private const long LargeSize = 1L << 30;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);

    private readonly Peers _peers = new(scratch.Root, Jobs);
    private int _remotes;

    /// <param name="peersOnly">The comparison only, not the bounds.</param>
    public async Task RunAsync(bool peersOnly)
    {
        Console.WriteLine($"Ceph radosgw on loopback, {Jobs} transfers at once\n\n| work | dv | rclone | aws s3 cp | best peer ÷ dv |\n|---|---|---|---|---|");
        Compare("1 GiB in one object", folder => Scratch.WriteLargeFile(folder, LargeSize));
        Compare($"{SmallFiles:n0} objects of 4 KiB", folder => Scratch.WriteSmallFiles(folder, SmallFiles, 4096));
        if (peersOnly)
            return;
        Console.WriteLine("\n| work | measured | bar |\n|---|---|---|");
        await LatencyAsync();
        await KilledAsync("push");
        await KilledAsync("pull");
        Unchanged();
        Console.WriteLine();
    }

    private void Compare(string work, Action<string> write)
    {
        List<string> folders = [];
        List<Measured> push = [], pull = [], rcloneUp = [], rcloneDown = [], awsUp = [], awsDown = [];
        for (int i = 0; i < runs; i++)
        {
            string here = Repository(RadosGateway.Instance.Endpoint);
            write(here);
            Add(here);
            string data = Path.Combine(here, "data"), copy = $"peer-{Guid.NewGuid():N}";
            push.Add(Measured.Run(here, dv, "push", "-q", "-j", $"{Jobs}"));
            rcloneUp.Add(_peers.Rclone(here, data, $"{copy}-r", up: true));
            awsUp.Add(Peers.AwsCopy(here, data, $"{copy}-a", up: true));
            string there = Clone(here);
            pull.Add(Measured.Run(there, dv, "pull", "-q", "-j", $"{Jobs}"));
            rcloneDown.Add(_peers.Rclone(there, Path.Combine(there, "r"), $"{copy}-r", up: false));
            awsDown.Add(Peers.AwsCopy(there, Path.Combine(there, "a"), $"{copy}-a", up: false));
            folders.AddRange(here, there);
            Empty();
        }
        // Not in between: a file system may look long for a place beside thousands of files that were deleted a moment ago.
        foreach (string folder in folders)
            Directory.Delete(folder, recursive: true);
        Row($"push {work}", Measured.Median(push), Measured.Median(rcloneUp), Measured.Median(awsUp));
        Row($"pull {work}", Measured.Median(pull), Measured.Median(rcloneDown), Measured.Median(awsDown));
    }

    /// <summary>Requests a second behind a line with latency, against as many as fit into it.</summary>
    private async Task LatencyAsync()
    {
        await using FaultProxy line = Line();
        string here = Repository(Endpoint(line));
        Scratch.WriteSmallFiles(here, SmallFiles, 4096);
        Add(here);
        line.Shape = LineShape.RoundTrip(RoundTrip);
        foreach (string command in (string[])["push", "fetch"])
        {
            string folder = command == "push" ? here : Clone(here);
            int before = line.Traffic.Requests;
            Measured run = Measured.Run(folder, dv, command, "-q", "-j", $"{Jobs}");
            double rate = (line.Traffic.Requests - before) / run.Seconds, most = Jobs / RoundTrip.TotalSeconds;
            Console.WriteLine($"| {command} {SmallFiles:n0} small objects behind {RoundTrip.TotalMilliseconds:0} ms, {Jobs} at once | "
                + $"{rate:0} requests/s, {rate / most:0%} of {most:0} | 80% |");
        }
        Empty();
    }

    private async Task KilledAsync(string command)
    {
        await using FaultProxy line = Line();
        string here = Repository(Endpoint(line));
        Scratch.WriteLargeFile(here, LargeSize);
        Add(here);
        string folder = here;
        if (command == "pull")
        {
            Measured.Run(here, dv, "push", "-q");
            folder = Clone(here);
        }
        long Moved() => command == "push" ? line.Traffic.BytesUp : line.Traffic.BytesDown;
        long before = Moved();
        using (Process process = Process.Start(new ProcessStartInfo(dv, [command, "-q"]) { WorkingDirectory = folder })!)
        {
            while (Moved() - before < LargeSize / 2)
                await Task.Delay(2);
            process.Kill();
            await process.WaitForExitAsync();
        }
        Measured.Run(folder, dv, command, "-q");
        Console.WriteLine($"| {command} of 1 GiB killed at half, then again: bytes moved in both | {(double)(Moved() - before) / LargeSize:0.000} GiB | 1.1 GiB |");
        Empty();
    }

    private void Unchanged()
    {
        string here = Repository(RadosGateway.Instance.Endpoint);
        Scratch.WriteSmallFiles(here, ManyFiles, 64);
        Add(here);
        Measured first = Measured.Run(here, dv, "push", "-q");
        Measured fetched = Measured.Run(Clone(here), dv, "fetch", "-q");
        Measured again = Measured.Median(Enumerable.Range(0, runs).Select(_ => Measured.Run(here, dv, "push", "-q")));
        long requests = JsonDocument.Parse(Measured.Output(here, dv, "push", "--json")).RootElement.GetProperty("requests").GetInt64();
        Console.WriteLine($"| push of {ManyFiles:n0} objects: peak memory | {first.PeakMiB:0} MiB, {first.Seconds:0} s | 512 MiB |");
        Console.WriteLine($"| fetch of {ManyFiles:n0} objects: peak memory | {fetched.PeakMiB:0} MiB, {fetched.Seconds:0} s | 512 MiB |");
        Console.WriteLine($"| push of these {ManyFiles:n0} files, unchanged | {again.Seconds:0.00} s, {requests} requests | 1 s, 4 requests |");
        Empty();
    }

    private string Repository(string endpoint)
    {
        string folder = scratch.DvRepository(dv);
        Measured.Run(folder, dv, "remote", "add", "ceph", $"s3://{RadosGateway.Bucket}/bench-{++_remotes}");
        Configure(folder, endpoint);
        return folder;
    }

    private void Add(string folder)
    {
        Measured.Run(folder, dv, "add", "-q", "data");
        Measured.Run(folder, "git", "-c", "user.name=b", "-c", "user.email=b@example.invalid", "commit", "-q", "-a", "-m", "data");
    }

    private string Clone(string folder)
    {
        string clone = Path.Combine(scratch.Root, $"clone-{_remotes}-{Guid.NewGuid():N}");
        Measured.Run(scratch.Root, "git", "clone", "-q", folder, clone);
        string endpoint = Measured.Output(folder, dv, "config", "remote.ceph.endpoint").Trim();
        Configure(clone, endpoint);
        return clone;
    }

    private void Configure(string folder, string endpoint)
    {
        foreach ((string option, string value) in new[] { ("endpoint", endpoint), ("accesskeyid", "dvkey"), ("secretaccesskey", "dvsecret") })
            Measured.Run(folder, dv, "remote", "modify", "--local", "ceph", option, value);
    }

    // The server keeps everything in memory.
    private void Empty()
    {
        _peers.Purge(scratch.Root);
        RadosGateway.Instance.CollectGarbage();
    }

    private static FaultProxy Line() => FaultProxy.ForHttp(new Uri(RadosGateway.Instance.Endpoint).Port);

    private static string Endpoint(FaultProxy line) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{line.Port}");

    private static void Row(string work, Measured ours, Measured rclone, Measured aws) => Console.WriteLine(
        $"| {work} | {ours.Seconds:0.00} s, {ours.PeakMiB:0} MiB | {rclone.Seconds:0.00} s, {rclone.PeakMiB:0} MiB | {aws.Seconds:0.00} s, {aws.PeakMiB:0} MiB "
        + $"| {Math.Min(rclone.Seconds, aws.Seconds) / ours.Seconds:0.00} |");
}
