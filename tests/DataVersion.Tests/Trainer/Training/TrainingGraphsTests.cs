using DataVersion.Trainer.Training;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace DataVersion.Tests.Trainer.Training;

/// <summary>The graphs of a training against the same in plain C# and 64-bit numbers.</summary>
public sealed class TrainingGraphsTests
{
    private static readonly SampleTable Table = SampleTable.Create(400, 5);
    private static readonly long[] Order = [.. Enumerable.Range(0, 64).Select(i => i * 37L % 400)];

    [Theory]
    [InlineData(0, 0, 1, 1)]
    [InlineData(0.01, 0, 3, 0.5)]
    [InlineData(0, 0.4, 1, 1)]
    [InlineData(0.1, 0.2, 0.2, 2)]
    public void The_gradient_is_what_finite_differences_of_the_reference_say(double l2, double dropout, double positive, double negative)
    {
        var options = new TrainingOptions { Hidden = [6, 4], L2 = l2, Dropout = dropout };
        var network = new Network(new FeatureLayout(Table.Inputs), options.Hidden);
        var graphs = new TrainingGraphs(network, options, positive, negative);
        float[] parameters = Parameters(network);
        byte[][] masks = dropout == 0 ? [] : [.. options.Hidden.Select((width, i) => Mask(width * Order.Length, graphs.Keep, i))];
        var reference = new ReferenceNetwork(Table, options.Hidden) { Masks = masks, Keep = graphs.Keep / 65_536.0 };

        IReadOnlyList<float[]> results = GraphRunner.Run(graphs.Gradient(), Inputs(network, parameters, masks, options.Hidden));

        double[] exact = Array.ConvertAll(parameters, p => (double)p);
        Assert.Equal(reference.Loss(exact, Order, positive, negative, l2), results[1][0], 1e-5);
        for (int i = 0; i < exact.Length; i++)
        {
            const double Step = 1e-6;
            double value = exact[i];
            exact[i] = value + Step;
            double up = reference.Loss(exact, Order, positive, negative, l2);
            exact[i] = value - Step;
            double expected = (up - reference.Loss(exact, Order, positive, negative, l2)) / (2 * Step);
            exact[i] = value;
            Assert.True(Math.Abs(expected - results[0][i]) < 1e-5 + (1e-4 * Math.Abs(expected)), $"parameter {i}: {results[0][i]}, not {expected}");
        }
    }

    [Fact]
    public void Three_steps_of_Adam_are_what_its_paper_says()
    {
        var options = new TrainingOptions { Hidden = [3], LearningRate = 0.01 };
        (float[][] gradients, WeightState end, float[] begin) = Steps(options);

        for (int i = 0; i < begin.Length; i++)
        {
            double p = begin[i], m = 0, v = 0;
            for (int t = 1; t <= gradients.Length; t++)
            {
                double g = gradients[t - 1][i];
                m = (0.9 * m) + (0.1 * g);
                v = (0.999 * v) + (0.001 * g * g);
                p -= 0.01 * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
            }
            Assert.Equal(p, end.Parameters[i], 2e-5);
            Assert.Equal(m, end.Moment1[i], 1e-5);
            Assert.Equal(v, end.Moment2[i], 1e-6);
        }
    }

    [Fact]
    public void Three_steps_of_SGD_have_momentum()
    {
        var options = new TrainingOptions { Hidden = [3], LearningRate = 0.1, Optimizer = Optimizer.Sgd, Momentum = 0.8 };
        (float[][] gradients, WeightState end, float[] begin) = Steps(options);

        for (int i = 0; i < begin.Length; i++)
        {
            double p = begin[i], m = 0;
            foreach (float[] gradient in gradients)
            {
                m = (0.8 * m) + gradient[i];
                p -= 0.1 * m;
            }
            Assert.Equal(p, end.Parameters[i], 1e-5);
        }
        Assert.Empty(end.Moment2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Moments_of_weights_that_are_not_used_do_not_become_denormal(bool isAdam)
    {
        Optimizer optimizer = isAdam ? Optimizer.Adam : Optimizer.Sgd;
        var options = new TrainingOptions { Hidden = [3], Optimizer = optimizer, Momentum = 0.9 };
        var network = new Network(new FeatureLayout(Table.Inputs), options.Hidden);
        var graphs = new TrainingGraphs(network, options, 1, 1);
        using Accelerator device = Accelerator.Cpu(1);
        // Nothing goes through a network of zeros: only the last bias, which comes last, has a gradient.
        var begin = new float[Parameters(network).Length];
        Range unused = ..^1;
        Assert.DoesNotContain(GraphRunner.Run(graphs.Gradient(), Inputs(network, begin, [], options.Hidden))[0][unused], g => g != 0);
        WeightState state = WeightState.Begin(begin, optimizer);
        Array.Fill(state.Moment1, 1e-37f);
        Array.Fill(state.Moment2, 1.2e-38f);
        using var runner = new StepRunner(device, network, graphs, options, state);
        using RowBlock block = Block(network);
        runner.Use(block, Order);

        for (int step = 0; step < 60; step++)
            runner.Run(step, rate: 0, 0, Order.Length);

        WeightState end = runner.Save();
        Assert.DoesNotContain(end.Moment1[unused], float.IsSubnormal);
        Assert.True(end.Moment2.Length == 0 || !end.Moment2[unused].Any(float.IsSubnormal));
    }

    /// <summary>Runs three steps of the step's graph, and asks the gradient's graph before each.</summary>
    private static (float[][] Gradients, WeightState End, float[] Begin) Steps(TrainingOptions options)
    {
        var network = new Network(new FeatureLayout(Table.Inputs), options.Hidden);
        var graphs = new TrainingGraphs(network, options, 1, 1);
        using Accelerator device = Accelerator.Cpu(1);
        float[] begin = Parameters(network);
        using var runner = new StepRunner(device, network, graphs, options, WeightState.Begin(begin, options.Optimizer));
        using RowBlock block = Block(network);
        runner.Use(block, Order);
        var gradients = new float[3][];
        for (int step = 0; step < gradients.Length; step++)
        {
            gradients[step] = GraphRunner.Run(graphs.Gradient(), Inputs(network, runner.Parameters(), [], options.Hidden))[0];
            runner.Run(step, options.LearningRate, 0, Order.Length);
        }
        return (gradients, runner.Save(), begin);
    }

    private static RowBlock Block(Network network)
    {
        RowBuffer buffer = Fill(network.Layout);
        float[] numbers = Standardised(network, buffer);
        return new RowBlock(0, Sized(buffer, Order.Length), OrtValue.CreateTensorValueFromMemory(numbers, [400L, network.Layout.NumberFeatures]),
            OrtValue.CreateTensorValueFromMemory(buffer.Codes, [400L, 2]), OrtValue.CreateTensorValueFromMemory(buffer.Labels, [400L, 1]));
    }

    private static RowBuffer Sized(RowBuffer buffer, int rows)
    {
        buffer.Rows = rows;
        return buffer;
    }

    private static (string, OrtValue)[] Inputs(Network network, float[] parameters, byte[][] masks, IReadOnlyList<int> hidden)
    {
        RowBuffer buffer = Fill(network.Layout);
        var schedule = new float[TrainingGraphs.ScheduleLength];
        TrainingGraphs.Fill(schedule, 0.1, 0, Order.Length);
        return
        [
            (GraphNames.Parameters, GraphRunner.Floats(parameters, parameters.Length)),
            (GraphNames.Schedule, GraphRunner.Floats(schedule, schedule.Length)),
            (GraphNames.Numbers, GraphRunner.Floats(Taken(Standardised(network, buffer), network.Layout.NumberFeatures), Order.Length, network.Layout.NumberFeatures)),
            (GraphNames.Codes, OrtValue.CreateTensorValueFromMemory(Taken(buffer.Codes, 2), [Order.Length, 2L])),
            (GraphNames.Labels, GraphRunner.Floats(Taken(buffer.Labels, 1), Order.Length, 1)),
            (GraphNames.Start, GraphRunner.Integers([0], 1)),
            (GraphNames.End, GraphRunner.Integers([Order.Length], 1)),
            .. masks.Select((m, i) => (GraphNames.Mask(i), OrtValue.CreateTensorValueFromMemory(m, [(long)Order.Length, hidden[i]]))),
        ];
    }

    private static T[] Taken<T>(T[] rows, int width) => [.. Order.SelectMany(row => rows.Skip((int)row * width).Take(width))];

    private static float[] Standardised(Network network, RowBuffer buffer) =>
        GraphRunner.Run(new TrainingGraphs(network, new TrainingOptions(), 1, 1).Prepare(), (GraphNames.Raw, GraphRunner.Floats(buffer.Raw, 400, 3)))[0];

    private static RowBuffer Fill(FeatureLayout layout)
    {
        var buffer = new RowBuffer(layout, 400) { Rows = 400 };
        for (int row = 0; row < 400; row++)
        {
            Table.Number(row).CopyTo(buffer.Raw.AsSpan(row * 3));
            Table.Codes(row).CopyTo(buffer.Codes.AsSpan(row * 2));
        }
        Table.Labels.CopyTo(buffer.Labels);
        return buffer;
    }

    /// <summary>No parameter is zero, as some are before the first step.</summary>
    private static float[] Parameters(Network network)
    {
        var random = new Random(9);
        float[] parameters = network.Begin(3, 0.5);
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] += (float)(random.NextDouble() - 0.5) * 0.3f;
        return parameters;
    }

    private static byte[] Mask(int length, int keep, int layer)
    {
        var mask = new byte[length];
        new SeededRandom(1, RandomUse.Dropout, 0, layer).Mask(mask, keep);
        return mask;
    }
}
