namespace DataVersion.Tracking.Mlflow;

/// <summary>
/// <c>~/.mlflow/credentials</c>: an INI file whose section <c>[mlflow]</c> has <c>mlflow_tracking_username</c> and <c>mlflow_tracking_password</c>
/// (MLflow documentation, "Logging to a tracking server with authentication").
/// </summary>
internal static class MlflowCredentialFile
{
    private const long MaxSize = 64 * 1024;

    /// <summary>Name and password; both null where there is no such file.</summary>
    /// <exception cref="UsageException">The file is there and cannot be read.</exception>
    public static (string? User, string? Password) Read(string? homeDirectory)
    {
        if (homeDirectory is not { Length: > 0 })
            return default;
        string file = Path.Join(homeDirectory, ".mlflow", "credentials");
        try
        {
            var info = new FileInfo(file);
            if (!info.Exists)
                return default;
            if (info.Length > MaxSize)
                throw new UsageException($"'{file}' is too large to be a file of credentials", "give MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead");
            return Parse(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{file}' cannot be read", "check its permissions", e);
        }
    }

    /// <summary>Reads any text; what is no key of the section is passed over.</summary>
    public static (string? User, string? Password) Parse(string text)
    {
        bool ours = false;
        string? user = null;
        string? password = null;
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Trim();
            if (line.StartsWith('[') && line.EndsWith(']'))
                ours = line[1..^1] == "mlflow";
            int sign = line.AsSpan().IndexOfAny('=', ':');
            if (!ours || sign <= 0 || line[0] is '#' or ';')
                continue;
            string value = line[(sign + 1)..].Trim();
            switch (line[..sign].TrimEnd().ToLowerInvariant())
            {
                case "mlflow_tracking_username" when value.Length > 0:
                    user = value;
                    break;
                case "mlflow_tracking_password" when value.Length > 0:
                    password = value;
                    break;
            }
        }
        return (user, password);
    }
}
