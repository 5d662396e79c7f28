namespace DataVersion.Tracking.Pins;

/// <summary>Finds and reads <c>dv.pin.json</c>.</summary>
internal static class BakedPins
{
    /// <summary>The pin that was named, or the nearest one; null where there is none.</summary>
    /// <param name="request">Names it, or says where to look.</param>
    /// <param name="top">The highest folder to look in: Git's work tree; null to look in the workspace alone.</param>
    /// <exception cref="InvalidFormatException">It is malformed, too new, or was changed.</exception>
    /// <exception cref="UsageException">The pin that was named is not there.</exception>
    internal static Pin? Find(PinRequest request, string? top)
    {
        if (request.PinFile is { } named)
        {
            string full = Path.GetFullPath(named, request.WorkingDirectory);
            return File.Exists(full) ? Read(full) : throw new UsageException($"there is no pin '{named}'", "write one with: dv pin");
        }
        return Candidates(request, top).FirstOrDefault(File.Exists) is { } found ? Read(found) : null;
    }

    /// <summary>Where a pin may lie.</summary>
    internal static IEnumerable<string> Candidates(PinRequest request, string? top)
    {
        string start = request.Root ?? request.WorkingDirectory;
        for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            yield return Path.Combine(folder, PinDocument.FileName);
            if (top is null || folder == top)
                break;
        }
        foreach (string other in request.OtherPinFiles)
            yield return other;
    }

    private static Pin Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > PinDocument.MaxBytes)
                throw new InvalidFormatException(file, null, $"a pin has at most {PinDocument.MaxBytes} bytes");
            return PinDocument.Parse(File.ReadAllBytes(file), file).Pin;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileAccessException(file, e.Message, null, e);
        }
    }
}
