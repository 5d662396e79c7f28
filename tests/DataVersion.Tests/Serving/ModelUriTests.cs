using DataVersion.Serving.Models;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Serving;

public class ModelUriTests
{
    [Theory]
    [InlineData("models:/fraud/3", "Registry", "fraud", "3", null)]
    [InlineData("models:/fraud/Production", "Registry", "fraud", "Production", null)]
    [InlineData("models:/fraud/latest", "Registry", "fraud", "latest", null)]
    [InlineData("models:/fraud@champion", "Registry", "fraud", null, "champion")]
    [InlineData("models:/a%20b/1", "Registry", "a b", "1", null)]
    [InlineData("runs:/abc/model", "Artifacts", "runs:/abc/model", null, null)]
    [InlineData("mlflow-artifacts:/0/abc/artifacts/m", "Artifacts", "mlflow-artifacts:/0/abc/artifacts/m", null, null)]
    [InlineData("dv://models/fraud@v1.2", "Repository", "models/fraud", "v1.2", null)]
    [InlineData("dv://models/fraud", "Repository", "models/fraud", null, null)]
    [InlineData("s3://bucket/some/model", "Store", "s3://bucket/some/model", null, null)]
    [InlineData("file:///models/m", "Local", "/models/m", null, null)]
    [InlineData("/models/m/", "Local", "/models/m", null, null)]
    [InlineData("m", "Local", "/work dir/m", null, null)]
    public void A_URI_says_who_knows_the_model(string text, string kind, string name, string? version, string? alias)
    {
        ModelUri uri = ModelUri.Parse(text, "/work dir");

        Assert.Equal((kind, name, version, alias), (uri.Kind.ToString(), uri.Name, uri.Version, uri.Alias));
    }

    [Theory]
    [InlineData("")]
    [InlineData("models:/fraud")]
    [InlineData("models:/fraud/1/2")]
    [InlineData("models:/@x")]
    [InlineData("runs:/a/../b")]
    [InlineData("dv://../secrets@main")]
    [InlineData("dv://m@--upload-pack=x")]
    [InlineData("dv://@main")]
    [InlineData("s3://user:password@bucket/x")]
    [InlineData("ftp://host/x")]
    [InlineData("a\nb")]
    public void Another_one_is_refused(string text) => Assert.ThrowsAny<DataVersionException>(() => ModelUri.Parse(text, "/"));

    [Fact]
    public void Any_text_is_a_URI_or_a_typed_error_without_credentials() => Prop.ForAll(
        Arb.From(Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>().Select(s => s ?? ""),
            Gen.Elements("models:/", "runs:/", "dv://", "s3://", "file:", "https://u:secret@h/").SelectMany(s => ArbMap.Default.GeneratorFor<string>().Select(t => s + t)))),
        text =>
        {
            try
            {
                return ModelUri.Parse(text, "/w").Name.Length > 0;
            }
            catch (DataVersionException e)
            {
                return !text.Contains("u:secret@h/", StringComparison.Ordinal) || !e.Message.Contains("secret", StringComparison.Ordinal);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
