using DataVersion.Remotes.Http;
using DataVersion.Storage;

namespace DataVersion.Remotes.S3;

/// <summary>Opens <c>s3://bucket/prefix</c>.</summary>
internal static class S3Remote
{
    private static readonly string[] KnownOptions =
    [
        "accesskeyid", "anonymous", "cafile", "checksums", "credentialfile", "encryption", "endpoint", "kmskey", "pathstyle",
        "profile", "region", "requesterpays", "secretaccesskey", "sessiontoken", "storageclass",
    ];

    /// <summary>The store. Nothing is asked of it before the first request.</summary>
    /// <exception cref="UsageException">Options that contradict each other, or that S3 does not know.</exception>
    public static IBlobStore Open(RemoteContext context)
    {
        RemoteOptions.RequireKnown(context, KnownOptions);
        // The AWS tools' variable for the same thing.
        if (context.Option("cafile") is null && context.Variable("AWS_CA_BUNDLE") is { } bundle)
            context = context with { Settings = context.Settings with { Options = new Dictionary<string, string>(context.Settings.Options) { ["cafile"] = bundle } } };
        AwsProfiles profiles = AwsProfiles.Of(context);
        string profile = context.Option("profile") ?? context.Variable("AWS_PROFILE") ?? AwsProfiles.Default;
        return Open(context, S3Options.From(context, profiles.RegionOf(profile)), profiles);
    }

    internal static IBlobStore Open(RemoteContext context, S3Options options, AwsProfiles profiles)
    {
        KeySource keys = KeyChain.Choose(context, profiles, options.Location, options.Region);
        var transport = new S3Transport(options, new HttpMessageInvoker(RemoteHttp.CreateHandler(context)), keys, context.Clock);
        return new S3BlobStore(new S3Caller(options, new S3Client(transport), context.Clock), keys);
    }
}
