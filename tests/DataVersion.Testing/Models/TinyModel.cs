using System.Security.Cryptography;
using DataVersion.Tracking.Models;
using static DataVersion.Testing.Models.OnnxWriter;

namespace DataVersion.Testing.Models;

/// <summary>
/// A model of two inputs, whose answer a test can work out: sigmoid(bias + amount/100 + risk of the category), with a missing amount taken as 0, and the
/// risks grocery −1, travel 1, online 0.5; others, and missing ones, 0.
/// </summary>
public sealed class TinyModel
{
    private static readonly string[] Categories = ["grocery", "travel", "online"];

    /// <param name="bias">Another bias is another model.</param>
    public TinyModel(float bias = 0)
    {
        Bias = bias;
        Onnx = Write(bias);
        Signature = Describe(Convert.ToHexStringLower(SHA256.HashData(Onnx)));
    }

    public float Bias { get; }

    public byte[] Onnx { get; }

    public ModelSignature Signature { get; }

    public string Sha256 => Signature.ModelSha256;

    /// <summary>What it answers.</summary>
    public double Probability(double amount, string category = "")
    {
        double risk = category switch { "grocery" => -1, "travel" => 1, "online" => 0.5, _ => 0 };
        return 1 / (1 + Math.Exp(-(Bias + ((double.IsNaN(amount) ? 0 : amount) / 100) + risk)));
    }

    /// <summary>Writes <c>model.onnx</c> and <c>signature.json</c>.</summary>
    public void WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, ModelSignature.ModelFileName), Onnx);
        File.WriteAllBytes(Path.Combine(folder, ModelSignature.FileName), Signature.ToBytes());
    }

    private static byte[] Write(float bias) => Model(
        [
            Node("IsNaN", ["amount"], "missing"),
            Node("Where", ["missing", "zero", "amount"], "known"),
            Node("Mul", ["known", "scale"], "scaled"),
            Node("LabelEncoder", ["merchant_category"], "risk", "ai.onnx.ml", Strings("keys_strings", Categories), Floats("values_floats", -1, 1, 0.5f), Single("default_float", 0)),
            Node("Add", ["scaled", "risk"], "sum"),
            Node("Add", ["sum", "bias"], "logit"),
            Node("Sigmoid", ["logit"], "probability"),
        ],
        [Column("amount", Float), Column("merchant_category", Text)],
        [Column("probability", Float)],
        [Constant("zero", 0), Constant("scale", 0.01f), Constant("bias", bias)]);

    private static ModelSignature Describe(string hash) => new()
    {
        ModelSha256 = hash,
        Target = "is_fraud",
        Threshold = 0.5,
        Metrics = new Dictionary<string, double> { ["auc"] = 0.9 },
        Inputs =
        [
            new SignatureInput
            {
                Name = "amount",
                Type = SignatureType.Number,
                Statistics = new SignatureStatistics { Count = 1000, Missing = 0, Mean = 50, StandardDeviation = 30, Quantiles = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] },
            },
            new SignatureInput
            {
                Name = "merchant_category",
                Type = SignatureType.Category,
                Categories = Categories,
                Statistics = new SignatureStatistics { Count = 1000, Missing = 0, Frequencies = [0.5, 0.3, 0.2] },
            },
        ],
    };
}
