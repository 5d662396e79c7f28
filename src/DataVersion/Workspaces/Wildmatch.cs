using System.Text;

namespace DataVersion.Workspaces;

/// <summary>
/// Git's glob matching, over the UTF-8 bytes as Git does it: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!…]</c>, <c>[[:alpha:]]</c>, <c>\x</c>
/// and, where slashes matter, <c>**</c> between slashes for any number of directories. A malformed pattern matches nothing.
/// </summary>
/// <remarks>
/// Only the latest <c>*</c> and the latest <c>**</c> are ever tried again: each reaches the rest of the pattern at its earliest place first, and whatever
/// matches from a later place also matches from the earliest one. So time is polynomial, where Git's own recursion was exponential until 2.41.
/// </remarks>
public static class Wildmatch
{
    /// <summary>Whether the whole of <paramref name="text"/> matches; with <paramref name="pathname"/> only <c>**</c> crosses slashes.</summary>
    public static bool IsMatch(string pattern, string text, bool pathname = true) =>
        IsMatch(Encoding.UTF8.GetBytes(pattern), Encoding.UTF8.GetBytes(text), pathname);

    /// <inheritdoc cref="IsMatch(string, string, bool)"/>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool pathname)
    {
        var state = new State { Star = -1, Deep = -1 };
        while (state.Pattern < pattern.Length || state.Text < text.Length)
        {
            Step step = state.Pattern == pattern.Length ? Step.Mismatch
                : pattern[state.Pattern] == (byte)'*' ? TakeStars(ref state, pattern, text, pathname)
                : TakeOne(ref state, pattern, text, pathname);
            if (step is Step.Accept or Step.Reject)
                return step == Step.Accept;
            if (step == Step.Mismatch && !Retry(ref state, text, pathname))
                return false;
        }
        return true;
    }

    /// <summary>True if the text holds a character that is not literal in a pattern.</summary>
    public static bool HasSpecial(ReadOnlySpan<byte> text) => text.ContainsAny("*?[\\"u8);

    /// <inheritdoc cref="HasSpecial(ReadOnlySpan{byte})"/>
    public static bool HasSpecial(ReadOnlySpan<char> text) => text.ContainsAny("*?[\\");

    private static Step TakeStars(ref State state, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool pathname)
    {
        int start = state.Pattern;
        int end = start + 1;
        while (end < pattern.Length && pattern[end] == (byte)'*')
            end++;
        ReadOnlySpan<byte> rest = pattern[end..];
        bool escapedSlash = rest.StartsWith("\\/"u8);
        bool deep = pathname && end - start > 1 && (start == 0 || pattern[start - 1] == (byte)'/')
            && (rest.IsEmpty || rest[0] == (byte)'/' || escapedSlash);
        if (rest.IsEmpty && (deep || !pathname))
            return Step.Accept;
        if (!deep)
        {
            state.Star = state.Pattern = end;
            state.StarText = state.Text;
            return Step.Taken;
        }
        // "**/" stands for nothing, or for anything up to and with a slash; an escaped slash is never nothing.
        state.Deep = state.Pattern = end + (escapedSlash ? 2 : 1);
        state.DeepText = state.Text;
        state.Star = -1;
        return escapedSlash ? Step.Mismatch : Step.Taken;
    }

    private static Step TakeOne(ref State state, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool pathname)
    {
        // Later places leave even less text for the same pattern.
        if (state.Text == text.Length)
            return Step.Reject;
        byte t = text[state.Text];
        bool matches;
        switch (pattern[state.Pattern])
        {
            case (byte)'?':
                matches = !(pathname && t == (byte)'/');
                state.Pattern++;
                break;
            case (byte)'[':
                if (!WildmatchClass.TryMatch(pattern, ref state.Pattern, t, out matches))
                    return Step.Reject;
                matches &= !(pathname && t == (byte)'/');
                break;
            case (byte)'\\':
                if (++state.Pattern == pattern.Length)
                    return Step.Reject;
                goto default;
            default:
                matches = pattern[state.Pattern++] == t;
                break;
        }
        state.Text++;
        return matches ? Step.Taken : Step.Mismatch;
    }

    private static bool Retry(ref State state, ReadOnlySpan<byte> text, bool pathname)
    {
        if (state.Star >= 0 && state.StarText < text.Length && !(pathname && text[state.StarText] == (byte)'/'))
        {
            state.Text = ++state.StarText;
            state.Pattern = state.Star;
            return true;
        }
        int slash = state.Deep < 0 ? -1 : text[state.DeepText..].IndexOf((byte)'/');
        if (slash < 0)
            return false;
        state.Text = state.DeepText += slash + 1;
        state.Pattern = state.Deep;
        state.Star = -1;
        return true;
    }

    private enum Step
    {
        Taken,
        Mismatch,
        Accept,
        Reject,
    }

    /// <summary>Where we are, and the pattern and text positions to go on from after the latest star and double star (-1: none).</summary>
    private ref struct State
    {
        public int Pattern;
        public int Text;
        public int Star;
        public int StarText;
        public int Deep;
        public int DeepText;
    }
}
