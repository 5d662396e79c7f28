using DataVersion.Operations;
using DataVersion.Transfers;

#pragma warning disable CS9113, CA1822, CA1801, IDE0060 // Stand-ins until the library's operations are merged; this file then goes.
namespace DataVersion.Cli.Commands;

internal sealed class Repository
{
    internal string Root => throw Pending();
    internal static Repository Open(string workingDirectory, HostEnvironment environment) => throw new NoRepositoryException(workingDirectory);
    internal static DataVersionException Pending() => new UsageException("not in this build yet");
}
internal sealed class Add(Repository repository, ITransferMonitor monitor) { internal Task<AddResult> RunAsync(AddRequest r, CancellationToken t) => throw Repository.Pending(); }
internal sealed class Status(Repository repository, ITransferMonitor monitor) { internal Task<StatusResult> RunAsync(StatusRequest r, CancellationToken t) => throw Repository.Pending(); }
internal sealed class Checkout(Repository repository, ITransferMonitor monitor) { internal Task<CheckoutResult> RunAsync(CheckoutRequest r, CancellationToken t) => throw Repository.Pending(); }
internal sealed class Push(Repository repository, ITransferMonitor monitor) { internal Task<TransferResult> RunAsync(TransferRequest r, CancellationToken t) => throw Repository.Pending(); }
internal sealed class Fetch(Repository repository, ITransferMonitor monitor) { internal Task<TransferResult> RunAsync(TransferRequest r, CancellationToken t) => throw Repository.Pending(); }
internal sealed class Pull(Repository repository, ITransferMonitor monitor) { internal Task<PullResult> RunAsync(TransferRequest r, CancellationToken t) => throw Repository.Pending(); }
internal sealed class Verify(Repository repository, ITransferMonitor monitor) { internal Task<VerifyResult> RunAsync(VerifyRequest r, CancellationToken t) => throw Repository.Pending(); }
internal sealed class Unprotect(Repository repository, ITransferMonitor monitor) { internal Task<UnprotectResult> RunAsync(UnprotectRequest r, CancellationToken t) => throw Repository.Pending(); }
internal static class Init { internal static Task<InitResult> RunAsync(InitRequest r, HostEnvironment e, CancellationToken t) => throw Repository.Pending(); }
