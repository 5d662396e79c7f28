using System.Security.Cryptography;
using DataVersion.Tracking.Records;

namespace DataVersion.Tracking.Runs;

/// <summary>The documents beside a record.</summary>
internal static class RunDocuments
{
    /// <summary>Writes the statement, which names the others by their hashes.</summary>
    /// <param name="store">Where they lie.</param>
    /// <param name="record">The run.</param>
    /// <param name="bytes">The record as it was written; null where it is still to be.</param>
    public static void WriteStatement(RunStore store, RunRecord record, byte[]? bytes)
    {
        var byproducts = new List<(string, string)>();
        if (bytes is not null)
            byproducts.Add((DocumentNames.Record, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        foreach (string name in store.Beside(record).Where(n => n != DocumentNames.Statement))
        {
            using FileStream stream = File.OpenRead(store.PathOf(record.RunUuid, name));
            byproducts.Add((name, Convert.ToHexStringLower(SHA256.HashData(stream))));
        }
        store.Save(record.RunUuid, DocumentNames.Statement, StatementWriter.Write(record, byproducts));
    }
}
