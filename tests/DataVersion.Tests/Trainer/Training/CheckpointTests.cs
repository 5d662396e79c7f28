using System.Security.Cryptography;
using DataVersion.Trainer.Training;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Trainer.Training;

public sealed class CheckpointTests
{
    private static readonly byte[] Mine = SHA256.HashData("mine"u8);

    [Fact]
    public void A_state_comes_back_as_it_was()
    {
        TrainingState state = Sample();

        TrainingState read = Checkpoint.Read(Checkpoint.Write(state, Mine), Mine, "file");

        Assert.Equal((state.StepInEpoch, state.LossSumAtEpoch, state.BestEpoch, state.Weights.LossSum), (read.StepInEpoch, read.LossSumAtEpoch, read.BestEpoch, read.Weights.LossSum));
        Assert.Equal(state.History, read.History);
        Assert.Equal(state.Best, read.Best);
        Assert.Equal(state.Weights.Parameters, read.Weights.Parameters);
        Assert.Equal(state.Weights.Moment1, read.Weights.Moment1);
        Assert.Equal(state.Weights.Moment2, read.Weights.Moment2);
    }

    [Fact]
    public void The_checkpoint_of_another_training_is_refused()
    {
        UsageException error = Assert.Throws<UsageException>(() => Checkpoint.Read(Checkpoint.Write(Sample(), SHA256.HashData("yours"u8)), Mine, "file"));

        Assert.Contains("other options or data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_one_changed_or_missing_byte_is_refused()
    {
        byte[] bytes = Checkpoint.Write(Sample(), Mine);
        for (int i = 0; i < bytes.Length; i += 7)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 4;
            Assert.Throws<InvalidFormatException>(() => Checkpoint.Read(changed, Mine, "file"));
            Assert.Throws<InvalidFormatException>(() => Checkpoint.Read(bytes.AsSpan(0, i), Mine, "file"));
        }
    }

    [Fact]
    public void Any_body_with_a_right_hash_gives_a_state_or_an_error()
    {
        // Hashed rightly, so that what is behind the hash is read.
        Prop.ForAll(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf().ToArbitrary(), body => IsReadOrRefused([.. "dvtrain1"u8, .. Mine, .. body])).QuickCheckThrowOnFailure();
        byte[] whole = Checkpoint.Write(Sample(), Mine)[..^32];
        Prop.ForAll(Gen.Choose(40, whole.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            byte[] changed = [.. whole];
            changed[change.Item1] = (byte)change.Item2;
            return IsReadOrRefused(changed);
        }).QuickCheckThrowOnFailure();
    }

    private static bool IsReadOrRefused(byte[] body)
    {
        try
        {
            Checkpoint.Read([.. body, .. SHA256.HashData(body)], Mine, "file");
            return true;
        }
        catch (InvalidFormatException)
        {
            return true;
        }
    }

    private static TrainingState Sample() => new()
    {
        Weights = new WeightState([1, 2, 3], [0.5f, -1, float.Epsilon], [4, 5, 6], 12.25),
        History = [new EpochResult(1, 0.5, 0.4, 0.7, 0.01), new EpochResult(2, 0.4, 0.3, double.NaN, 0.005)],
        StepInEpoch = 17,
        LossSumAtEpoch = 11.5,
        Best = [9, 8, 7],
        BestEpoch = 1,
    };
}
