using DataVersion.Storage;

namespace DataVersion.Testing.Stores;

/// <summary>The requests that a blob store answers.</summary>
public enum Verb
{
    /// <summary><see cref="IBlobStore.StatAsync"/>.</summary>
    Stat,

    /// <summary><see cref="IBlobStore.OpenReadAsync"/>.</summary>
    Read,

    /// <summary><see cref="IBlobStore.WriteAsync"/>.</summary>
    Write,

    /// <summary><see cref="IBlobStore.ListAsync"/>.</summary>
    List,

    /// <summary><see cref="IBlobStore.DeleteAsync"/>.</summary>
    Delete,
}

/// <summary>What goes wrong with one request.</summary>
public abstract record Fault
{
    /// <summary>The request fails before anything was done.</summary>
    public sealed record Throws(Func<Exception> Make) : Fault;

    /// <summary>The request is done, and then its answer is lost.</summary>
    public sealed record LosesAnswer(Func<Exception> Make) : Fault;

    /// <summary>The request waits for <paramref name="Gate"/> (or to be cancelled), then goes on as usual.</summary>
    public sealed record Waits(Task Gate) : Fault;

    /// <summary>A read breaks after so many bytes.</summary>
    public sealed record BreaksAfter(long Bytes, Func<Exception> Make) : Fault;

    /// <summary>A read ends after so many bytes as if that were all.</summary>
    public sealed record EndsAfter(long Bytes) : Fault;

    /// <summary>A read hands out one byte changed.</summary>
    public sealed record FlipsByte(long Offset) : Fault;

    /// <summary>A read goes on with so many zeros after the end.</summary>
    public sealed record Appends(long Bytes) : Fault;

    /// <summary>A stat tells another size.</summary>
    public sealed record SaysSize(long Size) : Fault;

    /// <summary>A passing failure, as of a broken connection.</summary>
    public static RemoteException Transient() => new("faulty", "connection reset") { IsTransient = true };

    /// <summary>A failure that stays.</summary>
    public static RemoteException Denied() => new("faulty", "access denied");
}
