using System.Buffers;
using System.Buffers.Text;
using System.Threading.RateLimiting;
using DataVersion.Serving.Metrics;
using DataVersion.Serving.Models;
using DataVersion.Serving.Predicting;
using Microsoft.ML.OnnxRuntime;

namespace DataVersion.Serving.Http;

/// <summary><c>POST /predict</c></summary>
internal sealed class PredictEndpoint(ServingSettings settings, ModelHolder holder, RequestMetrics metrics, ServingLog log) : IDisposable
{
    internal const string RowsItem = "rows";
    private const int RowRoom = 64;

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = settings.MaxConcurrency,
        QueueLimit = settings.MaxQueue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    internal async Task HandleAsync(HttpContext context)
    {
        var limit = new RequestLimit(settings.PredictTimeout, context.RequestAborted);
        try
        {
            CheckKind(context.Request);
            using RequestBody body = await RequestBody.ReadAsync(context.Request, settings.MaxBodyBytes, limit);
            if (await TryAnswerAsync(context, body, limit))
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        catch (PredictionProblem problem)
        {
            if (problem.Status == StatusCodes.Status413PayloadTooLarge)
                context.Response.Headers.Connection = "close";
            await Problem.WriteAsync(context, problem.Status, problem.Title, problem.Detail, problem.Pointer);
        }
        catch (BadHttpRequestException e)
        {
            await Problem.WriteAsync(context, e.StatusCode, "The request is malformed", null);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "1";
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "It took too long",
                FormattableString.Invariant($"There was no answer within {settings.PredictTimeout.TotalMilliseconds} ms."));
        }
        finally
        {
            limit.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    /// <summary>Puts the answer into the response's buffer. What is shared is given back before anything is sent to a client that may be slow.</summary>
    private async ValueTask<bool> TryAnswerAsync(HttpContext context, RequestBody body, RequestLimit limit)
    {
        RateLimitLease lease = _limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            lease.Dispose();
            lease = await _limiter.AcquireAsync(1, limit.Token);
        }
        using (lease)
        {
            if (!lease.IsAcquired)
            {
                context.Response.Headers.RetryAfter = "1";
                await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many requests at once",
                    FormattableString.Invariant($"{settings.MaxConcurrency} are being answered, and {settings.MaxQueue} wait."));
                return false;
            }
            if (holder.Hold() is not { } model)
            {
                context.Response.Headers.RetryAfter = "1";
                await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "No model is loaded yet", null);
                return false;
            }
            try
            {
                Answer(context, model, body.Span, limit);
                return true;
            }
            finally
            {
                model.Release();
            }
        }
    }

    private void Answer(HttpContext context, LoadedModel model, ReadOnlySpan<byte> body, RequestLimit limit)
    {
        RowBatch batch = model.Predictor.Rent();
        bool broken = true;
        try
        {
            RowParser.Parse(body, model.Columns, batch, settings.MaxRows);
            if (settings.LogRequests)
                context.Items[RowsItem] = batch.Rows;
            Run(model, batch, limit);
            int positive = Write(model, batch);
            metrics.AddRows(batch.Rows, positive);
            model.Drift.Add(batch);
            ReadOnlySpan<byte> answer = batch.Answer.WrittenSpan;
            HttpResponse response = context.Response;
            response.ContentType = "application/json";
            response.ContentLength = answer.Length;
            response.BodyWriter.Write(answer);
            broken = false;
        }
        catch (PredictionProblem)
        {
            broken = false;
            throw;
        }
        finally
        {
            if (broken)
                model.Predictor.Discard(batch);
            else
                model.Predictor.Return(batch);
        }
    }

    private void Run(LoadedModel model, RowBatch batch, RequestLimit limit)
    {
        batch.Watch.Begin(limit.Deadline);
        bool expired;
        try
        {
            model.Predictor.Run(batch);
            expired = batch.Watch.End();
        }
        catch (OnnxRuntimeException e)
        {
            if (!batch.Watch.End())
            {
                log.Error("model-failed", ("problem", ModelSession.Line(e)), ("sha256", model.Sha256));
                throw;
            }
            expired = true;
        }
        if (expired)
            throw new OperationCanceledException();
    }

    private static int Write(LoadedModel model, RowBatch batch)
    {
        ArrayBufferWriter<byte> output = batch.Answer;
        output.Write("{\"predictions\":["u8);
        int positive = 0;
        ReadOnlySpan<float> probabilities = batch.Probabilities;
        for (int row = 0; row < probabilities.Length; row++)
        {
            float probability = probabilities[row];
            if (!float.IsFinite(probability))
            {
                throw new PredictionProblem(422, "The model has no answer", "For this row the model gives no number: its values are too far from those that it was trained on.",
                    FormattableString.Invariant($"/rows/{row}"));
            }
            bool isPositive = probability >= model.Predictor.Threshold;
            positive += isPositive ? 1 : 0;
            Span<byte> room = output.GetSpan(RowRoom);
            int length = Put(room, 0, row == 0 ? "{\"probability\":"u8 : ",{\"probability\":"u8);
            Utf8Formatter.TryFormat(probability, room[length..], out int digits);
            length = Put(room, length + digits, isPositive ? ",\"label\":1}"u8 : ",\"label\":0}"u8);
            output.Advance(length);
        }
        output.Write("]"u8);
        output.Write(model.Tail);
        return positive;
    }

    private static int Put(Span<byte> room, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(room[at..]);
        return at + text.Length;
    }

    private static void CheckKind(HttpRequest request)
    {
        string? kind = request.ContentType;
        if (kind is not null && !IsJson(kind))
            throw new PredictionProblem(StatusCodes.Status415UnsupportedMediaType, "The body is no JSON", "Send it with Content-Type: application/json.");
        if (request.Headers.ContentEncoding.Count > 0)
            throw new PredictionProblem(StatusCodes.Status415UnsupportedMediaType, "The body is compressed", "Send it as it is.");
    }

    private static bool IsJson(ReadOnlySpan<char> kind)
    {
        int end = kind.IndexOf(';');
        ReadOnlySpan<char> media = (end < 0 ? kind : kind[..end]).Trim();
        return media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }
}
