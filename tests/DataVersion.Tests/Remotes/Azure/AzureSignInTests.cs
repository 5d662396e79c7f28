using System.Net;
using Azure.Core;
using Azure.Identity;
using DataVersion.Remotes;
using DataVersion.Remotes.Azure;
using DataVersion.Testing;
using Xunit;

namespace DataVersion.Tests.Remotes.Azure;

/// <summary>Whose name requests are made in, and what is said where that fails.</summary>
public sealed class AzureSignInTests : IDisposable
{
    private const string Secret = "open~sesame";

    private readonly TempFolder _folder = new();
    private readonly Blobs _blobs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _blobs.Dispose();
    }

    private AzureBlobStore Open(TokenServers tokens, string options, params (string Name, string Value)[] variables) =>
        AzureRemote.Open(RemoteContexts.Of("azure://data/prefix", Pairs(options)).With(variables), _blobs, tokens);

    // NAME=VALUE;NAME=VALUE, where '|' and ',' in a value stand for the same two signs.
    private static (string, string)[] Pairs(string text) =>
        [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).Select(p => (p[0], p[1].Replace('|', '=').Replace(',', ';')))];

    [Theory]
    [InlineData("account=a;accountkey=a2V5", "AZURE_STORAGE_KEY=b3RoZXI=", "option accountkey", "SharedKey a:")]
    [InlineData("account=a;sastoken=?sv=1&sig=x", "", "option sastoken", null)]
    [InlineData("connectionstring=AccountName|a,AccountKey|a2V5", "", "option connectionstring", "SharedKey a:")]
    [InlineData("account=a;anonymous=true", "AZURE_STORAGE_KEY=b3RoZXI=", "anonymous", null)]
    [InlineData("account=a", "AZURE_STORAGE_KEY=a2V5;AZURE_STORAGE_SAS_TOKEN=sig=x", "environment variable AZURE_STORAGE_KEY", "SharedKey a:")]
    [InlineData("", "AZURE_STORAGE_ACCOUNT=a;AZURE_STORAGE_KEY=a2V5", "environment variable AZURE_STORAGE_KEY", "SharedKey a:")]
    [InlineData("account=a", "AZURE_STORAGE_SAS_TOKEN=sv=1&sig=x", "environment variable AZURE_STORAGE_SAS_TOKEN", null)]
    [InlineData("", "AZURE_STORAGE_CONNECTION_STRING=AccountName|a,AccountKey|a2V5", "environment variable AZURE_STORAGE_CONNECTION_STRING", "SharedKey a:")]
    [InlineData("account=a", "AZURE_STORAGE_CONNECTION_STRING=AccountName|a,SharedAccessSignature|sig=x", "environment variable AZURE_STORAGE_CONNECTION_STRING", null)]
    public async Task Keys_and_tokens_are_taken_in_this_order(string options, string variables, string source, string? header)
    {
        using var tokens = new TokenServers();
        AzureBlobStore store = Open(tokens, options, Pairs(variables));

        await store.StatAsync("x", Token);

        Assert.Equal(source, store.Access);
        (string address, string? authorization) = Assert.Single(_blobs.Requests);
        Assert.StartsWith("https://a.blob.core.windows.net/data/prefix/x", address, StringComparison.Ordinal);
        Assert.Equal(header, authorization?[..Math.Min(authorization.Length, header?.Length ?? 0)]);
        Assert.Equal(source.Contains("SAS", StringComparison.OrdinalIgnoreCase) || variables.Contains("Shared", StringComparison.Ordinal), address.Contains("sig=x", StringComparison.Ordinal));
        Assert.Empty(tokens.Requests);
    }

    [Theory]
    [InlineData("AZURE_STORAGE_KEY", "a2V5\n", "SharedKey a:")]
    [InlineData("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=x\r\n", null)]
    [InlineData("AZURE_STORAGE_CONNECTION_STRING", "AccountName=a;AccountKey=a2V5", "SharedKey a:")]
    public async Task Secrets_may_come_in_a_mounted_file(string variable, string text, string? header)
    {
        using var tokens = new TokenServers();
        string file = _folder.At("secret");
        await File.WriteAllTextAsync(file, text, Token);
        AzureBlobStore store = Open(tokens, "account=a", ($"{variable}_FILE", file));

        await store.StatAsync("x", Token);

        Assert.Equal($"environment variable {variable}", store.Access);
        (string address, string? authorization) = Assert.Single(_blobs.Requests);
        Assert.Equal(header, authorization?[..Math.Min(authorization.Length, header?.Length ?? 0)]);
        Assert.Equal(header is null, address.Contains("sig=x", StringComparison.Ordinal));
    }

    [Fact]
    public void A_mounted_secret_that_is_not_there_or_empty_is_said()
    {
        using var tokens = new TokenServers();
        string file = _folder.At("secret");

        UsageException absent = Assert.Throws<UsageException>(() => Open(tokens, "account=a", ("AZURE_STORAGE_KEY_FILE", file)));
        File.WriteAllText(file, "\n");
        UsageException empty = Assert.Throws<UsageException>(() => Open(tokens, "account=a", ("AZURE_STORAGE_KEY_FILE", file)));

        Assert.Equal(($"AZURE_STORAGE_KEY_FILE: '{file}' cannot be read", $"AZURE_STORAGE_KEY_FILE: '{file}' is empty"), (absent.Message, empty.Message));
    }

    [Fact]
    public async Task What_the_environment_has_for_another_account_is_not_shown_to_this_one()
    {
        using var tokens = new TokenServers { IsMachine = true };
        AzureBlobStore store = Open(tokens, $"account=mine;clientid={Guid.NewGuid()}",
            ("AZURE_STORAGE_ACCOUNT", "other"), ("AZURE_STORAGE_KEY", "a2V5"), ("AZURE_STORAGE_SAS_TOKEN", "sig=x"),
            ("AZURE_STORAGE_CONNECTION_STRING", "AccountName=other;AccountKey=a2V5"));

        await store.StatAsync("x", Token);

        Assert.Equal("managed identity", store.Access);
        Assert.Equal(("https://mine.blob.core.windows.net/data/prefix/x", "Bearer machine-token"), Assert.Single(_blobs.Requests));
    }

    [Fact]
    public async Task Workload_identity_trades_the_file_for_a_token_and_comes_before_a_client_secret()
    {
        File.WriteAllText(_folder.At("token"), "federated-assertion");
        using var tokens = new TokenServers();
        AzureBlobStore store = Open(tokens, "account=a", Workload(("AZURE_CLIENT_SECRET", Secret)));

        await store.StatAsync("x", Token);
        await store.StatAsync("y", Token);

        Assert.Equal("workload identity (AZURE_FEDERATED_TOKEN_FILE)", store.Access);
        Assert.Equal(["Bearer entra-token", "Bearer entra-token"], _blobs.Requests.Select(r => r.Authorization));
        Assert.Contains("client_assertion=federated-assertion", Assert.Single(tokens.Requests, r => r.Body.Length > 0).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workload_identity_that_fails_ends_the_search()
    {
        File.WriteAllText(_folder.At("token"), "federated-assertion");
        using var tokens = new TokenServers { Refusal = "AADSTS700016", IsMachine = true };
        AzureBlobStore store = Open(tokens, "account=a", Workload(("AZURE_CLIENT_SECRET", Secret)));

        var error = await Assert.ThrowsAsync<RemoteException>(() => store.StatAsync("x", Token));

        Assert.True(error.IsDenied);
        Assert.Equal("remote 'origin': denied: cannot sign in by workload identity (AZURE_FEDERATED_TOKEN_FILE) (AADSTS700016)", error.Message);
        Assert.Contains("no such application", error.Hint, StringComparison.Ordinal);
        Assert.Empty(_blobs.Requests);
        Assert.DoesNotContain(tokens.Requests, r => r.Address.Contains("169.254", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Workload_identity_without_its_file_ends_the_search()
    {
        using var tokens = new TokenServers { IsMachine = true };

        var error = await Assert.ThrowsAsync<RemoteException>(() => Open(tokens, "account=a", Workload()).StatAsync("x", Token));

        Assert.Contains("workload identity", error.Message, StringComparison.Ordinal);
        Assert.Empty(_blobs.Requests);
    }

    [Fact]
    public async Task A_service_principal_signs_in_with_its_secret_which_no_error_shows()
    {
        (string, string)[] variables = [("AZURE_TENANT_ID", Guid.NewGuid().ToString()), ("AZURE_CLIENT_ID", Guid.NewGuid().ToString()), ("AZURE_CLIENT_SECRET", Secret)];
        using var tokens = new TokenServers();
        AzureBlobStore store = Open(tokens, "account=a", variables);
        await store.StatAsync("x", Token);
        Assert.Equal("service principal (AZURE_CLIENT_SECRET)", store.Access);
        Assert.Equal("Bearer entra-token", Assert.Single(_blobs.Requests).Authorization);

        variables[1].Item2 = Guid.NewGuid().ToString();
        using var refusing = new TokenServers { Refusal = "AADSTS7000215" };
        var error = await Assert.ThrowsAsync<RemoteException>(() => Open(refusing, "account=a", variables).StatAsync("x", Token));

        Assert.Contains("client secret is wrong", error.Hint, StringComparison.Ordinal);
        for (Exception? e = error; e is not null; e = e.InnerException)
            Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_found_it_is_said_what_was_looked_for()
    {
        var nobody = new AzureSignIn("origin", [new("managed identity", new Nobody()), new("Azure CLI login", new Nobody())], ["AZURE_STORAGE_KEY", "AZURE_FEDERATED_TOKEN_FILE"]);

        var error = await Assert.ThrowsAsync<RemoteException>(() => nobody.GetTokenAsync(new TokenRequestContext(["scope"]), Token).AsTask());

        Assert.Equal("remote 'origin': no credentials: looked for AZURE_STORAGE_KEY, AZURE_FEDERATED_TOKEN_FILE, managed identity, Azure CLI login", error.Message);
        Assert.True(error.IsDenied);
        Assert.Contains("az login", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_without_a_metadata_service_is_found_out_by_one_request()
    {
        using var tokens = new TokenServers();
        var machine = new AzureMachineIdentity(new Nobody(), RemoteContexts.Of("azure://data"), tokens);

        await Assert.ThrowsAsync<CredentialUnavailableException>(() => machine.GetTokenAsync(new TokenRequestContext(["scope"]), Token).AsTask());

        Assert.Single(tokens.Requests);
    }

    [Theory]
    [InlineData("account=a;accountkey=a2V5;anonymous=true", "", "contradict each other")]
    [InlineData("account=a;accountkey=a2V5;sastoken=sig=1", "", "contradict each other")]
    [InlineData("account=a;accountkey=open~sesame", "", "not base64")]
    [InlineData("account=a;sastoken=open~sesame", "", "no signature")]
    [InlineData("connectionstring=open~sesame", "", "is not NAME=VALUE")]
    [InlineData("connectionstring=AccountKey=open~sesame", "", "names no account")]
    [InlineData("connectionstring=AccountName=a", "", "neither a key nor a SAS token")]
    [InlineData("", "", "no storage account is named")]
    [InlineData("account=a;storageclass=archive", "", "cannot be read")]
    [InlineData("account=a;storageclass=glacier", "", "no tier 'glacier'")]
    [InlineData("account=a;region=west", "", "'region' means nothing")]
    [InlineData("endpoint=http://127.0.0.1:1/a;clientid=c", "", "cannot be used over http://")]
    [InlineData("account=a", "AZURE_FEDERATED_TOKEN_FILE=/x;AZURE_TENANT_ID=t", "AZURE_FEDERATED_TOKEN_FILE is set, but not AZURE_CLIENT_ID")]
    [InlineData("account=a", "AZURE_CLIENT_SECRET=open~sesame;AZURE_CLIENT_ID=c", "AZURE_CLIENT_SECRET is set, but not AZURE_TENANT_ID")]
    [InlineData("account=a", "AZURE_CLIENT_CERTIFICATE_PATH=/nowhere/x.pem;AZURE_CLIENT_ID=c;AZURE_TENANT_ID=t", "cannot be read")]
    public void Options_that_cannot_be_meant_are_refused(string options, string variables, string problem)
    {
        var error = Assert.Throws<UsageException>(() => RemoteStores.Open(RemoteContexts.Of("azure://data/prefix", Pairs(options)).With(Pairs(variables))));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", $"{error} {error.Hint}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("azure://Data/x")]
    [InlineData("azure://a/x")]
    [InlineData("azure://a--b/x")]
    public void A_container_of_an_impossible_name_is_refused(string url) =>
        Assert.Contains("name of a container", Assert.Throws<UsageException>(() => RemoteStores.Open(RemoteContexts.Of(url, ("account", "a")))).Message, StringComparison.Ordinal);

    private (string, string)[] Workload(params (string, string)[] more) =>
    [
        ("AZURE_FEDERATED_TOKEN_FILE", _folder.At("token")), ("AZURE_CLIENT_ID", Guid.NewGuid().ToString()), ("AZURE_TENANT_ID", Guid.NewGuid().ToString()), .. more,
    ];

    private sealed class Nobody : TokenCredential
    {
        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            throw new CredentialUnavailableException("not here");

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new CredentialUnavailableException("not here");
    }

    /// <summary>A container where nothing is.</summary>
    private sealed class Blobs : HttpMessageHandler
    {
        private readonly List<(string Address, string? Authorization)> _requests = [];

        public IReadOnlyList<(string Address, string? Authorization)> Requests => _requests;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _requests.Add((request.RequestUri!.ToString(), request.Headers.TryGetValues("Authorization", out IEnumerable<string>? values) ? values.Single() : null));
            var answer = new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new ByteArrayContent([]) };
            answer.Headers.Add("x-ms-error-code", "BlobNotFound");
            return Task.FromResult(answer);
        }
    }
}
