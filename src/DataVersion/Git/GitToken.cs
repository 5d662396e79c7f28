namespace DataVersion.Git;

/// <summary>
/// The token that git signs in with where it fetches from the repository that was named (<c>DV_REPO</c>, <c>--repo</c>). Git gets it by a variable of its own
/// environment and a credential helper for that one server, which git asks when the server wants to know who it is: so it stands in no argument, URL or file, and a server that
/// another one redirects to is not given it.
/// </summary>
public sealed class GitToken
{
    /// <summary>The variable with the token.</summary>
    public const string Variable = "DV_GIT_TOKEN";

    /// <summary>The variable that names a file with the token.</summary>
    public const string FileVariable = "DV_GIT_TOKEN_FILE";

    private const string HelperVariable = "GIT_TOKEN_FROM_DV";

    // What GitHub documents; others take any name.
    private const string User = "x-access-token";

    private readonly string _value;

    private GitToken(string value) => _value = value;

    /// <summary>Reads it: the variable itself, else the file that the other one names; null without both.</summary>
    /// <exception cref="UsageException">The file cannot be read, or what is given is no token.</exception>
    public static GitToken? Read(IReadOnlyDictionary<string, string> variables)
    {
        if (SecretFile.Find(variables, Variable) is not { } value)
            return null;
        return !value.Any(c => char.IsControl(c) || c == ' ')
            ? new GitToken(value)
            : throw new UsageException($"{(variables.GetValueOrDefault(Variable) is { Length: > 0 } ? Variable : FileVariable)}: what it gives is not one word", "give the token alone, on one line");
    }

    /// <summary>Variables with the token under <see cref="Variable"/>, wherever it came from, so that it is taken out of what is recorded.</summary>
    public static IReadOnlyDictionary<string, string> AddTo(IReadOnlyDictionary<string, string> variables) => Read(variables) is { } token
        ? new Dictionary<string, string>(variables) { [Variable] = token._value }
        : variables;

    /// <summary>True for a variable that other programs have no business with.</summary>
    public static bool IsName(string variable) => variable is Variable or FileVariable;

    /// <summary>Git with the token, where the URL is one that it may be sent to: https, or http on this machine itself.</summary>
    internal GitProgram AddTo(GitProgram program, string url)
    {
        if (GitUrl.OriginOf(url) is not { } origin || !(origin.StartsWith("https://", StringComparison.Ordinal) || IsOwnMachine(origin)) || GitUrl.HasPassword(url))
            return program;
        string user = GitUrl.HasUser(url) ? "" : $"printf 'username=%s\\n' {User}; ";
        string key = $"credential.{origin}.helper";
        string helper = $"!f() {{ if test \"$1\" = get; then {user}printf 'password=%s\\n' \"${HelperVariable}\"; fi; }}; f";
        // The empty one first: no other helper is asked, nor told to keep the token.
        return program.With(HelperVariable, _value).With([new(key, ""), new(key, helper)]);
    }

    private static bool IsOwnMachine(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback;
}
