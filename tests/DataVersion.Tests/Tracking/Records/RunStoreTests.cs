using System.Text;
using DataVersion.Operations;
using DataVersion.Storage;
using DataVersion.Testing;
using DataVersion.Testing.Stores;
using DataVersion.Tracking.History;
using DataVersion.Tracking.Records;
using DataVersion.Transfers;
using Xunit;

namespace DataVersion.Tests.Tracking.Records;

/// <summary>Runs on this machine and on a remote.</summary>
public sealed class RunStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MemoryBlobStore _blobs = new(location: "memory://here");
    private readonly Repository _repository;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private RunStore Store => new(_folder.At("runs"));

    public RunStoreTests()
    {
        Directory.CreateDirectory(_folder.At("r/.dv"));
        File.WriteAllText(_folder.At("r/.dv/config.local"), "[remote \"origin\"]\nurl = s3://bucket/x\n[core]\nremote = origin\n");
        _repository = Repository.Open(_folder.At("r"), new HostEnvironment(), (_, _) => _blobs);
    }

    public void Dispose()
    {
        _repository.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Runs_are_kept_and_listed_latest_first()
    {
        Store.Save(SampleRecords.Minimal(SampleRecords.Id(1)));
        Store.Save(SampleRecords.Minimal(SampleRecords.Id(2)) with { Stage = "killed" });
        Directory.CreateDirectory(_folder.At("runs/not-a-run"));

        Assert.Equal([SampleRecords.Id(2), SampleRecords.Id(1)], Store.List());
        Assert.Equal("killed", Store.TryLoad(SampleRecords.Id(2))!.Stage);
        Assert.Null(Store.TryLoad(SampleRecords.Id(3)));
        Assert.Empty(new RunStore(_folder.At("nowhere")).List());
    }

    [Fact]
    public void What_a_remote_lacks_is_remembered_until_it_was_sent()
    {
        Store.Save(SampleRecords.Minimal(SampleRecords.Id(1)));
        Store.MarkUnsent(SampleRecords.Id(1), "no network");

        Assert.Equal([SampleRecords.Id(1)], Store.ListUnsent());
        Store.MarkSent(SampleRecords.Id(1));
        Assert.Empty(Store.ListUnsent());
    }

    [Fact]
    public void A_damaged_record_is_an_error_with_its_name()
    {
        Store.Save(SampleRecords.Id(1), DocumentNames.Record, "{"u8);

        Assert.Contains(SampleRecords.Id(1), Assert.Throws<InvalidFormatException>(() => Store.TryLoad(SampleRecords.Id(1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_listing_finds_a_run_by_its_commit_its_data_its_model_and_its_key()
    {
        RunRecord record = SampleRecords.Full();
        using RemoteDocuments documents = await OpenAsync();
        var ledger = new RunLedger(documents);

        await ledger.PublishAsync(record, RunRecordJson.Write(record), [(DocumentNames.Diff, new BytesContent("x"u8.ToArray()))], Token);

        foreach ((string by, string hash) in new[] { ("by-commit", SampleRecords.Commit), ("by-data", SampleRecords.Hash('a')), ("by-data", SampleRecords.Hash('e')), ("by-data", "cccc"), ("by-model", SampleRecords.Hash('4')), ("by-model", SampleRecords.Hash('3')), ("by-key", RunLedger.HashOfKey("job-uid/3")) })
            Assert.Equal([record.RunUuid], await ledger.FindAsync(by, hash, Token));
        Assert.Equal(RunRecordJson.Write(record), RunRecordJson.Write((await ledger.TryReadAsync(record.RunUuid, Token))!));
        Assert.Equal("x", Encoding.UTF8.GetString((await ledger.TryReadDocumentAsync(record.RunUuid, DocumentNames.Diff, 10, Token))!));
        Assert.Empty(await ledger.FindAsync("by-model", "abcd", Token));
        await Assert.ThrowsAsync<UsageException>(() => ledger.FindAsync("by-model", "../x", Token));
        Assert.All(await _blobs.NamesAsync("", Token), name => Assert.StartsWith("dvstore/v1/", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_catalog_knows_each_run_once_wherever_it_is_kept()
    {
        using RemoteDocuments documents = await OpenAsync();
        var ledger = new RunLedger(documents);
        foreach (int minute in (int[])[1, 2, 3])
        {
            RunRecord record = SampleRecords.Minimal(SampleRecords.Id(minute)) with { StartedOn = SampleRecords.Start.AddMinutes(minute) };
            await ledger.PublishAsync(record, RunRecordJson.Write(record), [], Token);
        }
        Store.Save(SampleRecords.Minimal(SampleRecords.Id(3)) with { StartedOn = SampleRecords.Start.AddMinutes(3), Stage = "complete" });
        Store.Save(SampleRecords.Minimal(SampleRecords.Id(4)) with { StartedOn = SampleRecords.Start.AddMinutes(4) });
        Store.Save(SampleRecords.Id(5), DocumentNames.Record, "damaged"u8);
        var catalog = new RunCatalog(Store, ledger);

        Assert.Equal([4, 3, 2, 1], (await catalog.ListAsync(new RunFilter(), Token)).Select(r => r.StartedOn.Minute));
        Assert.Equal([4, 3], (await catalog.ListAsync(new RunFilter { Since = SampleRecords.Start.AddMinutes(3) }, Token)).Select(r => r.StartedOn.Minute));
        Assert.Equal([4, 3], (await catalog.ListAsync(new RunFilter { Limit = 2 }, Token)).Select(r => r.StartedOn.Minute));
        Assert.Equal("complete", (await catalog.GetAsync(SampleRecords.Id(3)[..13], Token)).Stage);
        Assert.Equal("running", (await catalog.GetAsync(SampleRecords.Id(1), Token)).Stage);
        Assert.Contains(catalog.Problems, p => p.Contains(SampleRecords.Id(5), StringComparison.Ordinal));
        Assert.Contains("any of 5", (await Assert.ThrowsAsync<UsageException>(() => catalog.GetAsync(SampleRecords.Id(1)[..6], Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UsageException>(() => catalog.GetAsync("ffffffff", Token));
    }

    [Fact]
    public void A_run_that_is_not_heard_of_is_lost()
    {
        RunRecord record = SampleRecords.Minimal() with { RefreshedOn = SampleRecords.Start };

        Assert.Equal(RunState.Running, RunStates.Of(record, SampleRecords.Start.AddMinutes(3)));
        Assert.Equal(RunState.Lost, RunStates.Of(record, SampleRecords.Start.AddMinutes(4)));
        Assert.Equal(RunState.Failed, RunStates.Of(record with { Stage = "failed:pull" }, SampleRecords.Start.AddYears(1)));
        Assert.Equal(RunState.Complete, RunStates.Of(record with { Stage = "complete" }, SampleRecords.Start.AddYears(1)));
    }

    private Task<RemoteDocuments> OpenAsync() =>
        RemoteDocuments.OpenAsync(_repository, _repository.Settings.RequireRemote(null), write: true, SilentMonitor.Instance, Token);
}
