using System.Text;
using DataVersion.Tracking.Records;
using Xunit;

namespace DataVersion.Tests.Tracking.Records;

public class RedactorTests
{
    private static readonly Redactor Plain = new([], new Dictionary<string, string>());

    [Theory]
    [InlineData("https://ada:hunter2@example.invalid/x.git", "hunter2")]
    [InlineData("https://ghp_abcdefghijklmnopqrstuvwxyz0123456789@example.invalid/x", "ghp_abc")]
    [InlineData("https://0123456789abcdef0123456789abcdef@example.invalid/x", "0123456789abcdef")]
    [InlineData("postgresql://user:p%40ss@db/x", "p%40ss")]
    [InlineData("--password=hunter2", "hunter2")]
    [InlineData("password: hunter2", "hunter2")]
    [InlineData("\"api_key\": \"hunter2\"", "hunter2")]
    [InlineData("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI", "wJalrXUtnFEMI")]
    [InlineData("key AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE")]
    [InlineData("Authorization: Bearer abc.def", "abc.def")]
    [InlineData("curl -H 'Authorization: Basic YWRhOmh1bnRlcjI='", "YWRhOmh1bnRlcjI=")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "eyJzdWIi")]
    [InlineData("https://a.blob.example.invalid/c?sv=1&sig=abc%2Fdef&x=1", "abc%2Fdef")]
    [InlineData("hf_abcdefghijklmnopqrstuv", "hf_abc")]
    [InlineData("sk-abcdefghijklmnopqrstuvwx", "sk-abc")]
    [InlineData("glpat-abcdefghijklmnopqrst", "glpat-abc")]
    [InlineData("xoxb-1234567890-abcdef", "xoxb-123")]
    [InlineData("+DB_PASSWORD = 'hunter2'", "hunter2")]
    [InlineData("AccountKey=abcdef==;EndpointSuffix=x", "abcdef==")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----", "MIIE")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE")]
    public void A_secret_is_taken_out(string text, string secret)
    {
        string clean = Plain.Clean(text);

        Assert.DoesNotContain(secret, clean, StringComparison.Ordinal);
        Assert.Contains(Redactor.Mark, clean, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("python train.py --lr 0.1 --epochs=3")]
    [InlineData("git@example.invalid:team/repo.git")]
    [InlineData("ssh://git@example.invalid/team/repo.git")]
    [InlineData("https://example.invalid/x?page=3&sort=name")]
    [InlineData("max_tokens=512 num_tokens: 3 tokenizer=bpe pad_token_id=0")]
    [InlineData("author=ada monkey=3 keyboard=us")]
    [InlineData("data/train.parquet")]
    [InlineData("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    public void What_is_no_secret_stays(string text) => Assert.Equal(text, Plain.Clean(text));

    [Fact]
    public void Values_of_secret_variables_are_taken_out_wherever_they_stand()
    {
        var redactor = new Redactor([], new Dictionary<string, string> { ["MLFLOW_TRACKING_PASSWORD"] = "s3cr3t/value", ["SHORT_TOKEN"] = "1", ["HARMLESS"] = "visible text" });

        Assert.Equal($"a {Redactor.Mark} b {Redactor.Mark} 1 visible text", redactor.Clean("a s3cr3t/value b s3cr3t%2Fvalue 1 visible text"));
    }

    [Fact]
    public void The_users_own_patterns_count_too()
    {
        var redactor = new Redactor([@"CUST-\d+"], new Dictionary<string, string>());

        Assert.Equal($"for {Redactor.Mark}!", redactor.Clean("for CUST-12345!"));
    }

    [Fact]
    public void A_command_line_loses_what_follows_a_secret_option()
    {
        Assert.Equal(
            ["train", "--password", Redactor.Mark, "--token", "--lr", "0.1", $"--api-key={Redactor.Mark}", "--max-tokens", "5"],
            Plain.CleanCommand(["train", "--password", "hunter2", "--token", "--lr", "0.1", "--api-key=hunter2", "--max-tokens", "5"]));
        Assert.Equal((Redactor.Mark, "0.1"), (Plain.CleanValue("db_password", "x"), Plain.CleanValue("lr", "0.1")));
    }

    [Fact]
    public void The_length_of_a_secret_cannot_be_told() =>
        Assert.Equal(Plain.Clean("password=a-long-long-secret"), Plain.Clean("password=short"));

    [Fact]
    public void A_diff_keeps_its_lines()
    {
        byte[] clean = Plain.Clean(Encoding.UTF8.GetBytes("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-token = abc\n+lr = 1\n"));

        Assert.Equal($"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-token = {Redactor.Mark}\n+lr = 1\n", Encoding.UTF8.GetString(clean));
    }
}
