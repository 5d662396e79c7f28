using System.Globalization;

namespace DataVersion.Tracking.Records;

/// <summary>Which of several processes of one job this is. Only rank 0 tracks, uploads and finalizes; the others join its pull.</summary>
/// <param name="Rank">From 0.</param>
/// <param name="WorldSize">How many there are, where known.</param>
/// <param name="Source">The variable that says so.</param>
public sealed record RankFacts(int Rank, int? WorldSize, string Source)
{
    // torchrun and Kubeflow, Horovod and MPI, SLURM, an Indexed Job of Kubernetes.
    private static readonly (string Rank, string Size)[] Known =
    [
        // Ours first: a sweep (an Indexed Job of independent runs) sets DV_RANK=0.
        ("DV_RANK", "DV_WORLD_SIZE"), ("RANK", "WORLD_SIZE"), ("PET_NODE_RANK", "PET_NNODES"), ("NODE_RANK", "NNODES"), ("HOROVOD_RANK", "HOROVOD_SIZE"),
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS"), ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"),
    ];

    /// <summary>The variables that may say so.</summary>
    internal static IEnumerable<string> Variables => Known.SelectMany(k => (string[])[k.Rank, k.Size]);

    /// <summary>True for the process that tracks: rank 0, or the only one.</summary>
    public bool Leads => Rank == 0;

    /// <summary>Reads the variables; null where none says anything.</summary>
    /// <exception cref="UsageException">A rank is not a number.</exception>
    public static RankFacts? Find(IReadOnlyDictionary<string, string> environment)
    {
        foreach ((string rank, string size) in Known)
        {
            if (!environment.TryGetValue(rank, out string? text) || text.Length == 0)
                continue;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                throw new UsageException($"{rank}: '{text}' is not the number of a process", $"unset {rank}, or set it to 0, 1, 2 …");
            int? world = environment.TryGetValue(size, out string? count) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : null;
            return new RankFacts(number, world, rank);
        }
        return null;
    }
}
