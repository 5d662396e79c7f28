using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DataVersion.Git;

/// <summary>A running <c>git cat-file --batch</c>: one id is written, its object is read, so neither side can fill a pipe and wait.</summary>
internal sealed class GitObjectPipe : IDisposable
{
    private readonly Process _process;
    private readonly BufferedStream _output;
    private readonly Task<string> _errors;
    private readonly CancellationTokenRegistration _kill;
    private readonly CancellationToken _cancellation;

    internal GitObjectPipe(GitProgram program, GitLayout layout, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _process = program.Start(layout.WorkTree, ["cat-file", "--batch"]);
        _output = new BufferedStream(_process.StandardOutput.BaseStream, 1 << 16);
        _errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        _kill = cancellation.Register(() => GitProgram.Kill(_process));
    }

    /// <summary>An object's bytes; null where there are more than <paramref name="maxBytes"/> (they are read past).</summary>
    internal byte[]? Read(string id, int maxBytes)
    {
        try
        {
            return Exchange(id, maxBytes);
        }
        catch (IOException e)
        {
            _cancellation.ThrowIfCancellationRequested();
            GitProgram.Kill(_process);
            string reason = new GitResult(-1, [], _errors.GetAwaiter().GetResult()).Reason;
            throw new GitException($"git cat-file ended while object {id} was read: {reason}", null, e);
        }
    }

    public void Dispose()
    {
        _kill.Dispose();
        GitProgram.Kill(_process);
        _output.Dispose();
        _process.Dispose();
    }

    private byte[]? Exchange(string id, int maxBytes)
    {
        _cancellation.ThrowIfCancellationRequested();
        Stream input = _process.StandardInput.BaseStream;
        input.Write(Encoding.ASCII.GetBytes(id + "\n"));
        input.Flush();
        // "ID TYPE SIZE", or "ID missing".
        string[] header = ReadLine().Split(' ');
        if (header.Length != 3)
            throw new GitException($"object {id} is missing from the Git repository", "if its history was cut off: git fetch --unshallow");
        long size = long.Parse(header[2], CultureInfo.InvariantCulture);
        byte[]? bytes = null;
        if (size <= maxBytes)
            _output.ReadExactly(bytes = new byte[size]);
        else
            Skip(size);
        _output.ReadByte();
        return bytes;
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        for (int next = _output.ReadByte(); next != '\n'; next = _output.ReadByte())
        {
            if (next < 0)
                throw new EndOfStreamException();
            line.Append((char)next);
        }
        return line.ToString();
    }

    private void Skip(long size)
    {
        var buffer = new byte[1 << 16];
        while (size > 0)
        {
            int part = (int)Math.Min(size, buffer.Length);
            _output.ReadExactly(buffer, 0, part);
            size -= part;
        }
    }
}
