namespace DataVersion.Caching;

/// <summary>The right to download something into a cache that others use too. Dispose it when that is in the cache, or cannot be had.</summary>
internal sealed class DownloadClaim : IDisposable
{
    private readonly DownloadClaims _owner;
    private long _expected;
    private int _progressed = 1;

    internal DownloadClaim(DownloadClaims owner, string name, ClaimLine? line)
    {
        _owner = owner;
        Name = name;
        Line = line;
    }

    /// <summary>What is claimed.</summary>
    public string Name { get; }

    /// <summary>What the claim's file says; null where none could be written: then nobody is kept from doing the same.</summary>
    public ClaimLine? Line { get; }

    /// <summary>So many bytes are to come: until then the claim lives by their coming, after that until it is disposed.</summary>
    public void Expect(long bytes) => Interlocked.Exchange(ref _expected, bytes);

    /// <summary>Bytes have come; less than none where they must come again.</summary>
    public void Advanced(long bytes)
    {
        Interlocked.Add(ref _expected, -bytes);
        Volatile.Write(ref _progressed, 1);
    }

    /// <inheritdoc/>
    public void Dispose() => _owner.Release(this);

    /// <summary>True if the claim deserves to live on: something happened since this was asked last, or all is here and about to be published.</summary>
    internal bool TakeProgress() => Interlocked.Exchange(ref _progressed, 0) != 0 || Interlocked.Read(ref _expected) <= 0;
}
