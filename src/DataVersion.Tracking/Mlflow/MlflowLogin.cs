using System.Net.Http.Headers;

namespace DataVersion.Tracking.Mlflow;

/// <summary>The credentials for a server, and where they came from: the most explicit source wins.</summary>
internal sealed record MlflowLogin(AuthenticationHeaderValue? Header, string? Source, string[] Secrets)
{
    private static readonly MlflowLogin None = new(null, null, []);

    /// <summary>Variables (name and password), the URI's own, the token, then <c>~/.mlflow/credentials</c>.</summary>
    /// <exception cref="UsageException">A name without a password, or a value that no header can carry.</exception>
    public static MlflowLogin Find(MlflowVariables variables, Uri uri, string? homeDirectory)
    {
        string? user = variables.Secret("MLFLOW_TRACKING_USERNAME");
        string? password = variables.Secret("MLFLOW_TRACKING_PASSWORD");
        if (user is not null && password is not null)
            return Basic(user, password, "MLFLOW_TRACKING_USERNAME");
        if (uri.UserInfo is { Length: > 0 } own)
        {
            string[] parts = own.Split(':', 2);
            return Basic(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "", "MLFLOW_TRACKING_URI");
        }
        if (user is null && password is null && variables.Secret("MLFLOW_TRACKING_TOKEN") is { } token)
            return Bearer(token.Trim());
        (string? fileUser, string? filePassword) = MlflowCredentialFile.Read(homeDirectory);
        user ??= fileUser;
        password ??= filePassword;
        if (user is not null && password is not null)
            return Basic(user, password, "~/.mlflow/credentials");
        if (user is not null || password is not null)
        {
            string missing = user is null ? "MLFLOW_TRACKING_USERNAME" : "MLFLOW_TRACKING_PASSWORD";
            throw new UsageException($"{missing} is missing: a name and a password belong together", $"set {missing} or {missing}_FILE");
        }
        return None;
    }

    private static MlflowLogin Basic(string user, string password, string source)
    {
        string encoded = MlflowSettings.Basic(user, password);
        // The password alone, so that a short one does not blank out half of a message.
        string[] secrets = password.Length >= 4 ? [encoded, password] : [encoded];
        return new MlflowLogin(new AuthenticationHeaderValue("Basic", encoded), source, secrets);
    }

    private static MlflowLogin Bearer(string token) => token.All(c => c is > ' ' and < '\x7f')
        ? new MlflowLogin(new AuthenticationHeaderValue("Bearer", token), "MLFLOW_TRACKING_TOKEN", [token])
        : throw new UsageException("MLFLOW_TRACKING_TOKEN holds characters that no token has", "check that it was copied whole and without line breaks");
}
