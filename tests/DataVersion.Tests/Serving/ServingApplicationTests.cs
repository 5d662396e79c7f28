using System.Net;
using DataVersion.Serving;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace DataVersion.Tests.Serving;

public class ServingApplicationTests
{
    [Fact]
    public async Task A_started_server_is_alive()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        await using WebApplication server = ServingApplication.Create(["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning"]);
        await server.StartAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };

        using HttpResponseMessage answer = await client.GetAsync(new Uri("/livez", UriKind.Relative), cancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    [Fact]
    public async Task Without_settings_it_listens_on_port_8000()
    {
        await using WebApplication server = ServingApplication.Create([]);

        Assert.Equal(ServingApplication.DefaultPort, server.Configuration["http_ports"]);
        Assert.Equal("8000", ServingApplication.DefaultPort);
    }
}
