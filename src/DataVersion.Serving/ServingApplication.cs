namespace DataVersion.Serving;

/// <summary>The model server without the process: built from arguments and the settings of ASP.NET Core, not yet started.</summary>
internal static class ServingApplication
{
    /// <summary>Listened on, on every address, unless <c>ASPNETCORE_HTTP_PORTS</c>, <c>ASPNETCORE_URLS</c> or <c>--urls</c> say otherwise.</summary>
    internal const string DefaultPort = "8000";

    internal static WebApplication Create(string[] args)
    {
        // Settings and pages are the program's own, wherever it is started.
        var options = new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(options);
        if (builder.Configuration[WebHostDefaults.ServerUrlsKey] is null && builder.Configuration[WebHostDefaults.HttpPortsKey] is null)
            builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, DefaultPort);
        WebApplication server = builder.Build();
        server.MapGet("/livez", () => Results.Text("ok"));
        return server;
    }
}
