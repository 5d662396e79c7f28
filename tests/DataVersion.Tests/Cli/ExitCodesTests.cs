using DataVersion.Cli;
using DataVersion.Cli.Reporting;
using Xunit;

namespace DataVersion.Tests.Cli;

public sealed class ExitCodesTests
{
    [Theory]
    [InlineData(ErrorKind.Usage, 2)]
    [InlineData(ErrorKind.Incomplete, 3)]
    [InlineData(ErrorKind.FileSystem, 3)]
    [InlineData(ErrorKind.Missing, 4)]
    [InlineData(ErrorKind.Corrupt, 5)]
    [InlineData(ErrorKind.Remote, 6)]
    [InlineData(ErrorKind.NoRepository, 10)]
    [InlineData(ErrorKind.Locked, 11)]
    public void Kind_has_its_documented_code(ErrorKind kind, int code)
    {
        Assert.Equal(code, ExitCodes.Of(kind));
        Assert.Equal(code, ErrorReport.From(new DataVersionException(kind, "x"), CancellationToken.None).ExitCode);
    }

    [Fact]
    public void Every_kind_has_a_code() => Assert.All(Enum.GetValues<ErrorKind>(), kind => Assert.NotEqual(ExitCodes.Unexpected, ExitCodes.Of(kind)));

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 3, ErrorKind.Incomplete)]
    [InlineData(true, 3, ErrorKind.Usage)]
    [InlineData(false, 2, ErrorKind.Usage, ErrorKind.Usage)]
    [InlineData(false, 3, ErrorKind.Usage, ErrorKind.FileSystem)]
    [InlineData(true, 4, ErrorKind.Remote, ErrorKind.Missing, ErrorKind.Incomplete)]
    [InlineData(true, 5, ErrorKind.Missing, ErrorKind.Corrupt)]
    [InlineData(true, 6, ErrorKind.Usage, ErrorKind.Remote)]
    public void Failures_give_the_gravest_code(bool anythingDone, int code, params ErrorKind[] kinds) =>
        Assert.Equal(code, ExitCodes.OfFailures(kinds, anythingDone));

    [Theory]
    [InlineData(28, "no space left on the disk")]
    [InlineData(unchecked((int)0x80070070), "no space left on the disk")]
    [InlineData(122, "the disk quota is used up")]
    public void Full_disk_is_said_in_plain_words(int hresult, string message)
    {
        ErrorReport report = ErrorReport.From(new IOException("No space left on device : '/x'", hresult), CancellationToken.None);

        Assert.Equal(("file-system", message, ExitCodes.Incomplete), (report.Kind, report.Message, report.ExitCode));
    }

    [Fact]
    public void Errors_of_the_system_are_no_faults_of_dv()
    {
        Assert.Equal(ExitCodes.Incomplete, ErrorReport.From(new UnauthorizedAccessException("no"), CancellationToken.None).ExitCode);
        Assert.Equal(ExitCodes.Missing, ErrorReport.From(new AggregateException(new ObjectMissingException("sha256:1", "here")), CancellationToken.None).ExitCode);
    }

    [Fact]
    public void Unknown_error_is_unexpected_and_on_one_line()
    {
        ErrorReport report = ErrorReport.From(new InvalidOperationException("a\nb"), CancellationToken.None);

        Assert.Equal(("unexpected", "unexpected InvalidOperationException: a b", ExitCodes.Unexpected), (report.Kind, report.Message, report.ExitCode));
    }

    [Fact]
    public void Cancelling_is_an_interruption_only_where_it_was_ours()
    {
        var token = new CancellationToken(canceled: true);

        Assert.Equal(ExitCodes.Interrupted, ErrorReport.From(new OperationCanceledException(token), token).ExitCode);
        Assert.Equal(ExitCodes.Unexpected, ErrorReport.From(new TaskCanceledException(), CancellationToken.None).ExitCode);
    }
}
