using System.Security.Cryptography;
using System.Text;

namespace DataVersion.Tracking.Mlflow;

/// <summary>Datasets as the server takes them.</summary>
internal static class MlflowNaming
{
    // A text that is cut would be no JSON any more.
    private const string Elsewhere = """{"dv":"too long for MLflow; whole value in provenance/"}""";

    /// <summary>The same dataset with what is too long shortened: names keep their end and a hash, JSON is replaced as a whole.</summary>
    public static MlflowDataset Fit(MlflowDataset dataset) => dataset with
    {
        Name = dataset.Name.Length <= MlflowLimits.DatasetName ? dataset.Name : ShortenName(dataset.Name),
        Digest = MlflowLimits.DatasetDigest("", dataset.Digest),
        Source = dataset.Source.Length <= MlflowLimits.DatasetSource ? dataset.Source : Elsewhere,
        Profile = dataset.Profile is { Length: > MlflowLimits.DatasetProfile } ? Elsewhere : dataset.Profile,
    };

    private static string ShortenName(string name)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8];
        return $"{MlflowLimits.Head(name, MlflowLimits.DatasetName - 10)}…-{hash}";
    }
}
