using System.Security.Cryptography;

namespace DataVersion.Testing.Servers;

/// <summary>A body as it comes: its length and hash always, its bytes while they are few.</summary>
internal sealed class MlflowServerBody(long keptBytes) : IDisposable
{
    private readonly MemoryStream _kept = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Length { get; private set; }

    public string? Sha256 { get; private set; }

    public Task TakeAsync(ReadOnlyMemory<byte> piece)
    {
        Length += piece.Length;
        if (Length <= keptBytes)
        {
            _kept.Write(piece.Span);
            _hash.AppendData(piece.Span);
        }
        return Task.CompletedTask;
    }

    public byte[] Bytes() => _kept.ToArray();

    /// <summary>What is stored of it.</summary>
    public MlflowStoredArtifact Store()
    {
        if (Length <= keptBytes)
            Sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset());
        return new MlflowStoredArtifact(Length, Sha256, Length <= keptBytes ? Bytes() : null);
    }

    public void Dispose()
    {
        _kept.Dispose();
        _hash.Dispose();
    }
}

/// <summary>An artifact on the fake server.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Null for a large one.</param>
/// <param name="Bytes">Null for a large one.</param>
public sealed record MlflowStoredArtifact(long Length, string? Sha256, byte[]? Bytes);
