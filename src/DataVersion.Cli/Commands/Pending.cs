using DataVersion.Operations;
using DataVersion.Transfers;

#pragma warning disable CS9113, CA1822, CA1801, IDE0060 // A stand-in until the operation is merged; this file then goes.
namespace DataVersion.Cli.Commands;

internal sealed class Verify(Repository repository, ITransferMonitor monitor)
{
    internal Task<VerifyResult> RunAsync(VerifyRequest r, CancellationToken t) => throw new UsageException("not in this build yet");
}
