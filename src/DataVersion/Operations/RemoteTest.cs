using System.Security.Cryptography;
using DataVersion.Configuration;
using DataVersion.Objects;
using DataVersion.Storage;

namespace DataVersion.Operations;

/// <summary>What <c>dv remote test</c> shall try.</summary>
public sealed record RemoteTestRequest
{
    /// <summary>The remote; null for the default one.</summary>
    public string? Remote { get; init; }

    /// <summary>Write nothing: what a pull needs, and no more.</summary>
    public bool ReadOnly { get; init; }
}

/// <summary>How one check ended.</summary>
public enum CheckOutcome
{
    /// <summary>It works.</summary>
    Ok,

    /// <summary>It does not.</summary>
    Failed,

    /// <summary>It was not tried; the check's detail says why.</summary>
    Skipped,
}

/// <summary>One thing that was tried.</summary>
/// <param name="Name">What: <c>identity</c>, <c>list</c>, <c>put-if-absent</c>, <c>read</c>, <c>range</c>, <c>delete</c>.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Detail">What was found, or what is wrong; null where there is nothing to say.</param>
/// <param name="Hint">What to do about it.</param>
public sealed record RemoteCheck(string Name, CheckOutcome Outcome, long Milliseconds, string? Detail, string? Hint);

/// <summary>What a test found.</summary>
/// <param name="Remote">The remote's name.</param>
/// <param name="Location">Where it is, without credentials.</param>
/// <param name="Credentials">Where the credentials came from; null where none are needed or none were found.</param>
/// <param name="Checks">What was tried, in order.</param>
/// <param name="Requests">What it cost; 0 where no network is between.</param>
public sealed record RemoteTestResult(string Remote, string Location, string? Credentials, IReadOnlyList<RemoteCheck> Checks, long Requests)
{
    /// <summary>False where something does not work.</summary>
    public bool Ok => Checks.All(c => c.Outcome != CheckOutcome.Failed);
}

/// <summary>Tries, with a small object of its own, what pushes and pulls need of a remote. The object is removed again.</summary>
public sealed class RemoteTest(Repository repository)
{
    private const string ProbeFolder = ObjectLayout.Prefix + "probes/";
    private static readonly string[] WritingChecks = ["put-if-absent", "read", "range", "delete"];
    private static readonly byte[] Probe = "dv remote test\n"u8.ToArray();

    private readonly List<RemoteCheck> _checks = [];

    /// <summary>Runs the command.</summary>
    /// <exception cref="UsageException">There is no such remote.</exception>
    public async Task<RemoteTestResult> RunAsync(RemoteTestRequest request, CancellationToken cancellationToken)
    {
        RemoteSettings remote = repository.Settings.RequireRemote(request.Remote);
        var meter = new RequestMeter();
        IBlobStore store = repository.OpenRemote(remote, meter);
        await CheckAsync("identity", () => IdentifyAsync(store, remote, store.Traits.ReadOnly || request.ReadOnly, cancellationToken));
        if (store.Traits.Listable)
            await CheckAsync("list", () => ListAsync(store, cancellationToken));
        else
            _checks.Add(new RemoteCheck("list", CheckOutcome.Skipped, 0, "a plain web server cannot be listed; pulls need no list", null));
        if (request.ReadOnly || store.Traits.ReadOnly || !remote.Trusted)
        {
            string why = request.ReadOnly ? "not asked for" : store.Traits.ReadOnly ? "this remote is read-only" : $"not trusted: dv remote trust {remote.Name}";
            _checks.AddRange(WritingChecks.Select(name => new RemoteCheck(name, CheckOutcome.Skipped, 0, why, null)));
        }
        else
        {
            await WriteAsync(store, $"{ProbeFolder}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}", cancellationToken);
        }
        return new RemoteTestResult(remote.Name, store.Location, store.Access, _checks, meter.Requests);
    }

    /// <summary>What is there; where nothing is, what a push would make, whose settings must therefore hold also where something is.</summary>
    private static async Task<string?> IdentifyAsync(IBlobStore store, RemoteSettings remote, bool readOnly, CancellationToken cancellationToken)
    {
        string made = readOnly ? "" : $"; it will be {RemoteFormat.Of(remote)}";
        return await StoreIdentity.ReadAsync(store, remote.Name, cancellationToken) is { } identity
            ? $"a remote of this format, {identity.Id}, {identity.Format}"
            : $"nothing was pushed here yet{made}";
    }

    private async Task WriteAsync(IBlobStore store, string name, CancellationToken cancellationToken)
    {
        bool written = await CheckAsync("put-if-absent", async () =>
        {
            await store.WriteAsync(name, new BytesContent(Probe), WriteMode.IfAbsent, cancellationToken);
            WriteOutcome again = await store.WriteAsync(name, new BytesContent(Probe), WriteMode.IfAbsent, cancellationToken);
            if (again != WriteOutcome.AlreadyThere)
                throw new RemoteException(store.Location, "a second write of the same name was not told that it is taken");
            return store.Traits.AtomicIfAbsent ? null : "this server cannot do it in one step: asked first, then written";
        });
        if (!written)
            return;
        await CheckAsync("read", async () =>
        {
            byte[]? bytes = await ReadAsync(store, name, null, cancellationToken);
            return bytes.AsSpan().SequenceEqual(Probe) ? null : throw new RemoteException(store.Location, "other bytes came back than were written");
        });
        await CheckAsync("range", async () =>
        {
            byte[]? bytes = await ReadAsync(store, name, new ByteRange(3, 6), cancellationToken);
            return bytes.AsSpan().SequenceEqual(Probe.AsSpan(3, 6)) ? null : throw new RemoteException(store.Location, "a range of the object was not that range");
        });
        await CheckAsync("delete", async () =>
        {
            await store.DeleteAsync(name, null, cancellationToken);
            return await store.StatAsync(name, cancellationToken) is null ? null : throw new RemoteException(store.Location, "the object is still there");
        });
    }

    private static async Task<string?> ListAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        await foreach (BlobInfo _ in store.ListAsync(ObjectLayout.CollectPrefix, cancellationToken))
            break;
        return null;
    }

    private static async Task<byte[]?> ReadAsync(IBlobStore store, string name, ByteRange? range, CancellationToken cancellationToken)
    {
        await using Stream stream = await store.OpenReadAsync(name, range, cancellationToken);
        return await BoundedReader.ReadAsync(stream, Probe.Length, cancellationToken);
    }

    private async Task<bool> CheckAsync(string name, Func<Task<string?>> check)
    {
        long start = repository.Clock.GetTimestamp();
        try
        {
            string? detail = await check();
            Add(CheckOutcome.Ok, detail, null);
            return true;
        }
        catch (DataVersionException e)
        {
            Add(CheckOutcome.Failed, e.Message, e.Hint);
            return false;
        }

        void Add(CheckOutcome outcome, string? detail, string? hint) =>
            _checks.Add(new RemoteCheck(name, outcome, (long)repository.Clock.GetElapsedTime(start).TotalMilliseconds, detail, hint));
    }
}
