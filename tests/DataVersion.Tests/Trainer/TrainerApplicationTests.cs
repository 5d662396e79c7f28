using DataVersion.Trainer;
using Xunit;

namespace DataVersion.Tests.Trainer;

public class TrainerApplicationTests
{
    [Fact]
    public async Task The_version_is_told_in_one_line()
    {
        (int code, string output, string error) = await RunAsync("--version");

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"^dv-train \d+\.\d+\.\d+\S*\n$", output);
    }

    [Fact]
    public async Task An_unknown_option_is_wrong_use_and_told_in_one_line()
    {
        (int code, string output, string error) = await RunAsync("--bogus");

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("dv-train: error: ", error, StringComparison.Ordinal);
        Assert.Contains("--bogus", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var host = new TrainerHost { Output = output, Error = error, Environment = new Dictionary<string, string>() };
        int code = await TrainerApplication.RunAsync(args, host, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
