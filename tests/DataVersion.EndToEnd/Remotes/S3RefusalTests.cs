using DataVersion.Testing.Faults;
using DataVersion.Testing.Servers;
using Xunit;

namespace DataVersion.EndToEnd.Remotes;

/// <summary>What a user sees where a remote cannot be used: one line that says what is wrong, one that says what to do, the documented exit code.</summary>
public sealed class S3RefusalTests
{
    private const int Remote = 6;

    [Fact]
    public async Task A_wrong_secret_is_said_to_be_wrong_and_is_not_shown()
    {
        await using S3Scene scene = await PushedAsync();
        await scene.ConfigureAsync(scene.Here, secret: "not-the-secret-4711");

        Ran ran = await scene.Sandbox.DvAsync(scene.Here, "push", "--deep");

        AssertOneLine(ran, Remote, "denied");
        Assert.DoesNotContain("4711", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_does_not_exist_is_denied()
    {
        await using S3Scene scene = await PushedAsync();
        await scene.ConfigureAsync(scene.Here, key: "nobody");

        AssertOneLine(await scene.Sandbox.DvAsync(scene.Here, "fetch"), Remote, "denied");
    }

    [Fact]
    public async Task Somebody_without_rights_is_told_so_and_nothing_is_lost()
    {
        await using S3Scene scene = await PushedAsync();
        string there = await scene.CloneAsync();
        await scene.ConfigureAsync(there, "strangerkey", "strangersecret");

        AssertOneLine(await scene.Sandbox.DvAsync(there, "pull"), Remote, "denied");
        await scene.ConfigureAsync(there);
        await scene.Sandbox.DvOkAsync(there, "pull");
        await scene.Sandbox.DvOkAsync(there, "verify");
    }

    [Fact]
    public async Task A_bucket_that_does_not_exist_is_named()
    {
        await using S3Scene scene = await PushedAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "remote", "modify", "ceph", "url", "s3://no-such-bucket-here/x");

        AssertOneLine(await scene.Sandbox.DvAsync(scene.Here, "push"), Remote, "no-such-bucket-here");
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_until_its_authority_is_named()
    {
        await using S3Scene scene = await PushedAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "remote", "modify", "--local", "ceph", "endpoint", RadosGateway.Instance.TlsEndpoint);

        AssertOneLine(await scene.Sandbox.DvAsync(scene.Here, "push", "--deep"), Remote, "certificate");
        await scene.Sandbox.DvOkAsync(scene.Here, "remote", "modify", "--local", "ceph", "cafile", RadosGateway.Instance.CertificateFile);
        await scene.Sandbox.DvOkAsync(scene.Here, "push", "--deep");
    }

    [Fact]
    public async Task A_web_page_instead_of_an_answer_is_not_taken_for_one()
    {
        await using S3Scene scene = await PushedAsync();
        scene.Line.OnRequest(new ExchangeFault.Answers(200, Body: "<html><body>Please log in</body></html>", ContentType: "text/html"), times: 1000);

        AssertOneLine(await scene.Sandbox.DvAsync(scene.Here, "push"), Remote, "not S3");
    }

    [Fact]
    public async Task A_remote_of_another_layout_is_left_alone()
    {
        await using S3Scene scene = await PushedAsync();
        string prefix = scene.Url[(scene.Url.LastIndexOf('/') + 1)..];
        await scene.OverwriteAsync($"{prefix}/dvstore/v1/dv.json", """{"version":9,"id":"x","layouts":["packed"],"requires":[]}"""u8.ToArray());

        AssertOneLine(await scene.Sandbox.DvAsync(scene.Here, "push"), 2, "version 9");
    }

    [Fact]
    public async Task A_server_that_is_down_is_said_to_be_down_after_retries()
    {
        await using S3Scene scene = await PushedAsync();
        scene.Line.OnRequest(new ExchangeFault.Answers(503), times: 1000);

        Ran ran = await scene.Sandbox.DvAsync(scene.Here, "push", "-v");

        Assert.Equal(Remote, ran.ExitCode);
        Assert.Contains("trying again", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remote_test_says_what_works_and_where_the_keys_came_from()
    {
        await using S3Scene scene = await PushedAsync();

        Ran ran = await scene.Sandbox.DvOkAsync(scene.Here, "remote", "test");

        Assert.Contains("accesskeyid", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("dvsecret", ran.Output + ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("failed", ran.Output, StringComparison.Ordinal);
        await scene.ConfigureAsync(scene.Here, "strangerkey", "strangersecret");
        Assert.Equal(Remote, (await scene.Sandbox.DvAsync(scene.Here, "remote", "test")).ExitCode);
    }

    private static async Task<S3Scene> PushedAsync()
    {
        S3Scene scene = await S3Scene.CreateAsync();
        scene.WriteData(small: 3, largeMegabytes: 0);
        await scene.AddAsync();
        await scene.Sandbox.DvOkAsync(scene.Here, "push");
        return scene;
    }

    private static void AssertOneLine(Ran ran, int exitCode, string says)
    {
        Assert.True(ran.ExitCode == exitCode, ran.ToString());
        string[] errors = [.. ran.Errors.Split('\n').Where(l => l.StartsWith("dv: error:", StringComparison.Ordinal))];
        Assert.True(errors.Length == 1, ran.ToString());
        Assert.Contains(says, errors[0], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", ran.Errors, StringComparison.Ordinal);
    }
}
