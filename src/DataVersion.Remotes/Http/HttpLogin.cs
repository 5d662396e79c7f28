using System.Net.Http.Headers;
using System.Text;

namespace DataVersion.Remotes.Http;

/// <summary>What a web server is told about the user.</summary>
/// <param name="Source">Where it comes from, for messages.</param>
/// <param name="Header">The header; secret.</param>
internal sealed record HttpLogin(string Source, AuthenticationHeaderValue Header)
{
    /// <summary>Reads the options; null where none is set.</summary>
    /// <exception cref="UsageException">Options that contradict each other, half a login, or one that would travel in the clear.</exception>
    public static HttpLogin? From(RemoteContext context)
    {
        string remote = context.Settings.Name;
        (string? user, string? password, string? token) = (context.Option("username"), context.Option("password"), context.Option("token"));
        if (user is null && password is null && token is null)
            return null;
        if (token is not null && (user is not null || password is not null))
            throw new UsageException($"remote '{remote}': the options token and username contradict each other", $"dv remote modify {remote} token --unset");
        if (token is null && user is null)
            throw new UsageException($"remote '{remote}': a password is set, but no username", $"dv remote modify {remote} username NAME");
        if (context.Url.IsPlain && !new Uri($"http://{context.Url.Authority}/").IsLoopback)
            throw new UsageException($"remote '{remote}': its login would travel over http:// in the clear", "use https://");
        try
        {
            if (token is not null)
                return new HttpLogin("option token", new AuthenticationHeaderValue("Bearer", token));
            string pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
            return new HttpLogin("options username and password", new AuthenticationHeaderValue("Basic", pair));
        }
        catch (FormatException)
        {
            // Its text would hold the token.
            throw new UsageException($"remote '{remote}': the token holds characters that a token cannot have", "copy it again");
        }
    }

    /// <summary>Keeps the secret out of logs that print records.</summary>
    public override string ToString() => Source;
}
