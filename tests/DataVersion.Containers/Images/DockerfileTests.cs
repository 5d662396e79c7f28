using System.Xml.Linq;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Images;

/// <summary>The Dockerfiles as texts. What they make is shown by the tests beside this one.</summary>
public class DockerfileTests
{
    public static TheoryData<string> Files => ["Dockerfile.dv", "Dockerfile.train", "Dockerfile.serve", "Dockerfile.mlflow"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_Dockerfile_keeps_the_rules(string name)
    {
        Dockerfile file = Dockerfile.Open(ProjectFolder.At("container", name));

        Assert.Empty(DockerfileRules.SecretNames(file));
        Assert.Empty(DockerfileRules.Bases(file));
        Assert.Empty(DockerfileRules.Form(file));
        Assert.Empty(DockerfileRules.Order(file));
        Assert.Empty(DockerfileRules.Packages(file));
    }

    [Theory]
    [InlineData("project")]
    [InlineData("python-trainer")]
    public void The_examples_take_their_base_by_an_argument_and_no_secret_and_ignore_all_that_they_do_not_name(string example)
    {
        Dockerfile file = Dockerfile.Open(ProjectFolder.At("container/examples", example, "Dockerfile"));
        string[] rules = [.. File.ReadLines(ProjectFolder.At("container/examples", example, ".dockerignore")).Where(line => line.Length > 0 && !line.StartsWith('#'))];

        Assert.Empty(DockerfileRules.SecretNames(file));
        Assert.Empty(DockerfileRules.Bases(file));
        Assert.Empty(DockerfileRules.Packages(file));
        Assert.NotEqual("root", file.All("USER").LastOrDefault()?.Text);
        Assert.Equal("*", rules[0]);
        Assert.All(rules[1..], rule => Assert.StartsWith("!", rule, StringComparison.Ordinal));
        Assert.Contains("!**/?*.dv", rules);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_default_base_is_one_of_images_lock(string name)
    {
        ImagesLock locked = ImagesLock.Open(ProjectFolder.At("container", "images.lock"));
        Dockerfile file = Dockerfile.Open(ProjectFolder.At("container", name));

        string[] bases = [.. file.Bases.Where(b => b.Key.StartsWith("BASE_", StringComparison.Ordinal)).Select(b => b.Value)];

        Assert.NotEmpty(bases);
        Assert.All(bases, reference => Assert.Contains(reference, locked.References));
    }

    [Fact]
    public void What_images_lock_has_no_digest_for_is_said()
    {
        ImagesLock locked = ImagesLock.Open(ProjectFolder.At("container", "images.lock"));

        foreach (string reference in locked.References.Where(r => !r.Contains('@', StringComparison.Ordinal)))
            TestContext.Current.AddWarning($"{reference}: no digest yet; container/refresh-images.sh looks it up where its registry can be reached");

        Assert.Equal(locked.References.Distinct(), locked.References);
    }

    [Fact]
    public void Every_package_of_NET_has_one_exact_version()
    {
        XElement[] packages = [.. XDocument.Load(ProjectFolder.At("Directory.Packages.props")).Descendants("PackageVersion")];

        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Matches(@"^(\[[0-9A-Za-z.+-]+\]|[0-9A-Za-z.+-]+)$", package.Attribute("Version")!.Value));
        Assert.Distinct(packages.Select(package => package.Attribute("Include")!.Value));
        // None beside the list.
        string[] projects = [.. Directory.EnumerateFiles(ProjectFolder.At("src"), "*.*proj", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(ProjectFolder.At("src"), "*.props", SearchOption.AllDirectories))];
        Assert.All(projects, project => Assert.All(XDocument.Load(project).Descendants("PackageReference"), reference => Assert.Null(reference.Attribute("Version") ?? reference.Attribute("VersionOverride"))));
    }

    [Theory]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nARG NPM_TOKEN\n", "NPM_TOKEN")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nENV A=1 DB_PASSWORD=x\n", "DB_PASSWORD")]
    [InlineData("FROM ubuntu:24.04\n", "FROM ubuntu:24.04")]
    [InlineData("ARG BASE_A=r.example/a:latest\nFROM ${BASE_A}\n", "never latest")]
    [InlineData("ARG BASE_A=ubuntu\nFROM ${BASE_A}\n", "registry/name:tag")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nCOPY --link a b\n", "--link")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nRUN <<E\nE\n", "heredoc")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nCMD run me\n", "without a shell")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nUSER root\n", "10001:10001")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nCOPY src/ src/\nRUN dotnet restore\n", "COPY src/ before the restore")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nCOPY a.csproj ./\nARG V\nRUN dotnet restore\n", "an ARG before the restore")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nCOPY a.csproj ./\nRUN dotnet restore\nCOPY src/ src/\n", "cache mount")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nRUN apt-get update && apt-get install --yes git && rm -r x\n", "apt-get install git: no version")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nRUN apt-get install git${GIT_VERSION:+=$GIT_VERSION}\n", "and no argument for one")]
    [InlineData("ARG BASE_A=r.example/a:1\nFROM ${BASE_A}\nARG GIT_VERSION=1\nRUN apt-get install git${GIT_VERSION:+=$GIT_VERSION}\n", "and no argument for one")]
    public void The_rules_find_what_they_are_for(string text, string finding)
    {
        Dockerfile file = Dockerfile.Parse(text);

        string[] found = [.. DockerfileRules.SecretNames(file), .. DockerfileRules.Bases(file), .. DockerfileRules.Form(file), .. DockerfileRules.Order(file), .. DockerfileRules.Packages(file)];

        Assert.Contains(found, line => line.Contains(finding, StringComparison.Ordinal));
    }
}
