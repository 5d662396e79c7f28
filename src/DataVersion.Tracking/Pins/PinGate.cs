using DataVersion.Git;
using DataVersion.Objects;

namespace DataVersion.Tracking.Pins;

/// <summary>What must be allowed by name before a pin is used. Collects what was, and what is only worth a warning.</summary>
internal sealed class PinGate(PinRequest request)
{
    private readonly List<string> _warnings = [];
    private PinAllowances _used = PinAllowances.None;

    /// <exception cref="PinRefusedException">It is not allowed.</exception>
    internal void Mismatch(string problem, string hint)
    {
        if (!request.Allowed.Mismatch)
            throw new PinRefusedException(PinRefusal.SourcesDisagree, problem, $"{hint}; or --allow-pin-mismatch");
        _used = _used with { Mismatch = true };
        _warnings.Add(problem);
    }

    /// <exception cref="PinRefusedException">It is not allowed.</exception>
    internal PinResolution PassUnpinned()
    {
        const string Problem = "nothing says which data version is used: no Git commit, no dv.pin.json";
        if (!request.Allowed.Unpinned)
            throw new PinRefusedException(PinRefusal.NoPin, Problem, "name one (--rev with --repo), bake one into the image (dv pin), or --allow-unpinned");
        _warnings.Add(Problem);
        return new PinResolution { Pin = null, Used = _used with { Unpinned = true }, Warnings = _warnings };
    }

    /// <exception cref="PinRefusedException">Something about it is not allowed.</exception>
    internal PinResolution Pass(Pin pin)
    {
        CheckRevision(pin);
        CheckData(pin);
        CheckCode(pin);
        return new PinResolution { Pin = pin with { Used = _used }, Used = _used, Warnings = _warnings };
    }

    private void CheckRevision(Pin pin)
    {
        if (pin.CodeCommit is null)
            _warnings.Add("nothing says which commit the code is of: no Git repository, no dv.pin.json, no declared commit");
        if (pin.CodeCommit is null || pin.CodeCommit == pin.DataCommit)
            return;
        string problem = $"the data are of commit {Short(pin.DataCommit)}, the code is of {Short(pin.CodeCommit)}";
        if (!request.Allowed.DataRevision)
            throw new PinRefusedException(PinRefusal.DataRevisionDiffers, problem, $"check out {Short(pin.DataCommit)}, or --allow-data-rev");
        _used = _used with { DataRevision = true };
        _warnings.Add(problem);
    }

    private void CheckData(Pin pin)
    {
        if (pin.DataChanges.Count == 0)
            return;
        string problem = $"pointers are not as committed: {List(pin.DataChanges)}";
        if (!request.Allowed.DataDirty)
            throw new PinRefusedException(PinRefusal.DirtyData, problem, "git commit them (or put them back), or --allow-data-dirty");
        _used = _used with { DataDirty = true };
        _warnings.Add(problem);
    }

    private void CheckCode(Pin pin)
    {
        if (!pin.Dirty)
            return;
        string problem = pin.Changes.Count > 0
            ? $"the code is not as committed: {List(pin.Changes)}"
            : $"the code was not as committed when '{pin.PinFile}' was written";
        if (request.Environment.IsUnattended)
        {
            if (!request.Allowed.Dirty)
            {
                string place = request.Environment.Ci is { } ci ? $"CI ({ci})" : $"a container ({request.Environment.Container})";
                throw new PinRefusedException(PinRefusal.DirtyCode, $"{problem}; this is {place}", "commit it, or --allow-dirty");
            }
            _used = _used with { Dirty = true };
        }
        _warnings.Add(problem + (pin.IsDiffWhole ? "" : " (the diff is larger than 10 MiB, and was cut off)"));
    }

    private static string List(IReadOnlyList<GitChange> changes)
    {
        const int Shown = 3;
        string first = string.Join(", ", changes.Take(Shown).Select(change => $"{PathRules.Printable(change.Path)} ({change.Kind.ToString().ToLowerInvariant()})"));
        return changes.Count <= Shown ? first : $"{first} and {changes.Count - Shown} more";
    }

    private static string Short(string commit) => commit[..Math.Min(12, commit.Length)];
}
