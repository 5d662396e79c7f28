using System.Diagnostics;
using DataVersion.Testing;
using Xunit;
using Xunit.Sdk;

namespace DataVersion.Tests.Limits;

public class TestTimeLimitTests
{
    [Fact]
    public async Task A_test_that_runs_too_long_is_cancelled_and_its_children_are_named()
    {
        var limit = new TestTimeLimitAttribute(1);
        CancellationToken token = TestContext.Current.CancellationToken;
        using Process child = Process.Start("sleep", "9876");
        try
        {
            limit.Before(null!, null!);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.WaitForExitAsync(token));
            var failed = Assert.Throws<XunitException>(() => limit.After(null!, null!));

            Assert.Contains("cancelled after 1 seconds", failed.Message, StringComparison.Ordinal);
            Assert.Contains($"{child.Id} sleep 9876 [sleep: ", failed.Message, StringComparison.Ordinal);
        }
        finally
        {
            child.Kill();
        }
    }

    [Fact]
    public void A_test_that_ends_in_time_is_not_touched()
    {
        var limit = new TestTimeLimitAttribute(600);
        limit.Before(null!, null!);
        limit.After(null!, null!);

        Assert.False(TestContext.Current.CancellationToken.IsCancellationRequested);
    }
}
