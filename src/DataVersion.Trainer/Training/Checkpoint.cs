using System.Security.Cryptography;

namespace DataVersion.Trainer.Training;

/// <summary>
/// A <see cref="TrainingState"/> as a file: <c>dvtrain1</c>, the SHA-256 of what the training depends on, the state in little-endian numbers, and the SHA-256 of all that. No state
/// of a random generator is needed (<see cref="SeededRandom"/>).
/// </summary>
internal static class Checkpoint
{
    /// <summary>The file's name in the folder of checkpoints.</summary>
    internal const string FileName = "dv-train.checkpoint";

    private const int HashLength = SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Magic => "dvtrain1"u8;

    /// <summary>The bytes.</summary>
    /// <param name="state">The state.</param>
    /// <param name="fingerprint">SHA-256 of what the training depends on.</param>
    internal static byte[] Write(TrainingState state, ReadOnlySpan<byte> fingerprint)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(fingerprint);
            writer.Write(state.StepInEpoch);
            writer.Write(state.LossSumAtEpoch);
            writer.Write(state.Weights.LossSum);
            writer.Write(state.BestEpoch);
            writer.Write(state.History.Count);
            foreach (EpochResult epoch in state.History)
            {
                writer.Write(epoch.TrainLoss);
                writer.Write(epoch.ValidationLoss);
                writer.Write(epoch.ValidationAuc);
                writer.Write(epoch.LearningRate);
            }
            foreach (float[] numbers in (float[][])[state.Weights.Parameters, state.Weights.Moment1, state.Weights.Moment2, state.Best])
            {
                writer.Write(numbers.Length);
                foreach (float number in numbers)
                    writer.Write(number);
            }
        }
        ReadOnlySpan<byte> body = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        return [.. body, .. SHA256.HashData(body)];
    }

    /// <summary>Reads a state.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="fingerprint">SHA-256 of what this training depends on.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="InvalidFormatException">It is damaged.</exception>
    /// <exception cref="UsageException">It is of another training.</exception>
    internal static TrainingState Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> fingerprint, string name)
    {
        if (bytes.Length < Magic.Length + (2 * HashLength) || !bytes.StartsWith(Magic) || !bytes[^HashLength..].SequenceEqual(SHA256.HashData(bytes[..^HashLength])))
            throw new InvalidFormatException(name, null, "is not a checkpoint of dv-train, or is damaged", "remove it to train from the start", ErrorKind.Corrupt);
        if (!bytes.Slice(Magic.Length, HashLength).SequenceEqual(fingerprint))
            throw new UsageException($"{name} is the checkpoint of a training with other options or data", "remove it to train from the start");
        try
        {
            return ReadState(bytes[(Magic.Length + HashLength)..^HashLength]);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or OverflowException)
        {
            throw new InvalidFormatException(name, null, "is not a checkpoint of dv-train", "remove it to train from the start", ErrorKind.Corrupt, e);
        }
    }

    private static TrainingState ReadState(ReadOnlySpan<byte> body)
    {
        using var reader = new BinaryReader(new MemoryStream(body.ToArray()));
        long stepInEpoch = reader.ReadInt64();
        double atEpoch = reader.ReadDouble(), lossSum = reader.ReadDouble();
        int best = reader.ReadInt32();
        var history = new EpochResult[Count(reader, 4 * sizeof(double))];
        for (int i = 0; i < history.Length; i++)
            history[i] = new EpochResult(i + 1, reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
        float[] parameters = Numbers(reader), moment1 = Numbers(reader), moment2 = Numbers(reader), bestParameters = Numbers(reader);
        if (best < 0 || best > history.Length || stepInEpoch < 0 || moment1.Length != parameters.Length || (bestParameters.Length > 0) != (best > 0))
            throw new ArgumentException("the parts do not fit together", nameof(body));
        return new TrainingState
        {
            Weights = new WeightState(parameters, moment1, moment2, lossSum),
            History = history,
            StepInEpoch = stepInEpoch,
            LossSumAtEpoch = atEpoch,
            Best = bestParameters,
            BestEpoch = best,
        };
    }

    private static float[] Numbers(BinaryReader reader)
    {
        var numbers = new float[Count(reader, sizeof(float))];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = reader.ReadSingle();
        return numbers;
    }

    private static int Count(BinaryReader reader, int size)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= (reader.BaseStream.Length - reader.BaseStream.Position) / size ? count : throw new EndOfStreamException();
    }
}
