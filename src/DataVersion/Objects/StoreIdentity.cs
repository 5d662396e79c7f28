using System.Text.Json;
using DataVersion.Storage;

namespace DataVersion.Objects;

/// <summary>Reads <c>dv.json</c>, and puts it before the first object.</summary>
internal static class StoreIdentity
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxIdLength = 64;

    /// <summary>The remote's id; null where nothing was ever pushed there.</summary>
    public static async Task<string?> ReadAsync(IBlobStore store, string remote, CancellationToken cancellationToken)
    {
        string name = $"{remote}: {ObjectLayout.StoreDocument}";
        byte[]? bytes = await BoundedReader.TryReadAsync(store, ObjectLayout.StoreDocument, MaxBytes, name, cancellationToken);
        return bytes is null ? null : Check(StoreJson.Read(bytes, name, StoreJson.Default.StoreDocument), remote, name);
    }

    /// <summary>The remote's id, which it gets where it has none.</summary>
    public static async Task<string> EnsureAsync(IBlobStore store, string remote, Func<string> newId, CancellationToken cancellationToken)
    {
        if (await TryReadAsync(store, remote, cancellationToken) is { } known)
            return known;
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(new StoreDocument(1, newId(), ["plain"], []), StoreJson.Default.StoreDocument);
        await store.WriteAsync(ObjectLayout.StoreDocument, new BytesContent(bytes), WriteMode.IfAbsent, cancellationToken);
        // Another push may have been first: what counts is what is there now.
        return await ReadAsync(store, remote, cancellationToken)
            ?? throw new RemoteException(remote, "what was just written to it is not there", "is it one place, or several behind one name?");
    }

    private static async Task<string?> TryReadAsync(IBlobStore store, string remote, CancellationToken cancellationToken)
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

    private static string Check(StoreDocument document, string remote, string name)
    {
        if (document.Version is not { } version || document.Id is not { } id || document.Layouts is not { } layouts)
            throw new InvalidFormatException(name, null, "lacks a version, an id or layouts", null, ErrorKind.Remote);
        if (version != 1)
            throw TooNew(remote, $"version {version} of the format");
        if (document.Requires is { Count: > 0 } requires)
            throw TooNew(remote, $"'{Clean(requires[0])}'");
        if (!layouts.Contains("plain"))
            throw TooNew(remote, $"the layout '{Clean(layouts.Count > 0 ? layouts[0] : "none")}'");
        // Local notes are filed under the id: it must be a name, whoever wrote it.
        if (id.Length is 0 or > MaxIdLength || !id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw new InvalidFormatException(name, null, "its id is not made of letters, digits and '-'", null, ErrorKind.Remote);
        return id;
    }

    private static UsageException TooNew(string remote, string what) =>
        new($"remote '{remote}' needs {what}, which this dv does not know", "install a newer dv");

    private static string Clean(string? text) => PathRules.Printable((text ?? "null")[..Math.Min(text?.Length ?? 4, 60)]);
}
