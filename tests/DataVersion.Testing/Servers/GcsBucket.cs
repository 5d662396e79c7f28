namespace DataVersion.Testing.Servers;

/// <summary>An object of a bucket. Immutable; an overwrite makes a new one.</summary>
internal sealed record GcsStored(string Name, GcsContent Content, long Generation, DateTimeOffset Created, string ContentType, string StorageClass)
{
    /// <summary>Nothing here changes an object's metadata.</summary>
    public const long Metageneration = 1;
}

/// <summary>What must hold for a request to be done.</summary>
internal sealed record GcsPreconditions(long? GenerationMatch, long? GenerationNotMatch, long? MetagenerationMatch)
{
    public static GcsPreconditions From(GcsRequest request) =>
        new(request.Number("ifGenerationMatch"), request.Number("ifGenerationNotMatch"), request.Number("ifMetagenerationMatch"));

    /// <summary>Generation 0 stands for "no such object".</summary>
    public bool HoldFor(GcsStored? there) =>
        (GenerationMatch is null || GenerationMatch == (there?.Generation ?? 0))
        && (MetagenerationMatch is null || (there is not null && MetagenerationMatch == GcsStored.Metageneration))
        && !IsUnchanged(there);

    /// <summary>Whether the asker has this generation already.</summary>
    public bool IsUnchanged(GcsStored? there) => GenerationNotMatch is { } not && not == (there?.Generation ?? 0);
}

/// <summary>A bucket: names → objects. A precondition is checked in the moment of the change.</summary>
internal sealed class GcsBucket
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, GcsStored> _objects = new(StringComparer.Ordinal);
    private long _lastGeneration = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000;

    public GcsStored? Find(string name)
    {
        lock (_lock)
            return _objects.GetValueOrDefault(name);
    }

    /// <summary>Stores an object, or throws 412.</summary>
    public GcsStored Put(string name, GcsContent content, GcsUploadInfo info, GcsPreconditions preconditions)
    {
        lock (_lock)
        {
            if (!preconditions.HoldFor(_objects.GetValueOrDefault(name)))
                throw GcsRefusal.Precondition();
            var stored = new GcsStored(name, content, ++_lastGeneration, DateTimeOffset.UtcNow, info.ContentType, info.StorageClass);
            _objects[name] = stored;
            return stored;
        }
    }

    /// <summary>Deletes an object, or throws 404 or 412.</summary>
    public void Delete(string bucket, string name, GcsPreconditions preconditions)
    {
        lock (_lock)
        {
            GcsStored there = _objects.GetValueOrDefault(name) ?? throw GcsRefusal.NoObject(bucket, name);
            if (!preconditions.HoldFor(there))
                throw GcsRefusal.Precondition();
            _objects.Remove(name);
        }
    }

    public IReadOnlyList<GcsStored> All()
    {
        lock (_lock)
            return [.. _objects.Values];
    }
}
