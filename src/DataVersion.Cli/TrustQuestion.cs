using DataVersion.Operations;

namespace DataVersion.Cli;

/// <summary>The first push to a remote that came with the repository: asks on a terminal, elsewhere the error says what to do.</summary>
internal static class TrustQuestion
{
    internal static async Task<T> RunAsync<T>(CommandContext context, Repository repository, Func<Task<T>> push)
    {
        try
        {
            return await push();
        }
        catch (RemoteNotTrustedException e)
        {
            if (context.Ask($"{e.Message}. Trust it and send?") != true)
                throw;
            new RemoteTrustOperation(repository.Config).Run(e.Name, context.CancellationToken);
        }
        return await push();
    }
}
