using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace DataVersion.Testing.Servers;

/// <summary>
/// Hands out access tokens as Google's token endpoint, security token service and metadata server do, and knows which it has handed
/// out; writes the credential files that lead there.
/// </summary>
public sealed class GcsTokens : IDisposable
{
    private const string SubjectToken = "from-another-cloud";

    private readonly ConcurrentDictionary<string, string> _valid = new();
    private readonly Lazy<RSA> _key = new(() => RSA.Create(2048));
    private readonly Uri _endpoint;
    private int _issued;

    internal GcsTokens(Uri endpoint) => _endpoint = endpoint;

    /// <summary>How each token was got, in order: "service account", "federation", "metadata", "test".</summary>
    public ConcurrentQueue<string> Issued { get; } = new();

    /// <summary>Makes every token that was handed out invalid.</summary>
    public void RevokeAll() => _valid.Clear();

    /// <summary>A valid token, as if somebody had got it elsewhere.</summary>
    public string Issue(string how = "test")
    {
        string token = $"ya29.{Interlocked.Increment(ref _issued)}-{Guid.NewGuid():N}";
        _valid[token] = how;
        Issued.Enqueue(how);
        return token;
    }

    /// <summary>Writes a service account's key file.</summary>
    public void WriteServiceAccount(string file) => Write(file, new JsonObject
    {
        ["type"] = "service_account",
        ["project_id"] = "test",
        ["private_key_id"] = "1",
        ["private_key"] = _key.Value.ExportPkcs8PrivateKeyPem(),
        ["client_email"] = "robot@test.iam.gserviceaccount.com",
        ["client_id"] = "1",
        ["token_uri"] = new Uri(_endpoint, "/token").AbsoluteUri,
    });

    /// <summary>Writes a configuration of workload identity federation whose subject token lies in <paramref name="subjectFile"/>.</summary>
    public void WriteExternalAccount(string file, string subjectFile)
    {
        File.WriteAllText(subjectFile, SubjectToken);
        Write(file, new JsonObject
        {
            ["type"] = "external_account",
            ["audience"] = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/test",
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
            ["token_url"] = new Uri(_endpoint, "/sts/v1/token").AbsoluteUri,
            ["credential_source"] = new JsonObject { ["file"] = subjectFile },
        });
    }

    public void Dispose()
    {
        if (_key.IsValueCreated)
            _key.Value.Dispose();
    }

    internal void Check(GcsRequest request)
    {
        string? header = request.Header("Authorization");
        if (header is null)
            throw new GcsRefusal(401, "required", "Anonymous caller does not have storage access to the Google Cloud Storage object.");
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || !_valid.ContainsKey(header["Bearer ".Length..]))
            throw new GcsRefusal(401, "authError", "Invalid Credentials");
    }

    /// <summary>Answers what is asked of the token endpoints; null where the request is for none of them.</summary>
    internal Task? TryAnswer(GcsRequest request) => request.RawPath switch
    {
        "/token" => ExchangeAsync(request, HowOf),
        "/sts/v1/token" => ExchangeAsync(request, form => form.GetValueOrDefault("subject_token") == SubjectToken ? "federation" : null),
        "/computeMetadata/v1/instance/service-accounts/default/token" => MetadataAsync(request),
        "/" => ProbeAsync(request),
        _ => null,
    };

    private static void Write(string file, JsonObject json) => File.WriteAllText(file, json.ToJsonString());

    private static Task ProbeAsync(GcsRequest request)
    {
        request.Context.Response.AddHeader("Metadata-Flavor", "Google");
        return GcsAnswer.TextAsync(request, "computeMetadata/\n", "application/text", 200);
    }

    private async Task ExchangeAsync(GcsRequest request, Func<Dictionary<string, string>, string?> judge)
    {
        string body = Encoding.UTF8.GetString(await request.ReadBodyAsync());
        Dictionary<string, string> form = body.Split('&').Select(p => p.Split('=', 2)).ToDictionary(p => WebUtility.UrlDecode(p[0]), p => WebUtility.UrlDecode(p[^1]));
        if (judge(form) is { } how)
            await GcsAnswer.TextAsync(request, TokenAnswer(how), "application/json", 200);
        else
            await GcsAnswer.TextAsync(request, """{"error":"invalid_grant","error_description":"Bad Request"}""", "application/json", 400);
    }

    private Task MetadataAsync(GcsRequest request) => request.Header("Metadata-Flavor") == "Google"
        ? GcsAnswer.TextAsync(request, TokenAnswer("metadata"), "application/json", 200)
        : GcsAnswer.TextAsync(request, "Missing Metadata-Flavor:Google header.", "text/html", 403);

    private string TokenAnswer(string how) => new JsonObject
    {
        ["access_token"] = Issue(how),
        ["expires_in"] = 3599,
        ["token_type"] = "Bearer",
        ["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
    }.ToJsonString();

    private string? HowOf(Dictionary<string, string> form)
    {
        string[] parts = form.GetValueOrDefault("assertion", "").Split('.');
        bool signed = parts.Length == 3 && _key.IsValueCreated && _key.Value.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), System.Buffers.Text.Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return signed ? "service account" : null;
    }
}
