using DataVersion.Trainer.Onnx;
using DataVersion.Trainer.Training;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace DataVersion.Tests.Trainer.Training;

public sealed class AcceleratorTests
{
    // ONNX Runtime's session.set_denormal_as_zero changes the thread that opens the first session of a process, and no other: whatever that thread
    // computes or parses later differs, and a training that goes on in other threads is not the same twice.
    [Fact]
    public void A_session_leaves_the_arithmetic_of_its_thread_alone()
    {
        var graph = new GraphBuilder("relu");
        graph.Output("y", graph.Relu(graph.Input("x", ElementType.Float, 1)));
        using Accelerator device = Accelerator.Cpu(threads: 1);
        using InferenceSession session = device.Open(graph.ToBytes());
        double[] least = [double.Epsilon];

        Assert.NotEqual(0, least[0] * 1);
        Assert.Equal(double.Epsilon, double.Parse("4.9406564584124654E-324", System.Globalization.CultureInfo.InvariantCulture));
    }
}
