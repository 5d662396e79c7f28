using System.Runtime.CompilerServices;
using System.Text.Json;

namespace DataVersion.Tracking.Manifests;

/// <summary>Reads the bytes of a manifest in pieces and hands them to <see cref="ManifestParser"/>; no token may be longer than a piece.</summary>
internal sealed class ManifestReader(string title)
{
    private const int PieceSize = 64 * 1024;
    private const int MaxPiece = 1024 * 1024;

    public async IAsyncEnumerable<ManifestEntry> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parser = new ManifestParser();
        var found = new List<ManifestEntry>();
        byte[] piece = new byte[PieceSize];
        int held = 0;
        for (bool last = false; !last;)
        {
            int read = await stream.ReadAsync(piece.AsMemory(held), cancellationToken);
            held += read;
            last = read == 0;
            int used = Parse(parser, piece.AsSpan(0, held), last, found);
            foreach (ManifestEntry entry in found)
                yield return entry;
            found.Clear();
            piece.AsSpan(used, held - used).CopyTo(piece);
            held -= used;
            if (held == piece.Length)
                piece = Grow(piece);
        }
        if (parser.FindMissing() is { } problem)
            throw Bad(problem);
    }

    private int Parse(ManifestParser parser, ReadOnlySpan<byte> bytes, bool last, List<ManifestEntry> found)
    {
        try
        {
            return parser.Parse(bytes, last, found);
        }
        catch (JsonException e)
        {
            throw new InvalidFormatException(title, e.LineNumber is { } line and < int.MaxValue ? (int)line + 1 : null, "is not valid JSON", Hint, ErrorKind.Usage, e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidFormatException(title, null, "has a name with half of a character (\\ud800 to \\udfff)", Hint, inner: e);
        }
        catch (ManifestProblemException e)
        {
            throw Bad(e.Message, e.Hint);
        }
    }

    private byte[] Grow(byte[] piece)
    {
        if (piece.Length >= MaxPiece)
            throw Bad($"holds an entry of more than {MaxPiece} bytes");
        Array.Resize(ref piece, piece.Length * 2);
        return piece;
    }

    private const string Hint = "it is written by: dv run";

    private InvalidFormatException Bad(string problem, string? hint = null) => new(title, null, problem, hint ?? Hint);
}

/// <summary>What is wrong with a manifest, before the place is known; never leaves <see cref="ManifestReader"/>.</summary>
internal sealed class ManifestProblemException(string problem, string? hint = null) : Exception(problem)
{
    public string? Hint { get; } = hint;
}
