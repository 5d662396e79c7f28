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
    private const int Tables = 4;
    private const long TableSize = 64L << 20;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Plain = [];
    private static readonly string[] Packed = ["--layout", "packed"];
    private static readonly string[] Compressed = ["--layout", "packed", "--compress", "zstd"];

    private readonly Peers _peers = new(scratch.Root, Jobs);
    private int _remotes;

    /// <param name="peersOnly">The comparison only, not the bounds.</param>
    public async Task RunAsync(bool peersOnly)
    {
        Console.WriteLine($"Ceph radosgw on loopback, {Jobs} transfers at once\n\n| work | dv | rclone | aws s3 cp | best peer ÷ dv |\n|---|---|---|---|---|");
        Compare("1 GiB in one object", folder => Scratch.WriteLargeFile(folder, LargeSize), Plain);
        Compare($"{SmallFiles:n0} objects of 4 KiB", folder => Scratch.WriteSmallFiles(folder, SmallFiles, 4096), Plain, Packed);
        Compare($"{Tables} tables of {TableSize >> 20} MiB (CSV)", folder => Scratch.WriteTables(folder, Tables, TableSize), Plain, Compressed);
        if (peersOnly)
            return;
        Console.WriteLine("\n| work | measured | bar |\n|---|---|---|");
        await LatencyAsync();
        await PackedLatencyAsync();
        await KilledAsync("push");
        await KilledAsync("pull");
        Unchanged();
        Console.WriteLine();
    }

    /// <param name="work">What it is, for the table.</param>
    /// <param name="write">Writes the data into a repository's folder.</param>
    /// <param name="layouts">Options of <c>dv remote add</c>: each makes a remote that is pushed to and pulled from in every round.</param>
    private void Compare(string work, Action<string> write, params string[][] layouts)
    {
        List<string> folders = [];
        List<Measured> rcloneUp = [], rcloneDown = [], awsUp = [], awsDown = [];
        List<Measured>[] push = [.. layouts.Select(_ => new List<Measured>())], pull = [.. layouts.Select(_ => new List<Measured>())];
        for (int i = 0; i < runs; i++)
        {
            string here = "", there = "", copy = $"peer-{Guid.NewGuid():N}";
            for (int layout = 0; layout < layouts.Length; layout++)
            {
                here = Repository(RadosGateway.Instance.Endpoint, layouts[layout]);
                write(here);
                Add(here);
                push[layout].Add(Measured.Run(here, dv, "push", "-q", "-j", $"{Jobs}"));
                there = Clone(here);
                pull[layout].Add(Measured.Run(there, dv, "pull", "-q", "-j", $"{Jobs}"));
                folders.AddRange(here, there);
            }
            string data = Path.Combine(here, "data");
            rcloneUp.Add(_peers.Rclone(here, data, $"{copy}-r", up: true));
            awsUp.Add(Peers.AwsCopy(here, data, $"{copy}-a", up: true));
            rcloneDown.Add(_peers.Rclone(there, Path.Combine(there, "r"), $"{copy}-r", up: false));
            awsDown.Add(Peers.AwsCopy(there, Path.Combine(there, "a"), $"{copy}-a", up: false));
            Empty();
        }
        // Not in between: a file system may look long for a place beside thousands of files that were deleted a moment ago.
        foreach (string folder in folders)
            Directory.Delete(folder, recursive: true);
        for (int layout = 0; layout < layouts.Length; layout++)
        {
            string remote = layouts[layout] == Plain ? "" : layouts[layout] == Packed ? ", packed remote" : ", packed and compressed remote";
            Row($"push {work}{remote}", Measured.Median(push[layout]), Measured.Median(rcloneUp), Measured.Median(awsUp));
            Row($"pull {work}{remote}", Measured.Median(pull[layout]), Measured.Median(rcloneDown), Measured.Median(awsDown));
        }
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

    /// <summary>The same work to a packed remote, in seconds: it needs few requests.</summary>
    private async Task PackedLatencyAsync()
    {
        await using FaultProxy line = Line();
        string here = Repository(Endpoint(line), Packed);
        Scratch.WriteSmallFiles(here, SmallFiles, 4096);
        Add(here);
        line.Shape = LineShape.RoundTrip(RoundTrip);
        foreach (string command in (string[])["push", "fetch"])
        {
            string folder = command == "push" ? here : Clone(here);
            int before = line.Traffic.Requests;
            Measured run = Measured.Run(folder, dv, command, "-q", "-j", $"{Jobs}");
            Console.WriteLine($"| {command} {SmallFiles:n0} small objects behind {RoundTrip.TotalMilliseconds:0} ms, packed remote | "
                + $"{run.Seconds:0.0} s, {line.Traffic.Requests - before} requests (one by one at least {SmallFiles * RoundTrip.TotalSeconds / Jobs:0.0} s) | – |");
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

    private string Repository(string endpoint, params string[] layout)
    {
        string folder = scratch.DvRepository(dv);
        Measured.Run(folder, dv, ["remote", "add", "ceph", $"s3://{RadosGateway.Bucket}/bench-{++_remotes}", .. layout]);
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
