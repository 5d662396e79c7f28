using DataVersion.Testing;
using DataVersion.Tracking.Mlflow;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Mlflow;

public sealed class MlflowSettingsTests : IDisposable
{
    private const string Secret = "pl4nted-s3cret";
    private readonly TempFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(null, "is not set")]
    [InlineData("  ", "is not set")]
    [InlineData("/mlruns", "a local folder")]
    [InlineData("./mlruns", "a local folder")]
    [InlineData("file:///mlruns", "a local folder")]
    [InlineData("C:\\mlruns", "a local folder")]
    [InlineData("sqlite:///mlflow.db", "a database")]
    [InlineData("postgresql+psycopg2://u:pl4nted-s3cret@h/db", "a database")]
    [InlineData("databricks://profile", "a Databricks workspace")]
    public void What_is_no_server_is_not_used_and_the_reason_is_told(string? uri, string why)
    {
        Assert.Null(Read(out string? reason, ("MLFLOW_TRACKING_URI", uri)));
        Assert.Contains(why, reason, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, reason, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => Read(out _, ("MLFLOW_TRACKING_URI", uri), ("DV_MLFLOW", "require")));
    }

    [Fact]
    public void Off_is_off()
    {
        Assert.Null(Read(out string? reason, ("MLFLOW_TRACKING_URI", "http://h"), ("DV_MLFLOW", "off")));
        Assert.Equal("DV_MLFLOW=off", reason);
    }

    [Fact]
    public void Defaults_are_those_of_the_official_client()
    {
        MlflowSettings settings = Read(out string? reason, ("MLFLOW_TRACKING_URI", "http://mlflow:5000/base/"))!;

        Assert.Null(reason);
        Assert.Equal(("http://mlflow:5000/base", MlflowMode.BestEffort, 5, 2.0, TimeSpan.FromSeconds(120)),
            (settings.Location, settings.Mode, settings.MaxRetries, settings.BackoffFactor, settings.RequestTimeout));
        Assert.Null(settings.CredentialSource);
    }

    [Fact]
    public void All_variables_are_read()
    {
        MlflowSettings settings = Read(out _, ("MLFLOW_TRACKING_URI", "https://h"), ("MLFLOW_EXPERIMENT_NAME", "e"), ("MLFLOW_EXPERIMENT_ID", "7"),
            ("MLFLOW_RUN_NAME", "r"), ("DV_MLFLOW", "require"), ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3"), ("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0.5"),
            ("MLFLOW_HTTP_REQUEST_TIMEOUT", "9"), ("MLFLOW_TRACKING_SERVER_CERT_PATH", "/ca.pem"), ("MLFLOW_TRACKING_CLIENT_CERT_PATH", "/own.pem"))!;

        Assert.Equal(("e", "7", "r", MlflowMode.Require, 3, 0.5, TimeSpan.FromSeconds(9), "/ca.pem", "/own.pem", false),
            (settings.ExperimentName, settings.ExperimentId, settings.RunName, settings.Mode, settings.MaxRetries, settings.BackoffFactor,
                settings.RequestTimeout, settings.ServerCertificatePath, settings.ClientCertificatePath, settings.InsecureTls));
    }

    [Theory]
    [InlineData("DV_MLFLOW", "sometimes")]
    [InlineData("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "many")]
    [InlineData("MLFLOW_HTTP_REQUEST_TIMEOUT", "-1")]
    [InlineData("MLFLOW_TRACKING_INSECURE_TLS", "maybe")]
    [InlineData("MLFLOW_TRACKING_TOKEN", "pl4nted-s3cret\nx")]
    [InlineData("MLFLOW_TRACKING_PASSWORD", "pl4nted-s3cret")]
    [InlineData("MLFLOW_TRACKING_PASSWORD_FILE", "/nonexistent/file")]
    [InlineData("MLFLOW_TRACKING_URI", "http://h/?token=pl4nted-s3cret")]
    [InlineData("MLFLOW_TRACKING_URI", "http://u:pl4nted-s3cret@")]
    public void A_value_without_meaning_is_an_error_that_names_the_variable_and_no_secret(string name, string value)
    {
        UsageException error = Assert.Throws<UsageException>(() => Read(out _, ("MLFLOW_TRACKING_URI", "http://h"), (name, value)));

        Assert.Contains(name.Replace("_PASSWORD", "", StringComparison.Ordinal)[..8], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Insecure_with_an_authority_contradicts_itself() => Assert.Throws<UsageException>(() =>
        Read(out _, ("MLFLOW_TRACKING_URI", "https://h"), ("MLFLOW_TRACKING_INSECURE_TLS", "true"), ("MLFLOW_TRACKING_SERVER_CERT_PATH", "/ca.pem")));

    [Fact]
    public void The_most_explicit_credentials_win()
    {
        Directory.CreateDirectory(_home.At(".mlflow"));
        File.WriteAllText(_home.At(".mlflow/credentials"), "# x\n[other]\nmlflow_tracking_username = no\n[mlflow]\nmlflow_tracking_username = file-user\nmlflow_tracking_password = p=w\n");
        File.WriteAllText(_home.At("token"), "file-token\n");
        var all = new List<(string, string?)> { ("MLFLOW_TRACKING_URI", "http://h") };

        Assert.Equal(("~/.mlflow/credentials", Basic("file-user", "p=w")), Login(all));
        all.Add(("MLFLOW_TRACKING_TOKEN_FILE", _home.At("token")));
        Assert.Equal(("MLFLOW_TRACKING_TOKEN", "Bearer file-token"), Login(all));
        all.Add(("MLFLOW_TRACKING_TOKEN", "t"));
        Assert.Equal(("MLFLOW_TRACKING_TOKEN", "Bearer t"), Login(all));
        all[0] = ("MLFLOW_TRACKING_URI", "http://uri-user:p%40w@h");
        Assert.Equal(("MLFLOW_TRACKING_URI", Basic("uri-user", "p@w")), Login(all));
        all.Add(("MLFLOW_TRACKING_USERNAME", "u"));
        all.Add(("MLFLOW_TRACKING_PASSWORD", "p"));
        Assert.Equal(("MLFLOW_TRACKING_USERNAME", Basic("u", "p")), Login(all));
    }

    [Fact]
    public void The_text_of_settings_holds_no_secret()
    {
        MlflowSettings settings = Read(out _, ("MLFLOW_TRACKING_URI", $"http://user:{Secret}@h:5000/x"))!;

        Assert.Equal("http://h:5000/x (credentials from MLFLOW_TRACKING_URI)", settings.ToString());
        Assert.DoesNotContain(Secret, settings.TrackingUri.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_file_of_credentials_is_read() => Prop.ForAll<string>(text =>
    {
        (string? user, string? password) = MlflowCredentialFile.Parse("[mlflow]\n" + text);
        return user is not "" && password is not "";
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_values_give_settings_none_or_a_typed_error()
    {
        Gen<string> value = Gen.OneOf(Gen.Elements("http://h", "https://u:p@h:1/x", "http://", "http://[", "HTTP://h:99999", "sqlite://", "true", "-1", "1e9", "NaN", "require"),
            from c in Gen.Elements("http://h:/?#@%[]\0\né1".ToCharArray()).ArrayOf() select "http://" + new string(c));
        string[] names = ["MLFLOW_TRACKING_URI", "DV_MLFLOW", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN",
            "MLFLOW_TRACKING_TOKEN_FILE", "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_TRACKING_INSECURE_TLS"];
        Gen<Dictionary<string, string>> environment = from chosen in Gen.SubListOf(names)
                                                      from values in value.ListOf(names.Length)
                                                      select chosen.Append("MLFLOW_TRACKING_URI").Distinct().Zip(values).ToDictionary(p => p.First, p => p.Second);
        Prop.ForAll(environment.ToArbitrary(), variables =>
        {
            try
            {
                MlflowSettings? settings = MlflowSettings.From(variables, null, out string? reason);
                if (settings is null)
                    return reason is not null;
                using var http = new MlflowHttp(settings, TimeProvider.System);
                return settings.TrackingUri.UserInfo.Length == 0 && settings.ToString().Length > 0;
            }
            catch (UsageException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static string Basic(string user, string password) => $"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}"))}";

    private (string?, string?) Login(IReadOnlyList<(string, string?)> variables)
    {
        MlflowSettings settings = Read(out _, [.. variables])!;
        return (settings.CredentialSource, settings.Authorization?.ToString());
    }

    private MlflowSettings? Read(out string? reason, params (string Name, string? Value)[] variables)
    {
        var environment = new Dictionary<string, string>();
        foreach ((string name, string? value) in variables)
        {
            if (value is not null)
                environment[name] = value;
        }
        return MlflowSettings.From(environment, _home.Path, out reason);
    }
}
