using DataVersion.Testing;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Images;

/// <summary>Hashes of MLflow's extra packages: container/refresh-requirements.sh writes them, and the build takes nothing else from then on.</summary>
public class RequirementsTests(ImageSet images)
{
    private const string Mark = "# What these stand on, as refresh-requirements.sh found it:\n";
    private const string Intel = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", Arm = "cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64";

    [Fact]
    public async Task The_script_writes_every_package_with_the_hashes_of_both_architectures_and_only_these_are_installed()
    {
        using var folder = new TempFolder();
        var index = new MlflowIndex(images, folder);
        string[] driver = [index.AddWheel("psycopg2-binary", "2.9.10", Intel), index.AddWheel("psycopg2-binary", "2.9.10", Arm)];
        string client = index.AddWheel("boto3", "1.2.3", needs: "botocore>=1.2,<2");
        string below = index.AddWheel("botocore", "1.2.9", needs: "jmespath");
        string last = index.AddWheel("jmespath", "1.0.1");
        await index.WriteRequirementsAsync("# words", "boto3==1.2.3", "psycopg2-binary==2.9.10");

        ContainerRan before = await index.RefreshAsync("--check");
        string untouched = await index.ReadRequirementsAsync();
        ContainerRan ran = await index.RefreshAsync();
        string written = await index.ReadRequirementsAsync();
        ContainerRan check = await index.RefreshAsync("--check");
        ContainerRan again = await index.RefreshAsync();
        ContainerRan built = await index.BuildAsync("dv-mlflow-hashed");

        Assert.True((before.ExitCode, ran.ExitCode, check.ExitCode, again.ExitCode) == (1, 0, 0, 0), $"{before}{ran}{check}{again}");
        Assert.Equal("# words\nboto3==1.2.3\npsycopg2-binary==2.9.10\n", untouched);
        string[] both = [.. driver.Order(StringComparer.Ordinal)];
        Assert.Equal(
            $"# words\n{Entry("boto3==1.2.3", client)}{Entry("psycopg2-binary==2.9.10", both)}{Mark}{Entry("botocore==1.2.9", below)}{Entry("jmespath==1.0.1", last)}", written);
        Assert.Equal(written, await index.ReadRequirementsAsync());
        Assert.True(built.ExitCode == 0, built.ToString());

        // A package of the same name and version with other bytes, as a registry could hand it out.
        index.AddWheel("botocore", "1.2.9", word: "other", needs: "jmespath");
        ContainerRan exchanged = await index.BuildAsync("dv-mlflow-exchanged");
        ContainerRan refused = await index.RefreshAsync();
        // And one that nobody wrote a hash of.
        await index.WriteRequirementsAsync(written.Split(Mark)[0].TrimEnd('\n'));
        ContainerRan lacking = await index.BuildAsync("dv-mlflow-lacking");

        Assert.NotEqual(0, exchanged.ExitCode);
        Assert.Contains("DO NOT MATCH THE HASHES", exchanged.Output + exchanged.Errors, StringComparison.Ordinal);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("error: botocore==1.2.9 has other bytes than before", refused.Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, lacking.ExitCode);
        Assert.Contains("In --require-hashes mode, all requirements must have", lacking.Output + lacking.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_package_cannot_be_had_for_one_architecture_the_file_stays_as_it_is()
    {
        using var folder = new TempFolder();
        var index = new MlflowIndex(images, folder);
        index.AddWheel("psycopg2-binary", "2.9.10", Intel);
        index.AddWheel("boto3", "1.2.3", needs: "botocore>=1.2,<2");
        await index.WriteRequirementsAsync("boto3==1.2.3", "psycopg2-binary==2.9.10");

        ContainerRan absent = await index.RefreshAsync();
        index.AddWheel("botocore", "1.2.9");
        ContainerRan oneArchitecture = await index.RefreshAsync();
        await index.WriteRequirementsAsync("boto3>=1", "psycopg2-binary==2.9.10");
        ContainerRan open = await index.RefreshAsync();

        Assert.Equal((1, 1, 2), (absent.ExitCode, oneArchitecture.ExitCode, open.ExitCode));
        Assert.Matches("^refresh-requirements.sh: error: x86_64: ERROR: .*botocore.*: /container/mlflow-requirements.txt stays as it is\n$", absent.Errors);
        Assert.Matches("^refresh-requirements.sh: error: aarch64: ERROR: .*psycopg2-binary.*: /container/mlflow-requirements.txt stays as it is\n$", oneArchitecture.Errors);
        Assert.Contains("boto3>=1: a line is NAME==VERSION", open.Errors, StringComparison.Ordinal);
        Assert.Equal("boto3>=1\npsycopg2-binary==2.9.10\n", await index.ReadRequirementsAsync());
    }

    [Fact]
    public async Task What_is_installed_already_stays_at_its_version()
    {
        using var folder = new TempFolder();
        var index = new MlflowIndex(images, folder);
        index.AddWheel("boto3", "1.2.3", needs: "mlflow-stand-in");
        // The image has 1.0 of it.
        string kept = index.AddWheel("mlflow-stand-in", "1.0");
        index.AddWheel("mlflow-stand-in", "2.0");
        await index.WriteRequirementsAsync("boto3==1.2.3");

        ContainerRan ran = await index.RefreshAsync();

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.EndsWith($"{Mark}{Entry("mlflow-stand-in==1.0", kept)}", await index.ReadRequirementsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_line_of_the_repositorys_file_is_exact_and_has_a_hash_where_one_has()
    {
        string text = File.ReadAllText(ProjectFolder.At("container/mlflow-requirements.txt"));
        string[] lines = [.. text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n').Where(l => l.Length > 0 && !l.StartsWith('#'))];
        string[] hashed = [.. lines.Where(l => l.Contains("--hash=sha256:", StringComparison.Ordinal))];

        if (hashed.Length == 0)
            TestContext.Current.AddWarning("container/mlflow-requirements.txt: no hashes yet; container/refresh-requirements.sh writes them where an index can be reached");

        Assert.All(lines, l => Assert.Matches(@"^[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+( +--hash=sha256:[0-9a-f]{64})*$", l));
        Assert.True(hashed.Length == 0 || hashed.Length == lines.Length, $"without a hash: {string.Join(", ", lines.Except(hashed))}");
    }

    private static string Entry(string name, params string[] hashes) => $"{name} \\\n{string.Join(" \\\n", hashes.Select(h => $"    --hash=sha256:{h}"))}\n";
}
