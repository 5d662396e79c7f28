using DataVersion.Configuration;
using DataVersion.Remotes;
using DataVersion.Remotes.S3;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using DataVersion.Tests.Cli;
using Xunit;

namespace DataVersion.Tests.Remotes.S3;

/// <summary>Where access keys come from, in which order, and what happens when they end.</summary>
public sealed class S3KeysTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeS3 _s3 = new();
    private readonly Dictionary<string, string> _options = [];
    private readonly Dictionary<string, string> _variables = new() { ["AWS_EC2_METADATA_DISABLED"] = "true" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _s3.Dispose();
        _folder.Dispose();
    }

    private IBlobStore Open(TimeProvider? clock = null)
    {
        _options["endpoint"] = _s3.Server.Address;
        return RemoteStores.Open(new RemoteContext
        {
            Settings = new RemoteSettings { Name = "r", Url = "s3://bucket", Options = _options, Trusted = true },
            Variables = _variables,
            HomeDirectory = _folder.Path,
            Meter = new RequestMeter(),
            Clock = clock ?? TimeProvider.System,
        });
    }

    // The access key of the last request, and what the store says of its source.
    private async Task<(string Key, string? Access)> UsedAsync()
    {
        IBlobStore store = Open();
        await store.PutAsync(Guid.NewGuid().ToString("N"), [1], cancellationToken: Token);
        return (KeyOf(_s3.Server.Requests[^1]), store.Access);
    }

    private static string KeyOf(FakeRequest request) => request.Header("Authorization")!.Split("Credential=")[1].Split('/')[0];

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(name))!);
        File.WriteAllText(_folder.At(name), text);
        return _folder.At(name);
    }

    private static FakeAnswer Keys(string id, string expires = "2999-01-01T00:00:00Z") =>
        FakeAnswer.Text(200, $$"""{"AccessKeyId":"{{id}}","SecretAccessKey":"s3cret","Token":"tok","Expiration":"{{expires}}"}""");

    private static FakeAnswer StsKeys(string id) => FakeAnswer.Text(200,
        $"<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{id}</AccessKeyId>"
        + "<SecretAccessKey>s3cret</SecretAccessKey><SessionToken>tok</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>");

    [Fact]
    public async Task The_order_is_options_environment_web_identity_container_profile_instance()
    {
        using var sts = new FakeHttpServer(_ => StsKeys("WEB"));
        using var container = new FakeHttpServer(_ => Keys("CONTAINER"));
        using var instance = new FakeHttpServer(r => r.Path.EndsWith("/role", StringComparison.Ordinal) ? Keys("INSTANCE") : FakeAnswer.Text(200, r.Method == "PUT" ? "session" : "role"));
        _options["accesskeyid"] = "OPTION";
        _options["secretaccesskey"] = "s3cret";
        _variables["AWS_ACCESS_KEY_ID"] = "ENV";
        _variables["AWS_SECRET_ACCESS_KEY"] = "s3cret";
        _variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
        _variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = Write("token", "jwt");
        _variables["AWS_ENDPOINT_URL_STS"] = sts.Address;
        _variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = $"{container.Address}/keys";
        _variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = instance.Address;
        _variables.Remove("AWS_EC2_METADATA_DISABLED");
        Write(".aws/credentials", "[default]\naws_access_key_id = PROFILE\naws_secret_access_key = s3cret\n");

        Assert.Equal(("OPTION", "option accesskeyid"), await UsedAsync());
        _options.Remove("accesskeyid");
        _options.Remove("secretaccesskey");
        Assert.Equal(("ENV", "environment variable AWS_ACCESS_KEY_ID"), await UsedAsync());
        _variables.Remove("AWS_ACCESS_KEY_ID");
        Assert.Equal(("WEB", "web identity (AWS_ROLE_ARN arn:aws:iam::1:role/r)"), await UsedAsync());
        _variables.Remove("AWS_WEB_IDENTITY_TOKEN_FILE");
        Assert.Equal(("CONTAINER", "container credentials"), await UsedAsync());
        _variables.Remove("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        Assert.Equal(("PROFILE", "AWS profile 'default'"), await UsedAsync());
        File.Delete(_folder.At(".aws/credentials"));
        Assert.Equal(("INSTANCE", "instance metadata"), await UsedAsync());

        Assert.Contains("WebIdentityToken=jwt", System.Text.Encoding.ASCII.GetString(sts.Requests[0].Body));
        Assert.Equal("session", instance.Requests[^1].Header("X-aws-ec2-metadata-token"));
        Assert.Equal("tok", _s3.Server.Requests[^1].Header("x-amz-security-token"));
    }

    [Fact]
    public async Task A_web_identity_that_fails_stops_there()
    {
        using var sts = new FakeHttpServer(_ => FakeAnswer.Text(403, "<ErrorResponse/>"));
        _variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
        _variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = Write("token", "jwt");
        _variables["AWS_ENDPOINT_URL_STS"] = sts.Address;
        Write(".aws/credentials", "[default]\naws_access_key_id = PROFILE\naws_secret_access_key = s3cret\n");

        var error = await Assert.ThrowsAsync<RemoteException>(UsedAsync);
        Assert.True(error.IsDenied);
        Assert.Contains("web identity", error.Message);

        File.Delete(_folder.At("token"));
        error = await Assert.ThrowsAsync<RemoteException>(UsedAsync);
        Assert.Contains("web identity token", error.Message);
        Assert.Empty(_s3.Server.Requests);
    }

    [Fact]
    public async Task A_container_is_asked_with_the_token_of_its_file_and_only_nearby()
    {
        using var container = new FakeHttpServer(_ => Keys("CONTAINER"));
        _variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container.Address;
        _variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = Write("auth", "bearer-of-file\n");

        await UsedAsync();

        Assert.Equal("bearer-of-file", container.Requests[0].Header("Authorization"));
        _variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/";
        Assert.Throws<UsageException>(() => Open());
    }

    [Fact]
    public async Task Without_any_the_error_names_what_was_looked_for()
    {
        var error = await Assert.ThrowsAsync<RemoteException>(UsedAsync);

        Assert.True(error.IsDenied);
        Assert.Contains("AWS_ACCESS_KEY_ID", error.Hint);
        Assert.Contains("instance metadata", error.Hint);
    }

    [Fact]
    public async Task Profiles_come_from_both_files_and_by_name()
    {
        _variables["AWS_SHARED_CREDENTIALS_FILE"] = Write("creds", "# comment\n[work]\naws_access_key_id=WORK\naws_secret_access_key = s3cret\n");
        _variables["AWS_CONFIG_FILE"] = Write("conf", "[default]\nregion = eu-west-1\n[profile conf]\naws_access_key_id=CONF\naws_secret_access_key = s3cret\n[profile work]\nregion = eu-west-9\n");

        // A profile that only says a region is none.
        await Assert.ThrowsAsync<RemoteException>(UsedAsync);
        _variables["AWS_PROFILE"] = "conf";
        Assert.Equal("CONF", (await UsedAsync()).Key);
        _options["profile"] = "work";
        _variables["AWS_ACCESS_KEY_ID"] = "ENV";
        Assert.Equal(("WORK", "AWS profile 'work'"), await UsedAsync());
        Assert.Contains("/eu-west-9/s3/", _s3.Server.Requests[^1].Header("Authorization"));
    }

    [Fact]
    public async Task A_credential_file_and_a_credential_process_are_read()
    {
        _options["credentialfile"] = Write("given", "[default]\naws_access_key_id = GIVEN\naws_secret_access_key = s3cret\naws_session_token = tok\n");
        Assert.Equal("GIVEN", (await UsedAsync()).Key);
        _options.Remove("credentialfile");

        Assert.SkipUnless(OperatingSystem.IsLinux(), "the program is a shell script");
        string program = Write("keys.sh", "echo '{\"Version\":1,\"AccessKeyId\":\"PROCESS\",\"SecretAccessKey\":\"s3cret\"}'\n");
        Write(".aws/config", $"[default]\ncredential_process = /bin/sh {program}\n");
        Assert.Equal(("PROCESS", "credential process of AWS profile 'default'"), await UsedAsync());

        Write(".aws/config", "[default]\ncredential_process = /no/such/program\n");
        Assert.True((await Assert.ThrowsAsync<RemoteException>(UsedAsync)).IsDenied);
    }

    [Fact]
    public async Task Keys_that_have_ended_are_renewed_and_the_request_repeated_once()
    {
        int served = 0;
        using var container = new FakeHttpServer(_ => Keys($"KEY{++served}"));
        _variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container.Address;
        var clock = new ManualClock();
        IBlobStore store = Open(clock);
        await store.PutAsync("a", [1], cancellationToken: Token);
        clock.Advance(TimeSpan.FromHours(1));
        _s3.Refuse = r => KeyOf(r) == "KEY1" ? FakeS3.Error(400, "ExpiredToken") : null;

        await store.PutAsync("b", [1, 2], cancellationToken: Token);

        Assert.Equal(["KEY1", "KEY1", "KEY2"], _s3.Server.Requests.Select(KeyOf));
        Assert.Equal([1, 2], _s3.Server.Requests[^1].Body);
        // Fresh keys that are refused are not the fault of their age.
        _s3.Refuse = _ => FakeS3.Error(400, "ExpiredToken");
        await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("c", [1], cancellationToken: Token));
        Assert.Equal(2, served);
    }

    [Fact]
    public async Task Keys_are_renewed_before_they_end_and_kept_while_their_source_fails()
    {
        var clock = new ManualClock();
        bool fails = false;
        int served = 0;
        string expires = clock.GetUtcNow().AddMinutes(30).ToString("O");
        using var container = new FakeHttpServer(_ => fails ? FakeAnswer.Text(500, "") : Keys($"KEY{++served}", expires));
        _variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container.Address;
        IBlobStore store = Open(clock);
        await store.PutAsync("a", [1], cancellationToken: Token);

        clock.Advance(TimeSpan.FromMinutes(26));
        fails = true;
        await store.PutAsync("b", [1], cancellationToken: Token);
        fails = false;
        await store.PutAsync("c", [1], cancellationToken: Token);
        Assert.Equal(["KEY1", "KEY1", "KEY2"], _s3.Server.Requests.Select(KeyOf));

        fails = true;
        clock.Advance(TimeSpan.FromMinutes(30));
        await Assert.ThrowsAsync<RemoteException>(() => store.PutAsync("d", [1], cancellationToken: Token));
    }

    [Fact]
    public void Keys_print_no_secret() => Assert.Equal("AKID", $"{new S3Keys("AKID", "s3cret", "tok")}");
}
