namespace DataVersion.Trainer.Training;

/// <summary>What one pass over the training data came to.</summary>
/// <param name="Epoch">Its number, from 1 on.</param>
/// <param name="TrainLoss">The mean weighted loss of the rows, each with the weights of its own step.</param>
/// <param name="ValidationLoss">The mean loss of the validation rows, unweighted.</param>
/// <param name="ValidationAuc">Area under the ROC curve on the validation rows; NaN where these have one class only.</param>
/// <param name="LearningRate">Of the last step.</param>
internal sealed record EpochResult(int Epoch, double TrainLoss, double ValidationLoss, double ValidationAuc, double LearningRate)
{
    /// <summary>What the best epoch is chosen by: the higher the better.</summary>
    internal double Score => double.IsNaN(ValidationAuc) ? -ValidationLoss : ValidationAuc;
}

/// <summary>Follows a training.</summary>
internal interface ITrainingMonitor
{
    /// <summary>The training goes on from a checkpoint.</summary>
    /// <param name="epochs">Epochs that are over.</param>
    /// <param name="steps">Steps of the next one that are done.</param>
    void OnResume(int epochs, long steps);

    /// <summary>The mean loss of the rows since the last call.</summary>
    /// <param name="step">Steps done, over all epochs.</param>
    /// <param name="loss">The loss.</param>
    void OnLoss(long step, double loss);

    /// <summary>An epoch is over.</summary>
    /// <param name="result">What it came to.</param>
    /// <param name="isBest">True where it is the best so far.</param>
    /// <param name="rowsPerSecond">Rows that were trained on, a second, without the validation.</param>
    void OnEpoch(EpochResult result, bool isBest, double rowsPerSecond);
}
