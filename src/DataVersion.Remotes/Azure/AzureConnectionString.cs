namespace DataVersion.Remotes.Azure;

/// <summary>What a connection string of the Azure portal says. Its text is secret: no message holds any of it.</summary>
internal sealed record AzureConnectionString
{
    // Published by the vendor for its emulator, the same everywhere.
    private const string EmulatorAccount = "devstoreaccount1";
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string EmulatorEndpoint = $"http://127.0.0.1:10000/{EmulatorAccount}";

    public string? Account { get; private init; }

    public string? Key { get; private init; }

    public string? Sas { get; private init; }

    /// <summary>The blob service; null where the account's name says it.</summary>
    public string? Endpoint { get; private init; }

    /// <summary>Takes a connection string apart.</summary>
    /// <param name="text">The string.</param>
    /// <param name="source">Where it stands, for messages.</param>
    /// <exception cref="UsageException">It is none, or names neither an account nor a blob service.</exception>
    public static AzureConnectionString Parse(string text, string source)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new UsageException(
                    $"the connection string in {source} is not NAME=VALUE;NAME=VALUE…", "copy it from the storage account's page 'Access keys'");
            values[part[..equals]] = part[(equals + 1)..];
        }
        if (values.TryGetValue("UseDevelopmentStorage", out string? emulator) && emulator == "true")
            return new AzureConnectionString { Account = EmulatorAccount, Key = EmulatorKey, Endpoint = EmulatorEndpoint };
        string? account = values.GetValueOrDefault("AccountName");
        string? endpoint = values.GetValueOrDefault("BlobEndpoint") ?? EndpointOf(account, values);
        if (account is null && endpoint is null)
            throw new UsageException($"the connection string in {source} names no account", "copy it from the storage account's page 'Access keys'");
        return new AzureConnectionString
        {
            Account = account,
            Key = values.GetValueOrDefault("AccountKey"),
            Sas = values.GetValueOrDefault("SharedAccessSignature"),
            Endpoint = endpoint,
        };
    }

    /// <summary>Keeps the secrets out of logs that print records.</summary>
    public override string ToString() => Account ?? "connection string";

    private static string? EndpointOf(string? account, Dictionary<string, string> values) =>
        account is not null && values.TryGetValue("EndpointSuffix", out string? suffix)
            ? $"{values.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.blob.{suffix}"
            : null;
}
