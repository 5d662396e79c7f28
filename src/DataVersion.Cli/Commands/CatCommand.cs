using System.CommandLine;
using DataVersion.Cli.CommandLine;
using DataVersion.Cli.Reporting;
using DataVersion.Operations;

namespace DataVersion.Cli.Commands;

/// <summary><c>dv cat</c>.</summary>
internal sealed class CatCommand : DvCommand
{
    private readonly Argument<string> _path = Opt.Required("PATH", "a tracked file, its pointer, or a file inside a tracked folder");
    private readonly Option<string?> _revision = Opt.Text("--rev", "REV", "as this commit, tag or branch pins it, instead of the workspace's pointers");
    private readonly Option<long?> _offset = Opt.Bytes("--offset", "where to begin: bytes, or 500K, 10M, 1.5G (default: 0)");
    private readonly Option<long?> _length = Opt.Bytes("--length", "how much to write, cut at the file's end (default: all that follows)");
    private readonly Option<string?> _remote = Opt.Remote();
    private readonly Option<int?> _jobs = Opt.Jobs("how many blocks of 8 MiB to read at once (default: 4)");
    private readonly Option<long?> _rate = Opt.LimitRate();

    internal CatCommand()
        : base("cat", "write a file of a version, or a part of it, to standard output")
    {
        Add(_path);
        foreach (Option option in (Option[])[_revision, _offset, _length, _remote, _jobs, _rate])
            Add(option);
        Details =
        [
            "Reads from the cache where the file is there, else from the remote, and stores no contents. No byte is written before it has been checked. Symbolic links inside a tracked folder are followed.",
            "Of a file over 64 MiB only the blocks of 8 MiB that cover the range are fetched, and the list of their hashes once. A smaller file has one hash: it is fetched and checked as a whole before its first byte is written (as is a larger one whose pointer names no block list; that one is kept in the cache).",
            "If an error ends it, what was written before is right, and incomplete. A reader that stops reading, such as head, ends it with 0.",
        ];
        Examples =
        [
            new("dv cat data/train.parquet > train.parquet", "all of it"),
            new("dv cat --rev v1 data/images/cat/7.jpg", "as the tag v1 has it"),
            new("dv cat --offset 10G --length 1M data/big.bin", "one MiB; two blocks come at most"),
            new("dv cat data/log.csv | head", "the beginning"),
        ];
        Codes =
        [
            ExitCodes.Done, ExitCodes.Usage, ExitCodes.Incomplete, ExitCodes.Missing, ExitCodes.Corrupt, ExitCodes.Remote, ExitCodes.NoRepository, ExitCodes.Locked,
        ];
    }

    internal override string Describe(int code) => code == ExitCodes.Incomplete ? "the output cannot be written, or a file of the cache cannot be read" : base.Describe(code);

    internal override async Task<int> RunAsync(ParseResult parse, CommandContext context)
    {
        var request = new OpenFileRequest
        {
            Path = parse.GetValue(_path)!,
            WorkingDirectory = context.WorkingDirectory,
            Revision = parse.GetValue(_revision),
            Remote = parse.GetValue(_remote),
            Jobs = parse.GetValue(_jobs),
            LimitRate = parse.GetValue(_rate),
        };
        using Repository repository = context.OpenRepository();
        context.WarnOfIgnoredSettings(repository);
        (long requests, long retries) = await context.RunAsync(async (monitor, end) =>
        {
            await using VersionedFile file = await new OpenFile(repository, monitor).RunAsync(request, end);
            await WriteAsync(file, parse.GetValue(_offset) ?? 0, parse.GetValue(_length), context, end);
            return (file.Requests, file.Retries);
        });
        TransferReport.WriteCost(context.Reporter, requests, retries);
        return ExitCodes.Done;
    }

    private static async Task WriteAsync(VersionedFile file, long offset, long? length, CommandContext context, CancellationToken cancellationToken)
    {
        await using Stream output = context.OpenOutput();
        try
        {
            await file.CopyToAsync(offset, length, output, cancellationToken);
        }
        catch (IOException e) when (StandardOutput.IsClosedByReader(e))
        {
            // It has what it wanted.
        }
    }
}
