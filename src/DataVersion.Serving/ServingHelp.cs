namespace DataVersion.Serving;

/// <summary>What <c>dv-serve --help</c> prints.</summary>
internal static class ServingHelp
{
    internal const string Text =
        """
        dv-serve: serves a model over HTTP. Settings are environment variables (docs/serving.md).

          MODEL_URI            models:/NAME/VERSION, models:/NAME@ALIAS, runs:/RUN/PATH, dv://PATH@REVISION, s3://BUCKET/PREFIX, a path
          MODEL_POLL_SECONDS   how often its name is looked up again (30; 0 never)
          ADMIN_TOKEN_FILE     file with the token of POST /admin/reload
          ASPNETCORE_HTTP_PORTS  where it listens (8000)

        options:
          --urls URL      where it listens
          --healthcheck   exit 0 where the server of this container is ready, else 1
          --livecheck     the same where it lives, with or without a model
          --version, --help

        """;
}
