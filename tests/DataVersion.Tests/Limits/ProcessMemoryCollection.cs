using Xunit;

namespace DataVersion.Tests.Limits;

/// <summary>Tests that look at the memory of the whole process: nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessMemoryCollection
{
    public const string Name = "memory of the process";
}
