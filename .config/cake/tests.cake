#nullable enable
using System.Text.Json;

// How often a test that still runs is named, in seconds.
const int SlowSeconds = 240;

// A test program exits with 0 also when it ran nothing, so only its report is believed: no report, or none run, is a failure.
void RunTestPrograms(IEnumerable<string> names, string reports)
{
    EnsureFreshFolder(reports);
    var (passed, failed, skipped) = (0, 0, 0);
    var broken = new List<string>();
    var tests = new List<TestResult>();
    foreach (var name in names)
    {
        var report = $"{reports}/{name}.json";
        Console.WriteLine($"── {name}");
        var (code, hung) = RunTestProgram(name, report);
        tests.AddRange(hung);
        failed += hung.Count;
        if (!System.IO.File.Exists(report))
        {
            broken.Add($"{name}: exit {code}, no report");
            continue;
        }
        using var json = JsonDocument.Parse(System.IO.File.ReadAllText(report));
        var results = json.RootElement.GetProperty("results");
        var summary = results.GetProperty("summary");
        int Count(string key) => summary.GetProperty(key).GetInt32();
        passed += Count("passed");
        failed += Count("failed");
        skipped += Count("skipped") + Count("pending") + Count("other");
        if (Count("passed") + Count("failed") == 0)
        {
            broken.Add($"{name}: no test ran");
        }
        else if (code != 0 && Count("failed") == 0)
        {
            broken.Add($"{name}: exit {code} though no test failed");
        }
        tests.AddRange(results.GetProperty("tests").EnumerateArray().Select(ReadResult));
    }
    SayWhatDidNotPass(tests);
    var line = $"{passed} passed, {failed} failed" + (skipped > 0 ? $", {skipped} skipped" : "");
    System.IO.File.WriteAllText("artifacts/summary.txt", line + "\n");
    if (passed + failed == 0)
    {
        broken.Add("no tests at all");
    }
    if (broken.Count + failed > 0)
    {
        throw new CakeException(broken.Count > 0 ? string.Join("; ", broken) : $"{failed} tests failed");
    }
}

// Whatever under tests/ stands on xunit.v3 and is a program, but for the tests of images, which are a target of their own.
IEnumerable<string> TestProjects() =>
    from project in GetFiles("tests/*/*.csproj")
    let text = System.IO.File.ReadAllText(project.FullPath)
    where text.Contains("<OutputType>Exe</OutputType>") && text.Contains("Include=\"xunit.v3\"")
    let name = project.GetFilenameWithoutExtension().FullPath
    where name != ContainerTests
    orderby name descending
    select name;

// The exit status and, where it had to be killed, the tests that it hung in.
(int Code, IReadOnlyList<TestResult> Hung) RunTestProgram(string name, string report)
{
    var minutes = int.Parse(EnvironmentVariable("DV_TEST_MINUTES") ?? "45");
    string[] saySlowTests = ["-diagnostics", "-longRunning", $"{SlowSeconds}"];
    var start = new ProcessStartInfo("dotnet", [$"artifacts/bin/{name}/release/{name}.dll", "-noColor", "-noLogo", "-ctrf", report, .. saySlowTests]) { RedirectStandardOutput = true };
    // The program under test; set it to test another one, as DV_TEST_PROGRAM=artifacts/publish/dv.
    var program = EnvironmentVariable("DV_TEST_PROGRAM") ?? "artifacts/bin/DataVersion.Cli/release/dv";
    start.Environment["DV_TEST_PROGRAM"] = System.IO.Path.GetFullPath(program);
    // Set by build.sh for Cake's sake.
    start.Environment.Remove("NO_COLOR");
    using var process = Process.Start(start)!;
    var slow = new System.Collections.Concurrent.ConcurrentDictionary<string, DateTime>();
    var printing = System.Threading.Tasks.Task.Run(() => PrintAndNoteSlowTests(process.StandardOutput, slow));
    var killed = !process.WaitForExit(TimeSpan.FromMinutes(minutes));
    if (killed)
    {
        Console.WriteLine($"{name}: still running after {minutes} minutes (DV_TEST_MINUTES), killed");
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }
    // Not for ever: what a test has left behind may hold the pipe.
    printing.Wait(TimeSpan.FromSeconds(10));
    // Whoever hangs has been named within the last round.
    var since = DateTime.UtcNow.AddSeconds(-2 * SlowSeconds);
    return (process.ExitCode, killed ? [.. slow.Where(test => test.Value > since).Select(test => new TestResult(test.Key, "failed", "did not end"))] : []);
}

// xunit names each slow test in every round: [Long Running Test] 'NAME', Elapsed: 00:05:00
void PrintAndNoteSlowTests(System.IO.StreamReader output, IDictionary<string, DateTime> slow)
{
    while (output.ReadLine() is { } line)
    {
        Console.WriteLine(line);
        if (System.Text.RegularExpressions.Regex.Match(line, @"\[Long Running Test\] '(.*)', Elapsed: ") is { Success: true } match)
        {
            slow[match.Groups[1].Value] = DateTime.UtcNow;
        }
    }
}

// One test of a report (https://ctrf.io). `Why`: the reason of a skip, the message of a failure.
record TestResult(string Name, string Status, string Why)
{
    public string Class => Name.Split('(')[0] is var method && method.LastIndexOf('.') is > 0 and var dot ? method[..dot] : Name;
}

TestResult ReadResult(JsonElement test)
{
    string? Text(JsonElement of, string key) => of.TryGetProperty(key, out var value) ? value.GetString() : null;
    var why = Text(test, "message") ?? (test.TryGetProperty("extra", out var extra) ? Text(extra, "reason") : null);
    return new(Text(test, "name")!, Text(test, "status")!, why ?? "no reason given");
}

// Said again at the end, where it is seen: skips a line per class and reason, and after them, last of all, each failure with its message.
// `artifacts/failures.txt` holds the failures for whoever runs several targets.
void SayWhatDidNotPass(IReadOnlyCollection<TestResult> tests)
{
    foreach (var skips in tests.Where(test => test.Status is not "passed" and not "failed").GroupBy(test => (test.Class, test.Why)))
    {
        Console.WriteLine($"skipped: {skips.Key.Class}: {skips.Count()}: {skips.Key.Why}");
    }
    var failures = tests.Where(test => test.Status == "failed").Select(test => $"failed: {test.Name}: {test.Why}").ToArray();
    System.IO.File.WriteAllLines("artifacts/failures.txt", failures);
    Array.ForEach(failures, Console.WriteLine);
}
