namespace DataVersion.Remotes.S3;

/// <summary>An access key, as requests are signed with.</summary>
/// <param name="AccessKeyId">Its public half.</param>
/// <param name="SecretAccessKey">Its secret.</param>
/// <param name="SessionToken">What a temporary key needs beside; null for a lasting one.</param>
/// <param name="Expires">When it ends; null where it lasts, or its source renews it.</param>
internal sealed record S3Keys(string AccessKeyId, string SecretAccessKey, string? SessionToken = null, DateTimeOffset? Expires = null)
{
    /// <summary>Keeps the secrets out of logs that print records.</summary>
    public override string ToString() => AccessKeyId;
}
