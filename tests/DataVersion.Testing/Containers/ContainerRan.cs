namespace DataVersion.Testing.Containers;

/// <summary>What a program printed and how it ended.</summary>
public sealed record ContainerRan(int ExitCode, string Output, string Errors)
{
    /// <summary>For the message of an assertion.</summary>
    public override string ToString() => $"exit {ExitCode}\nstdout: {Output}\nstderr: {Errors}";
}
