using System.Text;
using System.Text.RegularExpressions;

namespace DataVersion.Tracking.Records;

/// <summary>
/// Takes secrets out of what is recorded: arguments, parameters, URLs, messages, the diff. By shape (tokens of known makers, passwords in URLs,
/// <c>password=…</c>), by the values of environment variables whose names say that they are secret, and by patterns of the user's (<c>run.redact</c>).
/// What is taken out cannot be told from its length.
/// </summary>
public sealed partial class Redactor
{
    /// <summary>Stands where a secret was.</summary>
    public const string Mark = "[redacted]";

    // Shorter values of secret variables ("1", "true") would take innocent text with them.
    private const int MinValueLength = 6;

    private readonly Regex[] _own;
    private readonly string[] _values;

    /// <param name="patterns">Regular expressions of the user's; read by the configuration, so they are known to be good.</param>
    /// <param name="environment">All variables: the values of those with secret names are searched for.</param>
    public Redactor(IReadOnlyList<string> patterns, IReadOnlyDictionary<string, string> environment)
    {
        _own = [.. patterns.Select(p => new Regex(p, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant))];
        _values = [.. environment.Where(v => v.Value.Length >= MinValueLength && IsSecretName(v.Key) && !IsReference(v.Key, v.Value))
            .SelectMany(v => (string[])[v.Value, Uri.EscapeDataString(v.Value)]).Distinct().OrderByDescending(v => v.Length)];
    }

    /// <summary>True for the name of a variable, option or parameter that holds a secret.</summary>
    public static bool IsSecretName(string name) => SecretName().IsMatch(name) && !InnocentName().IsMatch(name);

    /// <summary>The text without secrets.</summary>
    public string Clean(string text)
    {
        text = CleanKnown(text);
        return Assignment().Replace(text, m => IsSecretName(m.Groups["name"].Value) ? $"{m.Groups["name"].Value}{m.Groups["is"].Value}{Mark}" : m.Value);
    }

    /// <summary>
    /// The same for a text in which a name says nothing of what follows it: <c>"token_accuracy":0.9</c> in a line of metrics is no secret. JSON stays JSON.
    /// </summary>
    public string CleanKnown(string text)
    {
        if (text.Length == 0)
            return text;
        foreach (string value in _values)
            text = text.Replace(value, Mark, StringComparison.Ordinal);
        text = PrivateKey().Replace(text, Mark);
        text = UrlPassword().Replace(text, "${scheme}" + Mark + "@");
        text = UrlToken().Replace(text, "${scheme}" + Mark + "@");
        text = Token().Replace(text, Mark);
        text = Header().Replace(text, "${head}" + Mark);
        foreach (Regex own in _own)
            text = own.Replace(text, Mark);
        return text;
    }

    /// <summary>A command line without secrets: also what follows an option whose name says so (<c>--password X</c>).</summary>
    public IReadOnlyList<string> CleanCommand(IReadOnlyList<string> command)
    {
        var clean = new List<string>(command.Count);
        bool hide = false;
        foreach (string argument in command)
        {
            clean.Add(hide && !argument.StartsWith('-') ? Mark : Clean(argument));
            hide = argument.StartsWith('-') && !argument.Contains('=') && IsSecretName(argument.TrimStart('-'));
        }
        return clean;
    }

    /// <summary>The value of a named parameter or variable, without secrets.</summary>
    public string CleanValue(string name, string value) => IsSecretName(name) ? Mark : Clean(value);

    /// <summary>A diff, or other bytes that are text, without secrets. Bytes that are not UTF-8 come back as U+FFFD.</summary>
    public byte[] Clean(byte[] text) => Encoding.UTF8.GetBytes(Clean(Encoding.UTF8.GetString(text)));

    // The name of a file that holds a secret, and of a place to get one, is none.
    private static bool IsReference(string name, string value) =>
        name.EndsWith("_FILE", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_PATH", StringComparison.OrdinalIgnoreCase)
        || (value.StartsWith('/') && File.Exists(value));

    [GeneratedRegex(@"passw(or)?d|passphrase|secret|token|api[_\-.]?key|access[_\-.]?key|account[_\-.]?key|private[_\-.]?key|credential|connection[_\-.]?string|bearer|(^|[_\-.])(auth|sas|pwd|pat)([_\-.]|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    // Hyper-parameters and settings whose names only sound like it.
    [GeneratedRegex(@"token(s|izers?|ized|ization|izer_.*|_?(count|len|length|limit|type|types|id|ids|dropout|budget|embedding.*))$|^(max|min|num|n|pad|eos|bos|unk|mask|sep|cls)[_\-.]?.*tokens?([_\-.]id)?$|_FILE$|^TOKENIZERS_",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex InnocentName();

    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"(?<scheme>[a-zA-Z][a-zA-Z0-9+.\-]*://)[^/\s:@'""]*:[^/\s@'""]+@", RegexOptions.CultureInvariant)]
    private static partial Regex UrlPassword();

    // https://TOKEN@host, as Git remotes have it; a short user name (git@, root@) stays.
    [GeneratedRegex(@"(?<scheme>https?://)[^/\s:@'""]{16,}@", RegexOptions.CultureInvariant)]
    private static partial Regex UrlToken();

    // AWS, GitHub, GitLab, Slack, Google, Hugging Face, OpenAI and kin, npm, PyPI, Azure SAS signatures, JSON Web Tokens.
    [GeneratedRegex(@"\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_\-]{20,}|\bxox[abposr]-[A-Za-z0-9\-]{10,}|\bAIza[A-Za-z0-9_\-]{30,}|\bya29\.[A-Za-z0-9_\-]{20,}|\bhf_[A-Za-z0-9]{20,}|\bsk-[A-Za-z0-9_\-]{20,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_\-]{30,}|\bwandb_v1_[A-Za-z0-9]{20,}|(?<=[?&]sig=)[^&\s'""]+|\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*",
        RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    [GeneratedRegex(@"(?<head>\b(Authorization|Proxy-Authorization|X-Api-Key)['""]?\s*[:=]\s*['""]?((Basic|Bearer|Token)\s+)?)[^\s'"",]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    [GeneratedRegex(@"(?<name>[A-Za-z_][A-Za-z0-9_\-.]*)(?<is>['""]?\s*(=>|:=|[:=])\s*['""]?)(?<value>[^\s'"",;&}\])]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();
}
