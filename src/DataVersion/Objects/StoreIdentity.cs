using System.Text.Json;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>What <c>dv.json</c> says: which remote this is, and how objects lie there. It is put before the first object.</summary>
/// <param name="Id">What the remote calls itself, whatever its URL.</param>
/// <param name="Format">How objects lie there.</param>
internal sealed record StoreIdentity(string Id, StoreFormat Format)
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxIdLength = 64;

    /// <summary>Reads the document; null where nothing was ever pushed there.</summary>
    public static async Task<StoreIdentity?> ReadAsync(IBlobStore store, string remote, CancellationToken cancellationToken)
    {
        string name = $"{remote}: {ObjectLayout.StoreDocument}";
        byte[]? bytes = await BoundedReader.TryReadAsync(store, ObjectLayout.StoreDocument, MaxBytes, name, cancellationToken);
        return bytes is null ? null : Check(StoreJson.Read(bytes, name, StoreJson.Default.StoreDocument), remote, name);
    }

    /// <summary>Reads the document, which is written first where there is none.</summary>
    public static async Task<StoreIdentity> EnsureAsync(
        IBlobStore store, string remote, Func<string> newId, StoreFormat format, CancellationToken cancellationToken)
    {
        if (await TryReadAsync(store, remote, cancellationToken) is { } known)
            return known;
        return await WriteAsync(store, remote, new StoreIdentity(newId(), format), WriteMode.IfAbsent, cancellationToken);
    }

    /// <summary>Adds to how objects may lie on a remote. What lies there stays as it is; clients that do not know the new words refuse the remote from now on.</summary>
    /// <returns>The document as it is now; null where nothing was ever pushed there.</returns>
    public static async Task<StoreIdentity?> UpgradeAsync(IBlobStore store, string remote, StoreFormat format, CancellationToken cancellationToken)
    {
        StoreIdentity? known = await TryReadAsync(store, remote, cancellationToken);
        // Looked at again after each write: of two upgrades at once, the later one may not have seen what the other one added.
        while (known is not null && known.Format.With(format) is var wanted && wanted != known.Format)
            known = await WriteAsync(store, remote, known with { Format = wanted }, WriteMode.Overwrite, cancellationToken);
        return known;
    }

    private static async Task<StoreIdentity> WriteAsync(
        IBlobStore store, string remote, StoreIdentity identity, WriteMode mode, CancellationToken cancellationToken)
    {
        StoreFormat format = identity.Format;
        var document = new StoreDocument(1, identity.Id, format.Packs ? ["plain", "packed"] : ["plain"], format.Requires);
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(document, StoreJson.Default.StoreDocument);
        await store.WriteAsync(ObjectLayout.StoreDocument, new BytesContent(bytes), mode, cancellationToken);
        // Another push may have been first: what counts is what is there now.
        return await ReadAsync(store, remote, cancellationToken)
            ?? throw new RemoteException(remote, "what was just written to it is not there", "is it one place, or several behind one name?");
    }

    private static async Task<StoreIdentity?> TryReadAsync(IBlobStore store, string remote, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(store, remote, cancellationToken);
        }
        catch (RemoteException e) when (e.IsPlaceMissing)
        {
            // The first write makes it, or says why it cannot.
            return null;
        }
    }

    private static StoreIdentity Check(StoreDocument document, string remote, string name)
    {
        if (document.Version is not { } version || document.Id is not { } id || document.Layouts is not { } layouts)
            throw new InvalidFormatException(name, null, "lacks a version, an id or layouts", null, ErrorKind.Remote);
        if (version != 1)
            throw TooNew(remote, $"version {version} of the format");
        IReadOnlyList<string> requires = document.Requires ?? [];
        foreach (string? word in requires)
        {
            // JSON may have null among the words.
            if (word is not ("packs" or "zstd"))
                throw TooNew(remote, $"'{Clean(word)}'");
        }
        if (!layouts.Contains("plain"))
            throw TooNew(remote, $"the layout '{Clean(layouts.Count > 0 ? layouts[0] : "none")}'");
        // Local notes are filed under the id: it must be a name, whoever wrote it.
        if (id.Length is 0 or > MaxIdLength || !id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw new InvalidFormatException(name, null, "its id is not made of letters, digits and '-'", null, ErrorKind.Remote);
        var format = new StoreFormat(requires.Contains("packs"), requires.Contains("zstd"));
        return format.Packs || !format.Zstd
            ? new StoreIdentity(id, format)
            : throw new InvalidFormatException(name, null, "requires zstd without packs", null, ErrorKind.Remote);
    }

    private static UsageException TooNew(string remote, string what) =>
        new($"remote '{remote}' needs {what}, which this dv does not know", "install a newer dv");

    private static string Clean(string? text) => PathRules.Printable((text ?? "null")[..Math.Min(text?.Length ?? 4, 60)]);
}
