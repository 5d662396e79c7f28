using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DataVersion.Objects;

namespace DataVersion.Configuration;

/// <summary>
/// The remotes that the user trusts, in a file outside every repository. A line is the hash of a remote's name, URL and what the repository
/// says about it beyond the harmless, then the name and the URL for the reader: when one of these values changes, the trust is gone.
/// </summary>
/// <param name="file">Absolute path; null where the user has no place for it, so that nothing can be recorded.</param>
public sealed class RemoteTrust(string? file)
{
    private const string Heading = "# Remotes that may be pushed to and given credentials (dv remote trust). Remove a line to end a trust.";
    private const int MaxLength = 16 << 20;

    /// <summary>True where trusts can be recorded.</summary>
    public bool CanRecord => file is not null;

    /// <summary>True where exactly this remote was trusted.</summary>
    /// <exception cref="FileAccessException">The file cannot be read.</exception>
    public bool IsTrusted(RemoteSettings remote) => ReadLines().Any(line => Matches(line, Digest(remote)));

    /// <summary>Records that this remote, as it is now, is trusted.</summary>
    /// <exception cref="UsageException">There is no place to record it.</exception>
    /// <exception cref="FileAccessException">The file cannot be written.</exception>
    public void Trust(RemoteSettings remote, CancellationToken cancellationToken)
    {
        string path = file
            ?? throw new UsageException("there is no home directory to record the trust in", "set HOME, or DV_TRUST_REMOTE=1 to trust every remote");
        ConfigDisk.Update(ConfigDisk.FollowLinks(path), path + ".lock", isPrivate: true, () =>
        {
            List<string> lines = [.. ReadLines()];
            if (lines.Exists(line => Matches(line, Digest(remote))))
                return null;
            if (lines.Count == 0)
                lines.Add(Heading);
            lines.Add($"{Digest(remote)} {remote.Name} {PathRules.Printable(remote.Url)}");
            return Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        }, cancellationToken);
    }

    private static bool Matches(string line, string digest) =>
        line.StartsWith(digest, StringComparison.Ordinal) && line.Length > digest.Length && line[digest.Length] == ' ';

    private string[] ReadLines() => file is not null && ConfigDisk.TryRead(ConfigDisk.FollowLinks(file), MaxLength) is { } bytes
        ? Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        : [];

    /// <summary>Each field is preceded by its length, so that no two remotes write the same bytes.</summary>
    private static string Digest(RemoteSettings remote)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, "dv-remote-trust 1");
        Append(hash, remote.Name);
        Append(hash, remote.Url);
        foreach ((string name, string value) in remote.Committed.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            Append(hash, name);
            Append(hash, value);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string field)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(field);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
