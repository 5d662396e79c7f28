namespace DataVersion.Trainer.Data.DuckDb;

/// <summary>What DuckDB says went wrong. Callers turn it into an error that names the file at fault.</summary>
internal sealed class DuckException(string message) : Exception(message)
{
    /// <summary>The first line, without the kind ("Invalid Input Error: ").</summary>
    internal string Problem
    {
        get
        {
            string line = Message.AsSpan().Trim().ToString().Split('\n')[0].Trim();
            int kind = line.IndexOf(" Error: ", StringComparison.Ordinal);
            return kind is > 0 and < 30 ? line[(kind + 8)..] : line;
        }
    }
}
