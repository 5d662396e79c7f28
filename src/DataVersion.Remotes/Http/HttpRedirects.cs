using System.Net;
using System.Net.Sockets;

namespace DataVersion.Remotes.Http;

/// <summary>Where a server may send a request on to: never from https:// to http://, and never into this machine or its neighbourhood.</summary>
/// <param name="root">The URL that the user configured.</param>
internal sealed class HttpRedirects(Uri root)
{
    public static bool IsOne(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>The next address.</summary>
    /// <exception cref="RemoteException">The server may not send us there.</exception>
    public async Task<Uri> FollowAsync(Uri from, HttpResponseMessage answer, string remote, CancellationToken cancellationToken)
    {
        if (answer.Headers.Location is not { } location || !Uri.TryCreate(from, location, out Uri? next))
            throw Refused(remote, "without saying where");
        if (next.Scheme != Uri.UriSchemeHttps && (next.Scheme != Uri.UriSchemeHttp || from.Scheme != Uri.UriSchemeHttp))
            throw Refused(remote, $"to {next.Scheme}://, which is not safe");
        if (next.UserInfo.Length > 0)
            throw Refused(remote, "to a URL that holds credentials");
        if (!SameHost(next, root) && !await IsInternalAsync(root, cancellationToken) && await IsInternalAsync(next, cancellationToken))
            throw Refused(remote, $"to '{next.Host}', which is inside this machine or its network link");
        return next;
    }

    private static RemoteException Refused(string remote, string where) =>
        new(remote, $"sends requests on {where}", "check the URL with: dv remote list");

    private static bool SameHost(Uri one, Uri other) => string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase);

    private static async Task<bool> IsInternalAsync(Uri uri, CancellationToken cancellationToken)
    {
        if (uri.IsLoopback)
            return true;
        if (IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out IPAddress? literal))
            return IsInternal(literal);
        try
        {
            return (await Dns.GetHostAddressesAsync(uri.IdnHost, cancellationToken)).Any(IsInternal);
        }
        catch (SocketException)
        {
            // Behind a proxy names need not resolve here; the request itself will tell.
            return false;
        }
    }

    /// <summary>Loopback, link-local (where clouds keep their metadata service), or "this host".</summary>
    internal static bool IsInternal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.Equals(IPAddress.IPv6Any))
            return true;
        byte[] bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork && (bytes is [169, 254, ..] or [0, ..]);
    }
}
