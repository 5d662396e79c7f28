using DataVersion.Tracking.Mlflow;

namespace DataVersion.Cli.Reporting;

/// <summary>What <c>dv model</c> shows.</summary>
internal static class ModelReport
{
    private const int ShortHash = 12;

    internal static void Write(ConsoleReporter reporter, MlflowModelListing listing)
    {
        if (listing.Versions.Count == 0)
        {
            reporter.Note($"model '{Printable.Text(listing.Model.Name)}' has no version: register one with dv run --register NAME");
            return;
        }
        List<string[]> rows =
        [
            ["version", "stage", "status", "aliases", "sha256", "run"],
            .. ModelListOutput.Of(listing).Versions.Select(v => (string[])[v.Version, v.Stage, v.Status, string.Join(' ', v.Aliases), v.Sha256?[..Math.Min(ShortHash, v.Sha256.Length)] ?? "", v.RunId ?? ""]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        for (int i = 0; i < rows.Count; i++)
        {
            string line = Printable.Text(string.Join("  ", rows[i].Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd());
            reporter.Answer(i == 0 ? reporter.Paint.Dim(line) : line);
        }
    }

    internal static void Write(ConsoleReporter reporter, ModelShowOutput shown)
    {
        ModelVersionOutput version = shown.Version;
        reporter.Answer($"{reporter.Paint.Bold("model")} {Printable.Text(shown.Model)}, version {version.Version}");
        foreach ((string name, string? value) in ((string, string?)[])[
            ("stage", version.Stage), ("aliases", string.Join(' ', version.Aliases)), ("status", version.Status), ("sha256", version.Sha256), ("source", version.Source),
            ("mlflow run", version.RunId), ("dv run", shown.DvRun), ("commit", shown.Commit), ("data digest", shown.DataDigest)])
        {
            if (!string.IsNullOrEmpty(value))
                reporter.Answer($"  {name,-12} {Printable.Text(value)}");
        }
    }

    internal static void Write(ConsoleReporter reporter, MlflowPromotion promotion)
    {
        string model = Printable.Text(promotion.Version.Name);
        reporter.Show(ModelPromotionOutput.Of(promotion), static json => json.ModelPromotionOutput, () =>
        {
            reporter.Did($"{model} version {promotion.Version.Version}, {(promotion.Sha256 is { } hash ? $"sha256 {Printable.Text(hash)}" : "which has no tag dv.model.sha256")}");
            Write(reporter, "alias", promotion.Alias);
            Write(reporter, "stage", promotion.Stage);
        });
        if (promotion.Stage is { Outranking: { } higher } stage)
            reporter.Warn($"version {higher} stays in {stage.Name}, and models:/{model}/{stage.Name} means the highest version: archive it with dv model promote {model} {promotion.Version.Version} --stage {stage.Name} --archive-existing");
        SayWayBack(reporter, model, "--alias", promotion.Alias);
        SayWayBack(reporter, model, "--stage", promotion.Stage);
    }

    private static void SayWayBack(ConsoleReporter reporter, string model, string option, MlflowMove? move)
    {
        if (!reporter.Json && move is { IsMoved: true, Before: not null })
            reporter.Note($"to go back: dv model rollback {model} {option} {Printable.Text(move.Name)}");
    }

    private static void Write(ConsoleReporter reporter, string what, MlflowMove? move)
    {
        if (move is null)
            return;
        string before = !move.IsMoved ? "was so already" : move.Before is { } version ? $"before: version {version}" : "before: none";
        string archived = move.Archived.Count == 0 ? "" : $"; archived: {string.Join(", ", move.Archived)}";
        reporter.Did($"  {what} {Printable.Text(move.Name)} ({before}{archived})");
    }
}

/// <summary>A version for programs.</summary>
internal sealed record ModelVersionOutput(
    string Version, string Stage, string Status, IReadOnlyList<string> Aliases, string? Sha256, string Source, string? RunId, IReadOnlyDictionary<string, string> Tags)
{
    internal static ModelVersionOutput Of(MlflowRegisteredModel model, MlflowModelVersion version) => new(
        version.Version, version.Stage, version.Status, model.AliasesOf(version.Version), version.Sha256, version.Source, version.RunId, version.Tags);
}

internal sealed record ModelListOutput(string Model, IReadOnlyList<ModelVersionOutput> Versions)
{
    internal static ModelListOutput Of(MlflowModelListing listing) => new(listing.Model.Name, [.. listing.Versions.Select(v => ModelVersionOutput.Of(listing.Model, v))]);
}

/// <summary>A version, and what the run's tags say of where it comes from.</summary>
internal sealed record ModelShowOutput(string Model, ModelVersionOutput Version, string? DvRun, string? Commit, string? DataDigest)
{
    internal static ModelShowOutput Of(MlflowFoundVersion found, MlflowRunInfo? run) => new(
        found.Model.Name, ModelVersionOutput.Of(found.Model, found.Version),
        run?.Tags.GetValueOrDefault("dv.run.uuid"), run?.Tags.GetValueOrDefault("mlflow.source.git.commit"), run?.Tags.GetValueOrDefault("dv.data.digest"));
}

/// <summary>What was moved. <c>before</c> is null where nothing held it.</summary>
internal sealed record ModelPromotionOutput(string Model, string Version, string? Sha256, ModelMoveOutput? Alias, ModelMoveOutput? Stage)
{
    internal static ModelPromotionOutput Of(MlflowPromotion promotion) => new(
        promotion.Version.Name, promotion.Version.Version, promotion.Sha256, Of(promotion.Alias), Of(promotion.Stage));

    private static ModelMoveOutput? Of(MlflowMove? move) => move is null ? null : new ModelMoveOutput(move.Name, move.Before, move.IsMoved, move.Archived, move.Beside);
}

internal sealed record ModelMoveOutput(string Name, string? Before, bool Moved, IReadOnlyList<string> Archived, IReadOnlyList<string> Beside);
