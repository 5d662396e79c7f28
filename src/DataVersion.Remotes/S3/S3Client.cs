using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;

namespace DataVersion.Remotes.S3;

/// <summary>
/// The SDK's client: its requests, answers and formats, over our own transport. What the SDK would put between (retries, checksums of its
/// own choosing, endpoint rules, metrics) is left out, so that each of these is decided in one place, and a small object costs little.
/// </summary>
internal sealed class S3Client : AmazonS3Client
{
    public S3Client(S3Transport transport)
        : base(new AnonymousAWSCredentials(), Settings())
    {
        // The first is the innermost.
        RuntimePipeline = new RuntimePipeline([transport, new Marshaller()]);
    }

    // Every value that the SDK would else look for in the process's environment and the user's files.
    private static AmazonS3Config Settings() => new()
    {
        ServiceURL = "https://s3.invalid",
        AuthenticationRegion = "us-east-1",
        DefaultConfigurationMode = DefaultConfigurationMode.Standard,
        DisableLogging = true,
        RetryMode = RequestRetryMode.Standard,
        MaxErrorRetry = 0,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        AccountIdEndpointMode = AccountIdEndpointMode.DISABLED,
        ClientAppId = "dv",
        UseArnRegion = false,
        DisableS3ExpressSessionAuth = true,
        DisableMultiregionAccessPoints = true,
        UseDualstackEndpoint = false,
        UseFIPSEndpoint = false,
        IgnoreConfiguredEndpointUrls = true,
    };
}
