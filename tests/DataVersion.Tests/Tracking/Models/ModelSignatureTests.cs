using System.Text;
using DataVersion.Tests.Cli;
using DataVersion.Tracking.Models;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Tracking.Models;

public class ModelSignatureTests
{
    private static readonly ModelSignature Sample = new()
    {
        ModelSha256 = SampleRecords.Hash('a'),
        Target = "is_fraud",
        Threshold = 0.5,
        Inputs =
        [
            new SignatureInput { Name = "amount", Type = SignatureType.Number, Statistics = new SignatureStatistics { Count = 10, Missing = 1, Mean = 2.5, StandardDeviation = 1.25, Quantiles = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] } },
            new SignatureInput { Name = "merchant_category", Type = SignatureType.Category, Categories = ["grocery", "größe"], Statistics = new SignatureStatistics { Count = 10, Missing = 0, Frequencies = [0.25, 0.75] } },
        ],
        Metrics = new Dictionary<string, double> { ["auc"] = 0.875 },
    };

    [Fact]
    public void It_is_written_as_it_always_was_and_read_back()
    {
        GoldenFile.Check("tests/golden/models/signature.json", Encoding.UTF8.GetString(Sample.ToBytes()));
        Assert.Equal(Sample.ToBytes(), ModelSignature.Parse(Sample.ToBytes(), "it").ToBytes());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"schema\":\"dv.signature/3\",\"modelSha256\":\"a\",\"target\":\"t\",\"threshold\":0.5,\"inputs\":[]}")]
    [InlineData("{\"modelSha256\":\"a\",\"target\":\"t\",\"threshold\":0.5,\"inputs\":[]}")]
    [InlineData("{\"modelSha256\":\"a\",\"target\":\"t\",\"threshold\":0.5,\"inputs\":[{\"name\":\"x\",\"type\":\"category\",\"statistics\":{\"count\":1,\"missing\":0}}]}")]
    public void What_is_no_signature_is_said_to_be_none(string text) =>
        Assert.Throws<InvalidFormatException>(() => ModelSignature.Parse(Encoding.UTF8.GetBytes(text), "it"));

    [Fact]
    public void Any_bytes_are_a_signature_or_a_typed_error()
    {
        byte[] good = Sample.ToBytes();
        Prop.ForAll(Gen.Zip(Gen.Choose(0, good.Length - 1), Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            byte[] bytes = [.. good];
            bytes[change.Item1] = (byte)change.Item2;
            try
            {
                return ModelSignature.Parse(bytes, "it").Inputs.Count > 0;
            }
            catch (InvalidFormatException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }
}
