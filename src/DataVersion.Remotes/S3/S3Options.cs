using System.Text.RegularExpressions;
using DataVersion.Configuration;

namespace DataVersion.Remotes.S3;

/// <summary>A remote's S3 settings, read and checked.</summary>
internal sealed partial record S3Options
{
    private const string DefaultRegion = "us-east-1";
    private static readonly string[] StorageClasses =
        ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"];

    /// <summary>The remote's name, for messages about its settings.</summary>
    public required string Remote { get; init; }

    /// <summary>The bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>What every key begins with: empty, or ends in '/'.</summary>
    public required string Prefix { get; init; }

    /// <summary>Where the bucket is reached, without a '/' at its end: the host, or the host and the bucket.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The region that requests are signed for.</summary>
    public required string Region { get; init; }

    /// <summary>True where uploads carry the checksum of AWS, CRC-64/NVME, which it keeps with the object.</summary>
    public required bool Checksums { get; init; }

    /// <summary>True where the signature covers what is sent: where nothing else checks it, and where others could change it with its checksum.</summary>
    public bool SignPayloads => !Checksums || Endpoint.Scheme != "https";

    /// <summary>Encryption on the server: <c>AES256</c>, <c>aws:kms</c>, or null for what the bucket does by itself.</summary>
    public string? Encryption { get; init; }

    /// <summary>The key for <c>aws:kms</c>; null for the account's own.</summary>
    public string? KmsKey { get; init; }

    /// <summary>The storage class; null for what the bucket does by itself.</summary>
    public string? StorageClass { get; init; }

    /// <summary>True where this user agrees to pay for requests.</summary>
    public bool RequesterPays { get; init; }

    /// <summary>How long nothing may move before a request is given up.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The remote's URL, for messages.</summary>
    public string Location => $"s3://{Bucket}{(Prefix.Length == 0 ? "" : "/")}{Prefix.TrimEnd('/')}";

    /// <exception cref="UsageException">A value that S3 does not know.</exception>
    public static S3Options From(RemoteContext context, string? profileRegion)
    {
        string remote = context.Settings.Name;
        RemoteUrl url = context.Url;
        if (!BucketPattern().IsMatch(url.Authority))
            throw Invalid(remote, $"'{url.Authority}' cannot be a bucket's name", "3 to 63 letters, digits, '.', '-' and '_'");
        string region = context.Option("region") ?? context.Variable("AWS_REGION") ?? context.Variable("AWS_DEFAULT_REGION") ?? profileRegion ?? DefaultRegion;
        if (!RegionPattern().IsMatch(region))
            throw Invalid(remote, $"'{region}' is not a region", "a region looks like eu-central-1");
        Uri? custom = CustomEndpoint(context);
        bool isAws = custom is null || custom.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase);
        Uri host = custom ?? new Uri($"https://s3.{region}.{DnsSuffix(region)}");
        string? encryption = Known(remote, context.Option("encryption"), "encryption", ["AES256", "aws:kms"]);
        if (context.Option("kmskey") is not null && encryption != "aws:kms")
            throw Invalid(remote, "kmskey is set, but encryption is not aws:kms", $"dv remote modify {remote} encryption aws:kms");
        return new S3Options
        {
            Remote = remote,
            Bucket = url.Authority,
            Prefix = url.Path.Length == 0 ? "" : $"{url.Path}/",
            Endpoint = PlaceOf(host, url.Authority, context.Flag("pathstyle") ?? !isAws),
            Region = region,
            Checksums = context.Flag("checksums") ?? isAws,
            Encryption = encryption,
            KmsKey = context.Option("kmskey"),
            StorageClass = StorageClassOf(remote, context.Option("storageclass"), isAws),
            RequesterPays = context.Flag("requesterpays") ?? false,
        };
    }

    /// <summary>The domain of AWS services in the part of the world that a region belongs to.</summary>
    public static string DnsSuffix(string region) => region switch
    {
        _ when region.StartsWith("cn-", StringComparison.Ordinal) => "amazonaws.com.cn",
        _ when region.StartsWith("us-isob-", StringComparison.Ordinal) => "sc2s.sgov.gov",
        _ when region.StartsWith("us-iso-", StringComparison.Ordinal) => "c2s.ic.gov",
        _ => "amazonaws.com",
    };

    private static Uri? CustomEndpoint(RemoteContext context)
    {
        string? text = context.Option("endpoint") ?? context.Variable("AWS_ENDPOINT_URL_S3") ?? context.Variable("AWS_ENDPOINT_URL");
        if (text is null)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.Query.Length == 0
            ? uri
            : throw Invalid(context.Settings.Name, $"'{RemoteUrl.Redact(text)}' is not the address of an S3 endpoint", "it looks like https://host:port");
    }

    private static Uri PlaceOf(Uri host, string bucket, bool pathStyle)
    {
        // A certificate's wildcard stands for one label: a bucket with dots can be reached over TLS by its path only.
        if (pathStyle || (host.Scheme == "https" && bucket.Contains('.', StringComparison.Ordinal)))
            return new Uri($"{host.AbsoluteUri.TrimEnd('/')}/{bucket}");
        return new UriBuilder(host) { Host = $"{bucket}.{host.Host}" }.Uri;
    }

    private static string? StorageClassOf(string remote, string? value, bool isAws)
    {
        if (value is "GLACIER" or "DEEP_ARCHIVE")
            throw Invalid(remote, $"what lies in storage class {value} cannot be read back at once", "GLACIER_IR can; or move old data by a lifecycle rule");
        // Other servers have classes of their own.
        if (!isAws && value is not null)
            return ClassPattern().IsMatch(value) ? value : throw Invalid(remote, $"'{value}' cannot be a storage class", "letters, digits, '-' and '_'");
        return Known(remote, value, "storageclass", StorageClasses);
    }

    private static string? Known(string remote, string? value, string option, string[] known) => value is null || known.Contains(value, StringComparer.Ordinal)
        ? value
        : throw Invalid(remote, $"{option} '{value}' is not known", $"known are {string.Join(", ", known)}");

    private static UsageException Invalid(string remote, string problem, string hint) => new($"remote '{remote}': {problem}", hint);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$")]
    private static partial Regex BucketPattern();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
    private static partial Regex RegionPattern();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ClassPattern();
}
