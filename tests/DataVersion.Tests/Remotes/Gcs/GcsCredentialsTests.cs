using DataVersion.Remotes;
using DataVersion.Remotes.Gcs;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Servers;
using DataVersion.Testing.Stores;
using Google.Apis.Auth.OAuth2;
using Xunit;

namespace DataVersion.Tests.Remotes.Gcs;

/// <summary>Where credentials come from, in which order, and what happens when they do not work.</summary>
public sealed class GcsCredentialsTests : IAsyncDisposable
{
    private readonly GcsServer _server = GcsServer.Start(new GcsServerOptions { RequiresToken = true });
    private readonly TempFolder _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Metadata => $"127.0.0.1:{_server.Port}";

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task A_file_in_the_options_goes_before_all_else()
    {
        _server.Tokens.WriteServiceAccount(_home.At("account.json"));
        Dictionary<string, string> variables = new() { ["GOOGLE_APPLICATION_CREDENTIALS"] = _home.At("absent.json"), ["GCE_METADATA_HOST"] = Metadata };

        IBlobStore store = await UseAsync(new() { ["credentialfile"] = _home.At("account.json") }, variables);

        Assert.Equal(["service account"], _server.Tokens.Issued);
        Assert.Equal($"option credentialfile ('{_home.At("account.json")}')", store.Access);
    }

    [Fact]
    public async Task The_file_that_the_environment_names_goes_before_gcloud_and_the_machine()
    {
        _server.Tokens.WriteExternalAccount(_home.At("federation.json"), _home.At("subject"));
        WriteGcloud(folder => _server.Tokens.WriteServiceAccount(folder));

        IBlobStore store = await UseAsync([], new() { ["GOOGLE_APPLICATION_CREDENTIALS"] = _home.At("federation.json"), ["GCE_METADATA_HOST"] = Metadata });

        Assert.Equal(["federation"], _server.Tokens.Issued);
        Assert.Equal($"environment variable GOOGLE_APPLICATION_CREDENTIALS ('{_home.At("federation.json")}')", store.Access);
    }

    [Fact]
    public async Task What_gcloud_left_goes_before_the_machine()
    {
        string file = WriteGcloud(folder => _server.Tokens.WriteServiceAccount(folder));

        IBlobStore store = await UseAsync([], new() { ["GCE_METADATA_HOST"] = Metadata });

        Assert.Equal(["service account"], _server.Tokens.Issued);
        Assert.Equal($"gcloud's application default credentials ('{file}')", store.Access);
    }

    [Fact]
    public async Task The_machine_comes_last()
    {
        IBlobStore store = await UseAsync([], new() { ["GCE_METADATA_HOST"] = Metadata });

        Assert.Equal(["metadata"], _server.Tokens.Issued);
        Assert.Equal($"metadata server at {Metadata}", store.Access);
    }

    [Fact]
    public async Task A_token_may_be_given()
    {
        IBlobStore store = await UseAsync(new() { ["token"] = _server.Tokens.Issue() }, []);

        Assert.Equal("option token", store.Access);
    }

    [Fact]
    public async Task Without_any_the_places_are_named()
    {
        var error = await Assert.ThrowsAsync<RemoteException>(() => UseAsync([], []));

        Assert.True(error.IsDenied);
        foreach (string place in (string[])["credentialfile", "GOOGLE_APPLICATION_CREDENTIALS", _home.At(".config/gcloud/application_default_credentials.json"), "127.0.0.1:1"])
            Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains("gcloud auth application-default login", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "cannot be read")]
    [InlineData("no JSON", "is not a credential file")]
    [InlineData("[]", "is not a credential file")]
    [InlineData("""{"type":"mystery","private_key":"SECRET"}""", "no credentials of a known type")]
    [InlineData("""{"type":"service_account","client_email":"x","private_key":"SECRET"}""", "is not a credential file")]
    public async Task A_file_that_is_named_and_does_not_work_ends_the_search(string? content, string expected)
    {
        WriteGcloud(folder => _server.Tokens.WriteServiceAccount(folder));
        if (content is not null)
            await File.WriteAllTextAsync(_home.At("named.json"), content, Token);

        var error = await Assert.ThrowsAsync<UsageException>(
            () => UseAsync([], new() { ["GOOGLE_APPLICATION_CREDENTIALS"] = _home.At("named.json"), ["GCE_METADATA_HOST"] = Metadata }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("GOOGLE_APPLICATION_CREDENTIALS", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_server.Tokens.Issued);
    }

    [Fact]
    public async Task A_federation_whose_token_file_is_gone_ends_the_search()
    {
        _server.Tokens.WriteExternalAccount(_home.At("federation.json"), _home.At("subject"));
        File.Delete(_home.At("subject"));
        WriteGcloud(folder => _server.Tokens.WriteServiceAccount(folder));

        var error = await Assert.ThrowsAsync<RemoteException>(() => UseAsync([], new() { ["GOOGLE_APPLICATION_CREDENTIALS"] = _home.At("federation.json") }));

        Assert.Contains("GOOGLE_APPLICATION_CREDENTIALS", error.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Tokens.Issued);
    }

    [Fact]
    public async Task An_identity_that_is_refused_is_denied_and_says_which_it_was()
    {
        _server.Tokens.WriteExternalAccount(_home.At("federation.json"), _home.At("subject"));
        await File.WriteAllTextAsync(_home.At("subject"), "SECRET-but-wrong", Token);

        var error = await Assert.ThrowsAsync<RemoteException>(() => UseAsync(new() { ["credentialfile"] = _home.At("federation.json") }, []));

        Assert.True(error.IsDenied);
        Assert.Contains("option credentialfile", error.Message, StringComparison.Ordinal);
        Assert.Contains("(invalid_grant)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_revoked_is_renewed_once_for_all_requests()
    {
        _server.Tokens.WriteServiceAccount(_home.At("account.json"));
        IBlobStore store = await UseAsync(new() { ["credentialfile"] = _home.At("account.json") }, []);
        _server.Tokens.RevokeAll();

        await Parallel.ForAsync(0, 20, Token, async (i, token) => await store.PutAsync($"x/{i}", GcsSandbox.Pattern(5000 + i), cancellationToken: token));

        Assert.Equal(20, (await store.NamesAsync("x/", Token)).Count);
        Assert.Equal(["service account", "service account"], _server.Tokens.Issued);
    }

    [Fact]
    public async Task A_token_that_stays_invalid_is_not_renewed_for_ever()
    {
        _server.Refuse(401, "authError", "Invalid Credentials", r => r.RawPath.StartsWith("/storage", StringComparison.Ordinal), times: 100);

        var error = await Assert.ThrowsAsync<RemoteException>(() => UseAsync([], new() { ["GCE_METADATA_HOST"] = Metadata }));

        Assert.True(error.IsDenied);
        Assert.Equal(2, _server.Requests.Count(r => r.RawPath.StartsWith("/storage", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_upload_session_outlives_the_token_it_was_begun_with()
    {
        IBlobStore store = await UseAsync([], new() { ["GCE_METADATA_HOST"] = Metadata });
        byte[] bytes = GcsSandbox.Pattern(300_000);
        PartUpload upload = await store.Parts!.BeginAsync("large", bytes.Length, 512 * 1024, WriteMode.IfAbsent, Token);
        _server.Tokens.RevokeAll();

        UploadedPart part = await store.Parts.WriteAsync(upload, 1, new BytesContent(bytes), Token);

        Assert.Equal(WriteOutcome.Written, await store.Parts.CompleteAsync(upload, [part], Token));
    }

    [Fact]
    public async Task A_users_own_credentials_are_known()
    {
        await File.WriteAllTextAsync(_home.At("user.json"), """{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r","quota_project_id":"q"}""", Token);

        GoogleCredential credential = await CredentialFile.ReadAsync(_home.At("user.json"), "test", "origin", Token);

        Assert.IsType<UserCredential>(credential.UnderlyingCredential);
        Assert.Equal("q", credential.QuotaProject);
    }

    private string WriteGcloud(Action<string> write)
    {
        Directory.CreateDirectory(_home.At(".config/gcloud"));
        string file = _home.At(".config/gcloud/application_default_credentials.json");
        write(file);
        return file;
    }

    private async Task<IBlobStore> UseAsync(Dictionary<string, string> options, Dictionary<string, string> variables)
    {
        IBlobStore store = RemoteStores.Open(GcsSandbox.Context(_server.Endpoint, options, variables, home: _home.Path));
        Assert.Null(await store.StatAsync("nothing", Token));
        return store;
    }
}
