using System.Text;
using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Tracking.Mlflow;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

public sealed class MlflowHttpTests
{
    private const string Secret = "pl4nted-s3cret";

    private static CancellationToken Token => MlflowBox.Token;

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        using var box = new MlflowBox();
        box.Server.Fail(Answer(status, "text/html", "<html><title>Busy</title></html>", times: 4));

        Assert.NotNull(await box.Client.FindExperimentAsync("Default", Token));
        Assert.Equal(5, box.Server.Requests.Count);
    }

    [Fact]
    public async Task It_ends_after_the_retries_that_are_set()
    {
        using var box = new MlflowBox();
        box.Server.Fail(Answer(503, "text/plain", "storm", times: 100));

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(
            () => box.Connect(("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")).FindExperimentAsync("Default", Token));
        Assert.True(error.IsTransient);
        Assert.Equal(3, box.Server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(501)]
    public async Task What_is_final_is_not_tried_again(int status)
    {
        using var box = new MlflowBox();
        box.Server.Fail(Answer(status, "text/html", "<h1>No</h1>", times: 100));

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => box.Client.FindExperimentAsync("Default", Token));
        Assert.Equal((status, false, ErrorKind.Remote), (error.StatusCode, error.IsTransient, error.Kind));
        Assert.Single(box.Server.Requests);
    }

    [Fact]
    public async Task A_wait_that_the_server_asks_for_is_kept_and_a_long_one_is_not_waited_for()
    {
        var clock = new InstantWaits();
        using var box = new MlflowBox();
        using var http = new MlflowHttp(MlflowBox.Settings(box.Server.Address), clock);
        box.Server.Fail(Answer(503, "text/plain", "", times: 2, ("Retry-After", "7")));
        await new MlflowClient(http).FindExperimentAsync("Default", Token);
        Assert.Equal(2, clock.Waits.Count);
        Assert.All(clock.Waits, wait => Assert.InRange(wait.TotalSeconds, 7, 8));

        box.Server.Recover();
        box.Server.Fail(Answer(503, "text/plain", "", times: 1, ("Retry-After", "3600")));
        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => new MlflowClient(http).FindExperimentAsync("Default", Token));
        Assert.Equal(TimeSpan.FromHours(1), error.RetryAfter);
    }

    [Fact]
    public async Task Waits_grow_and_are_not_all_alike()
    {
        var clock = new InstantWaits();
        using var box = new MlflowBox();
        using var http = new MlflowHttp(MlflowBox.Settings(box.Server.Address, ("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "2"), ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "12")), clock);
        box.Server.Fail(new() { Kind = MlflowServerFaultKind.Hangup });
        await Assert.ThrowsAsync<MlflowException>(() => new MlflowClient(http).SetTagAsync("r", "k", "v", Token));

        Assert.Equal(12, clock.Waits.Count);
        for (int i = 0; i < clock.Waits.Count; i++)
            Assert.InRange(clock.Waits[i].TotalSeconds, 0, Math.Min(60, 2 * Math.Pow(2, i)));
        Assert.True(clock.Waits.Distinct().Count() > 6);
    }

    [Fact]
    public async Task A_server_that_is_silent_is_given_up()
    {
        using var box = new MlflowBox();
        box.Server.Fail(new() { Kind = MlflowServerFaultKind.Delay, Delay = TimeSpan.FromMinutes(5) });
        MlflowClient client = box.Connect(("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.1"), ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1"));

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => client.FindExperimentAsync("Default", Token));
        Assert.Contains("no answer in 0.1 s", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task Credentials_are_sent_and_a_refusal_says_what_to_set()
    {
        using var box = new MlflowBox(new MlflowServerOptions { Login = ("admin", Secret) });
        MlflowException none = await Assert.ThrowsAsync<MlflowException>(() => box.Client.FindExperimentAsync("Default", Token));
        Assert.Contains("it asks for credentials (401)", none.Message, StringComparison.Ordinal);
        Assert.Contains("MLFLOW_TRACKING_USERNAME", none.Hint, StringComparison.Ordinal);
        Assert.True(none.IsDenied);

        MlflowException wrong = await Assert.ThrowsAsync<MlflowException>(() =>
            box.Connect(("MLFLOW_TRACKING_TOKEN", Secret)).FindExperimentAsync("Default", Token));
        Assert.Contains("does not accept the credentials from MLFLOW_TRACKING_TOKEN", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(2, box.Server.Requests.Count);

        Assert.NotNull(await box.Connect(("MLFLOW_TRACKING_USERNAME", "admin"), ("MLFLOW_TRACKING_PASSWORD", Secret)).FindExperimentAsync("Default", Token));
        Assert.NotNull(await box.Connect(box.Server.Address.Replace("://", $"://admin:{Secret}@", StringComparison.Ordinal)).FindExperimentAsync("Default", Token));
    }

    [Fact]
    public async Task A_token_is_sent_as_bearer()
    {
        using var box = new MlflowBox(new MlflowServerOptions { Token = Secret });

        Assert.NotNull(await box.Connect(("MLFLOW_TRACKING_TOKEN", Secret)).FindExperimentAsync("Default", Token));
    }

    [Fact]
    public async Task A_wrong_host_header_is_explained()
    {
        using var box = new MlflowBox(new MlflowServerOptions { AllowedHost = "localhost:5000" });

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => box.Client.FindExperimentAsync("Default", Token));
        Assert.Contains("Invalid Host header", error.Message, StringComparison.Ordinal);
        Assert.Contains("MLFLOW_SERVER_ALLOWED_HOSTS=127.0.0.1,127.0.0.1:*", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_under_a_path_is_found_and_one_that_is_not_is_explained()
    {
        using var box = new MlflowBox(new MlflowServerOptions { Prefix = "/mlflow" });
        Assert.NotNull(await box.Client.FindExperimentAsync("Default", Token));

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => box.Connect($"http://127.0.0.1:{box.Server.Port}/").FindExperimentAsync("Default", Token));
        Assert.Contains("404: 404 Not Found", error.Message, StringComparison.Ordinal);
        Assert.Contains("the path that it is served under", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_in_place_of_an_answer_is_one_line()
    {
        using var box = new MlflowBox();
        box.Server.Fail(Answer(404, "text/html", "<html>\n<body>\n<h1>Not\n\t Found &amp; gone</h1>\u001b[31m<p>x</p></body></html>", times: 1));

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => box.Client.FindExperimentAsync("Default", Token));
        Assert.EndsWith("(404: Not Found & gone [31m x)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Log in</html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"experiment":7}""")]
    [InlineData("""{"experiment":{"experiment_id":{},"name":"x"}}""")]
    [InlineData("""{"experiment":{"experiment_id":"\ud800","name":"x"}}""")]
    public async Task What_is_no_answer_is_a_typed_error(string body)
    {
        using var box = new MlflowBox();
        box.Server.Fail(Answer(200, "application/json", body, times: 1));

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => box.Client.FindExperimentAsync("Default", Token));
        Assert.False(error.IsTransient);
        Assert.Contains("the answer ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_told_and_not_followed()
    {
        using var box = new MlflowBox();
        box.Server.Fail(Answer(302, "text/html", "", times: 1, ("Location", $"https://u:{Secret}@login.example/x?code={Secret}")));

        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => box.Client.FindExperimentAsync("Default", Token));
        Assert.Contains("it redirects to 'https://login.example/x'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_the_server_echoes_is_not_shown()
    {
        using var box = new MlflowBox();
        string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"u:{Secret}"));
        foreach (int status in new[] { 400, 401, 403, 404, 500, 200 })
        {
            box.Server.Recover();
            box.Server.Fail(Answer(status, "text/plain", $"bad Authorization: Basic {basic} or {Secret}", times: 100));
            MlflowClient client = box.Connect(("MLFLOW_TRACKING_USERNAME", "u"), ("MLFLOW_TRACKING_PASSWORD", Secret), ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));
            MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => client.FindExperimentAsync("Default", Token));
            Assert.DoesNotContain(Secret, $"{error} {error.Hint}", StringComparison.Ordinal);
            Assert.DoesNotContain(basic, $"{error} {error.Hint}", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_private_authority_is_believed_where_it_is_named()
    {
        using var folder = new TempFolder();
        var authority = new TestAuthority(folder.Path);
        using var box = new MlflowBox(new MlflowServerOptions { Certificate = authority.LoadCertificate() });
        MlflowClient strict = box.Connect(("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));
        MlflowException error = await Assert.ThrowsAsync<MlflowException>(() => strict.FindExperimentAsync("Default", Token));
        Assert.Contains("certificate is not trusted", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);

        Assert.NotNull(await box.Connect(("MLFLOW_TRACKING_SERVER_CERT_PATH", authority.AuthorityFile)).FindExperimentAsync("Default", Token));
        Assert.NotNull(await box.Connect(("MLFLOW_TRACKING_INSECURE_TLS", "true")).FindExperimentAsync("Default", Token));
        Assert.Throws<UsageException>(() => box.Connect(("MLFLOW_TRACKING_SERVER_CERT_PATH", authority.KeyFile)));
        Assert.Throws<UsageException>(() => box.Connect(("MLFLOW_TRACKING_CLIENT_CERT_PATH", folder.At("nothing.pem"))));
    }

    [Fact]
    public void Any_answer_gives_values_or_a_typed_error()
    {
        MlflowSettings settings = MlflowBox.Settings("http://h");
        Gen<byte[]> bytes = Gen.OneOf(
            Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(),
            from parts in Gen.Elements("{", "}", "[", "]", ":", ",", "\"run\"", "\"data\"", "\"tags\"", "\"key\"", "\"\\ud800\"", "null", "1e999", "-1", "true", "\"NaN\"").ArrayOf()
            select Encoding.UTF8.GetBytes(string.Concat(parts)));
        Prop.ForAll(bytes.ToArbitrary(), body =>
        {
            try
            {
                MlflowReply reply = MlflowReply.Parse(settings, "try", body);
                foreach (string name in new[] { "run", "data", "tags", "key" })
                    _ = Try(() => reply.Text(name)) | Try(() => reply.Number(name)) | Try(() => reply.Whole(name)) | Try(() => reply.Pairs(name).Count) | Try(() => reply.Object(name));
                return true;
            }
            catch (MlflowException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static bool Try<T>(Func<T> read)
    {
        try
        {
            read();
            return true;
        }
        catch (MlflowException)
        {
            return false;
        }
    }

    private static MlflowServerFault Answer(int status, string type, string body, int times, params (string, string)[] headers) => new()
    {
        Kind = MlflowServerFaultKind.Answer,
        Times = times,
        Answer = new MlflowServerAnswer(status, type, body, headers),
    };

    /// <summary>Waits are over at once; time limits are not.</summary>
    private sealed class InstantWaits : TimeProvider
    {
        private readonly Lock _lock = new();
        private readonly List<TimeSpan> _waits = [];

        public IReadOnlyList<TimeSpan> Waits
        {
            get
            {
                lock (_lock)
                    return [.. _waits];
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            // The time limit of a request is 20 s exactly.
            if (dueTime == TimeSpan.FromSeconds(20) || dueTime == Timeout.InfiniteTimeSpan)
                return base.CreateTimer(callback, state, dueTime, period);
            lock (_lock)
                _waits.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
