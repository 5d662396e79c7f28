using System.Text.Json.Nodes;
using DataVersion.Testing.Containers;
using Xunit;

namespace DataVersion.Containers.Training;

/// <summary>The example of a trainer in Python (container/examples/python-trainer), with git in the image and without.</summary>
public class PythonTrainerTests(ImageSet images)
{
    [Fact]
    public async Task A_trainer_in_Python_trains_on_the_pinned_data_saves_its_state_and_leaves_a_model_and_metrics()
    {
        ContainerEngine engine = await images.EngineAsync();
        using Project project = await Project.CreateAsync("python-trainer", "payments.csv", rows: 500);
        await File.AppendAllTextAsync(Path.Combine(project.Folder, ".dockerignore"), "!data/deep/er/?*.dv\n", TestContext.Current.CancellationToken);
        BuiltImage image = await project.BuildAsync(images, "python-trainer", await images.TrainAsync());
        string[] options = [.. Locked.Options, "--volume", "python:/work", "--env", "AWS_ACCESS_KEY_ID=dvkey", "--env", "AWS_SECRET_ACCESS_KEY=dvsecret", "--env", "DV_TRUST_REMOTE=1", "--env", "DV_RUN_KEY=job-1", "--env", "DV_PARAM_EPOCHS=3"];

        ContainerRan ran = await engine.RunAsync("podman", ["run", "--rm", .. options, image.Name]);
        // The next attempt of the same logical run, on another machine: its volume is empty.
        ContainerRan again = await engine.RunAsync("podman", ["run", "--rm", .. options.Select(o => o == "python:/work" ? "python-2:/work" : o), "--env", "DV_PARAM_EPOCHS=5", image.Name]);

        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains("epoch 3: loss", ran.Output, StringComparison.Ordinal);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.StartsWith("goes on after epoch 3\nepoch 4: loss", again.Output, StringComparison.Ordinal);
        JsonNode runs = JsonNode.Parse(await project.Host.DvAsync(project.Folder, "runs", "--key", "job-1", "--json"))!;
        Assert.Equal(2, runs["runs"]!.AsArray().Count);
        JsonNode record = JsonNode.Parse(await project.Host.DvAsync(project.Folder, "runs", "show", runs["runs"]![0]!["run"]!.GetValue<string>(), "--json"))!;
        Assert.Equal(("complete", project.Commit), (record["stage"]!.GetValue<string>(), record["code"]!["commit"]!.GetValue<string>()));
        Assert.True(record["metrics"]!["final"]!["loss"]!.GetValue<double>() > 0);
        Assert.Contains("model.json", record["outputs"]!.ToJsonString(), StringComparison.Ordinal);
    }
}
