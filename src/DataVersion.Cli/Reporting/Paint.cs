namespace DataVersion.Cli.Reporting;

/// <summary>Colours, where they are wanted. Spectre's markup is not used for results: it would wrap long paths.</summary>
internal readonly struct Paint(bool on)
{
    internal bool IsOn => on;

    internal string Red(string text) => Wrap(text, 31);

    internal string Green(string text) => Wrap(text, 32);

    internal string Yellow(string text) => Wrap(text, 33);

    internal string Bold(string text) => Wrap(text, 1);

    internal string Dim(string text) => Wrap(text, 2);

    private string Wrap(string text, int code) => on ? $"\e[{code}m{text}\e[0m" : text;
}
