namespace DataVersion.Remotes.S3;

/// <summary>What a server has shown that it can do. S3-compatible servers of any age are taken as they are found.</summary>
internal sealed class S3Capabilities
{
    private volatile bool _refusesConditions;
    private volatile bool _refusesConditionsOnComplete;
    private volatile bool _bucketSeen;

    /// <summary>False once a write "if absent" was answered with "not implemented".</summary>
    public bool ConditionalWrites
    {
        get => !_refusesConditions;
        set => _refusesConditions = !value;
    }

    /// <summary>The same for the completion of uploads in parts, which came later.</summary>
    public bool ConditionalCompletes
    {
        get => !_refusesConditionsOnComplete && ConditionalWrites;
        set => _refusesConditionsOnComplete = !value;
    }

    /// <summary>True once an answer has shown that the bucket is there: "404" then means the name.</summary>
    public bool BucketSeen
    {
        get => _bucketSeen;
        set => _bucketSeen = value;
    }
}
