using System.Collections.Concurrent;
using System.Reflection;
using DataVersion.Testing.Platform;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace DataVersion.Testing;

/// <summary>
/// Cancels a test that runs too long, and fails it with its process's descendants and what they wait for: a suite that is killed for its time names nobody.
/// </summary>
/// <param name="seconds">How long each test may run.</param>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class TestTimeLimitAttribute(int seconds) : BeforeAfterTestAttribute
{
    // By the test's id: one attribute object serves tests that run at once.
    private readonly ConcurrentDictionary<string, Watch> _watches = new(StringComparer.Ordinal);

    /// <summary>How long each test may run.</summary>
    public int Seconds { get; } = seconds;

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) =>
        _watches[TestContext.Current.Test!.UniqueID] = new Watch(TestContext.Current, TimeSpan.FromSeconds(Seconds));

    /// <inheritdoc/>
    /// <exception cref="XunitException">The test ran too long.</exception>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!_watches.TryRemove(TestContext.Current.Test!.UniqueID, out Watch? watch))
            return;
        watch.Dispose();
        if (watch.Found is { } found)
            throw new XunitException($"cancelled after {Seconds} seconds; its program's children were then:{Environment.NewLine}{found}");
    }

    private sealed class Watch : IDisposable
    {
        private readonly Timer _timer;
        private volatile string? _found;

        public Watch(ITestContext context, TimeSpan limit) => _timer = new Timer(
            _ =>
            {
                _found = ChildProcesses.Describe();
                context.CancelCurrentTest();
            },
            null, limit, Timeout.InfiniteTimeSpan);

        public string? Found => _found;

        public void Dispose() => _timer.Dispose();
    }
}
