namespace DataVersion.Tracking.Runs;

/// <summary>Media types of what trainers write, by the name's end.</summary>
internal static class MediaTypes
{
    public static string? Of(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".onnx" => "application/onnx",
        ".json" => "application/json",
        ".csv" => "text/csv",
        ".txt" or ".log" or ".md" => "text/plain",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".html" => "text/html",
        ".parquet" => "application/vnd.apache.parquet",
        ".zip" or ".npz" or ".pt" or ".pth" => "application/zip",
        ".yaml" or ".yml" => "application/yaml",
        _ => null,
    };
}
