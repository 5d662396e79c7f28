using System.Buffers;
using System.Text.Json;
using DataVersion.Trainer.Evaluation;
using DataVersion.Trainer.Training;

namespace DataVersion.Trainer.Output;

/// <summary>The file <c>metrics.json</c>. Numbers that are not defined are null.</summary>
internal static class MetricsDocument
{
    /// <summary>The metrics that a model is compared by; those that are not defined are left out.</summary>
    internal static IReadOnlyDictionary<string, double> Named(EvaluationResult e) => new (string Name, double Value)[]
    {
        ("roc_auc", e.RocAuc),
        ("pr_auc", e.PrAuc),
        ("log_loss", e.LogLoss),
        ("brier", e.Brier),
        ("calibration_error", e.CalibrationError),
        ("f1", e.AtThreshold.F1),
        ("precision", e.AtThreshold.Precision),
        ("recall", e.AtThreshold.Recall),
        ("accuracy", e.AtThreshold.Accuracy),
        ("best_f1", e.AtBestF1.F1),
        ("best_threshold", e.AtBestF1.Threshold),
    }.Where(m => double.IsFinite(m.Value)).ToDictionary(m => m.Name, m => m.Value);

    internal static byte[] Write(TrainedModel model, ModelFacts facts)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("target", facts.Target);
            json.WriteString("provider", facts.Provider);
            Options(json, facts.Options);
            json.WriteNumber("trainingRows", facts.TrainingRows);
            json.WriteNumber("parameters", model.Parameters.Length);
            json.WriteNumber("epochs", model.State.History.Count);
            json.WriteNumber("bestEpoch", model.State.BestEpoch);
            json.WritePropertyName("validation");
            Evaluation(json, model.Evaluation);
            json.WriteStartArray("history");
            foreach (EpochResult epoch in model.State.History)
                Epoch(json, epoch);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return [.. bytes.WrittenSpan, (byte)'\n'];
    }

    private static void Options(Utf8JsonWriter json, TrainingOptions options)
    {
        json.WriteNumber("seed", options.Seed);
        json.WriteStartObject("options");
        json.WriteNumber("epochs", options.Epochs);
        json.WriteNumber("batchSize", options.BatchSize);
        json.WriteNumber("learningRate", options.LearningRate);
        json.WriteString("optimizer", options.Optimizer.ToString().ToLowerInvariant());
        json.WriteNumber("momentum", options.Momentum);
        json.WriteString("schedule", options.Schedule.ToString().ToLowerInvariant());
        json.WriteNumber("warmUp", options.WarmUp);
        json.WriteNumber("l2", options.L2);
        json.WriteStartArray("hidden");
        foreach (int width in options.Hidden)
            json.WriteNumberValue(width);
        json.WriteEndArray();
        json.WriteNumber("dropout", options.Dropout);
        if (options.ClassWeight is { } weight)
            json.WriteNumber("classWeight", weight);
        else
            json.WriteString("classWeight", "balanced");
        json.WriteNumber("patience", options.Patience);
        json.WriteEndObject();
    }

    private static void Evaluation(Utf8JsonWriter json, EvaluationResult evaluation)
    {
        json.WriteStartObject();
        json.WriteNumber("rows", evaluation.Rows);
        json.WriteNumber("positives", evaluation.Positives);
        Number(json, "rocAuc", evaluation.RocAuc);
        Number(json, "prAuc", evaluation.PrAuc);
        Number(json, "logLoss", evaluation.LogLoss);
        Number(json, "brier", evaluation.Brier);
        Number(json, "calibrationError", evaluation.CalibrationError);
        Confusion(json, "atThreshold", evaluation.AtThreshold);
        Confusion(json, "atBestF1", evaluation.AtBestF1);
        json.WriteStartArray("calibration");
        foreach (CalibrationBin bin in evaluation.Calibration)
        {
            json.WriteStartObject();
            json.WriteNumber("from", bin.From);
            json.WriteNumber("to", bin.To);
            json.WriteNumber("rows", bin.Rows);
            Number(json, "meanProbability", bin.MeanProbability);
            Number(json, "shareOfPositives", bin.ShareOfPositives);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Confusion(Utf8JsonWriter json, string name, Confusion confusion)
    {
        json.WriteStartObject(name);
        json.WriteNumber("threshold", confusion.Threshold);
        json.WriteNumber("f1", confusion.F1);
        json.WriteNumber("precision", confusion.Precision);
        json.WriteNumber("recall", confusion.Recall);
        json.WriteNumber("accuracy", confusion.Accuracy);
        json.WriteNumber("truePositives", confusion.TruePositives);
        json.WriteNumber("falsePositives", confusion.FalsePositives);
        json.WriteNumber("falseNegatives", confusion.FalseNegatives);
        json.WriteNumber("trueNegatives", confusion.TrueNegatives);
        json.WriteEndObject();
    }

    private static void Epoch(Utf8JsonWriter json, EpochResult epoch)
    {
        json.WriteStartObject();
        json.WriteNumber("epoch", epoch.Epoch);
        Number(json, "trainLoss", epoch.TrainLoss);
        Number(json, "validationLoss", epoch.ValidationLoss);
        Number(json, "validationAuc", epoch.ValidationAuc);
        json.WriteNumber("learningRate", epoch.LearningRate);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
