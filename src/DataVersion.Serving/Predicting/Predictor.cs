using System.Collections.Concurrent;
using DataVersion.Tracking.Models;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Serving.Predicting;

/// <summary>Runs a session over batches, which it keeps for the next request.</summary>
internal sealed class Predictor : IDisposable
{
    private readonly InferenceSession _session;
    private readonly InputColumns _columns;
    private readonly string[] _outputs;
    private readonly int _kept;
    private readonly ConcurrentBag<RowBatch> _batches = [];
    private readonly RunWatches _watches;

    internal Predictor(InferenceSession session, InputColumns columns, ModelSignature signature, ServingSettings settings)
    {
        _session = session;
        _columns = columns;
        _outputs = [signature.Output];
        _kept = settings.MaxConcurrency;
        _watches = new RunWatches(settings.PredictTimeout);
        Threshold = signature.Threshold;
    }

    /// <summary>From this probability on a row counts as positive.</summary>
    internal double Threshold { get; }

    /// <summary>A batch for one request; give it back with <see cref="Return"/>.</summary>
    internal RowBatch Rent()
    {
        if (_batches.TryTake(out RowBatch? batch))
            return batch;
        batch = new RowBatch(_columns);
        _watches.Add(batch.Watch);
        return batch;
    }

    /// <summary>Gives up a batch whose request failed.</summary>
    internal void Discard(RowBatch batch)
    {
        _watches.Remove(batch.Watch);
        batch.Dispose();
    }

    internal void Return(RowBatch batch)
    {
        if (_batches.Count < _kept)
            _batches.Add(batch);
        else
            Discard(batch);
    }

    /// <summary>Fills <see cref="RowBatch.Probabilities"/>.</summary>
    /// <exception cref="OnnxRuntimeException">It fails, or was told to end.</exception>
    internal void Run(RowBatch batch)
    {
        batch.Bind();
        _session.Run(batch.Options, _columns.Names, batch.Inputs, _outputs, batch.Outputs);
    }

    /// <summary>Answers typical rows, so that the first request pays for nothing but itself.</summary>
    /// <exception cref="InvalidFormatException">The answer to the mean of the training data is no probability.</exception>
    /// <exception cref="OnnxRuntimeException">The model fails.</exception>
    internal void WarmUp()
    {
        foreach (int rows in (ReadOnlySpan<int>)[1, 8, 1, 1])
        {
            RowBatch batch = Rent();
            batch.Clear();
            for (int row = 0; row < rows; row++)
                AddTypicalRow(batch, row);
            Run(batch);
            foreach (float probability in batch.Probabilities)
            {
                if (!(probability is >= 0 and <= 1))
                {
                    throw new InvalidFormatException(ModelSignature.ModelFileName, null,
                        FormattableString.Invariant($"for the means of its training data it answers {probability}, which is no probability"), null, ErrorKind.Corrupt);
                }
            }
            Return(batch);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watches.Dispose();
        while (_batches.TryTake(out RowBatch? batch))
            batch.Dispose();
        _session.Dispose();
    }

    private void AddTypicalRow(RowBatch batch, int row)
    {
        batch.AddRow();
        for (int column = 0; column < _columns.Count; column++)
        {
            SignatureInput input = _columns.Inputs[column];
            if (input.Type == SignatureType.Number)
            {
                batch.Set(column, (float)(input.Statistics.Mean ?? 0));
                continue;
            }
            if (input.Type == SignatureType.Time)
            {
                batch.SetTime(column, input.Statistics.Mean ?? 0);
                continue;
            }
            string category = input.Categories[row % input.Categories.Count];
            Span<byte> room = batch.TextRoom(System.Text.Encoding.UTF8.GetMaxByteCount(category.Length));
            batch.SetText(column, System.Text.Encoding.UTF8.GetBytes(category, room));
        }
    }
}
