using DataVersion.Caching;
using DataVersion.Transfers;

namespace DataVersion.Operations;

/// <summary>What all pointers of one add have in common.</summary>
/// <param name="Repository">The workspace.</param>
/// <param name="Monitor">Told of progress.</param>
/// <param name="Request">What was asked for.</param>
/// <param name="Batch">Takes objects into the cache.</param>
/// <param name="Census">What of the cache was there when the add began.</param>
internal sealed record AddRun(Repository Repository, ITransferMonitor Monitor, AddRequest Request, CacheBatch Batch, CacheCensus Census);
