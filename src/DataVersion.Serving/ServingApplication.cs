using DataVersion.Serving.Http;
using DataVersion.Serving.Metrics;
using DataVersion.Serving.Models;
using DataVersion.Serving.Web;

namespace DataVersion.Serving;

/// <summary>The model server without the process: put together from settings, not yet started.</summary>
internal static class ServingApplication
{
    /// <summary>Listened on, on every address, unless <c>ASPNETCORE_HTTP_PORTS</c>, <c>ASPNETCORE_URLS</c> or <c>--urls</c> say otherwise.</summary>
    internal const string DefaultPort = "8000";

    /// <param name="args">Of the command line: ASP.NET Core's own, such as <c>--urls</c>.</param>
    /// <param name="host">What the process gives.</param>
    /// <exception cref="UsageException">A setting has no meaning.</exception>
    internal static WebApplication Create(string[] args, ServingHost host)
    {
        ServingSettings settings = ServingSettings.From(host);
        var log = new ServingLog(host.Log, host.Clock);
        var holder = new ModelHolder();
        var drain = new DrainState();
        var metrics = new RequestMetrics([.. ServingRoutes.Names, ServingRoutes.Other]);
        var keeper = new ModelKeeper(settings, host, holder, log);
        WebApplicationBuilder builder = CreateBuilder(args, settings);
        builder.Services.AddSingleton(drain);
        builder.Services.AddSingleton<IHostLifetime>(services => services.GetRequiredService<ServingLifetime>());
        builder.Services.AddSingleton(services => new ServingLifetime(settings, host, drain, services.GetRequiredService<IHostApplicationLifetime>(), log));
        builder.Services.AddSingleton(_ => new PredictEndpoint(settings, holder, metrics, log));
        builder.Services.AddSingleton(_ => keeper);
        WebApplication server = builder.Build();
        var pipeline = new RequestPipeline(settings, metrics, drain, log, ServingRoutes.Names.Count);
        server.Use(next => context => pipeline.InvokeAsync(context, next));
        ServingRoutes.Map(server, new ServingRoutes.Handlers
        {
            Predict = server.Services.GetRequiredService<PredictEndpoint>(),
            Health = new HealthEndpoints(host, holder, drain),
            Admin = new AdminEndpoint(settings, holder, server.Services.GetRequiredService<ModelKeeper>(), server.Lifetime),
            Documents = new DocumentEndpoints(holder, keeper, metrics, settings),
            Page = new PageEndpoint(),
        });
        // It listens first: whoever probes sees "not ready" and no refused connection.
        server.Lifetime.ApplicationStarted.Register(() =>
        {
            log.Info("listening", ("urls", string.Join(' ', server.Urls)), ("model", settings.Model.Text), ("program", host.Version));
            _ = Task.Run(() => keeper.RunAsync(server.Lifetime.ApplicationStopping));
        });
        return server;
    }

    private static WebApplicationBuilder CreateBuilder(string[] args, ServingSettings settings)
    {
        // Settings and pages are the program's own, wherever it is started.
        var options = new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(options);
        if (builder.Configuration[WebHostDefaults.ServerUrlsKey] is null && builder.Configuration[WebHostDefaults.HttpPortsKey] is null)
            builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, DefaultPort);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.AllowSynchronousIO = false;
            // Our own limit answers with a problem document; this one is behind it.
            kestrel.Limits.MaxRequestBodySize = settings.MaxBodyBytes + 1L;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.DrainPeriod > TimeSpan.Zero ? settings.DrainPeriod : TimeSpan.FromMilliseconds(1));
        return builder;
    }
}
