using DataVersion.Serving;

await using WebApplication server = ServingApplication.Create(args);
await server.RunAsync();
