namespace DataVersion.Tracking.Pins;

/// <summary>A pin that was baked.</summary>
/// <param name="File">The file; absolute.</param>
/// <param name="Pin">What it pins.</param>
/// <param name="Sha256">SHA-256 as the document says itself, in hex.</param>
/// <param name="Warnings">What the user should know, one line each.</param>
public sealed record MadePin(string File, Pin Pin, string Sha256, IReadOnlyList<string> Warnings);

/// <summary>Writes <c>dv.pin.json</c> for the commit that is checked out: <c>dv pin</c>.</summary>
public sealed class PinMaker(PinRequest request, TimeProvider clock)
{
    /// <summary>Writes the pin. The file is replaced at once.</summary>
    /// <param name="file">Where to; absolute.</param>
    /// <param name="cancellationToken">Ends it; nothing is written then.</param>
    /// <exception cref="PinRefusedException">There is no commit, pointers are not committed, or, in CI and not allowed, code is not.</exception>
    /// <exception cref="FileAccessException">The file cannot be written.</exception>
    public MadePin Make(string file, CancellationToken cancellationToken)
    {
        RepositoryPin atHand = RepositoryPin.Find(request)
            ?? throw new PinRefusedException(PinRefusal.NoPin, "there is no Git commit here that could be pinned", "git commit first, or run this in a clone");
        Pin found = atHand.Read(null, [.. BakedPins.Candidates(request, atHand.Git.WorkTree), file], cancellationToken);
        // An image is built in a container as well as beside one: only CI says that nobody looks on.
        PinRequest asked = request with { Environment = request.Environment with { Container = null } };
        PinResolution passed = new PinGate(asked).Pass(found);
        byte[] bytes = new PinDocument { Pin = found, Created = clock.GetUtcNow() }.ToBytes();
        // What cannot be read back must not be baked into an image.
        string hash = PinDocument.Parse(bytes, file).Pin.PinSha256!;
        cancellationToken.ThrowIfCancellationRequested();
        Write(file, bytes);
        return new MadePin(file, passed.Pin!, hash, passed.Warnings);
    }

    private static void Write(string file, byte[] bytes)
    {
        string temporary = Path.Combine(Path.GetDirectoryName(file)!, $".{PinDocument.FileName}.{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new FileAccessException(file, e.Message, null, e);
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
        }
    }
}
