namespace DataVersion.Cli.CommandLine;

/// <summary>Writes a <see cref="HelpPage"/> for a terminal.</summary>
internal static class HelpText
{
    private const int Width = 80;
    private const int MaxNameWidth = 24;

    internal static void Write(HelpPage page, TextWriter output)
    {
        output.WriteLine($"{page.Name}: {page.Summary}");
        output.WriteLine();
        output.WriteLine($"Usage: {page.Usage}");
        foreach (string paragraph in page.Details)
        {
            output.WriteLine();
            foreach (string line in Wrap(paragraph, Width))
                output.WriteLine(line);
        }
        foreach (HelpSection section in page.Sections)
            Write(section.Title, section.Rows, output);
        if (page.Examples.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            foreach (Example example in page.Examples)
            {
                output.WriteLine($"  {example.Line}");
                output.WriteLine($"      {example.Meaning}");
            }
        }
        if (page.Codes.Count > 0)
            Write("Exit codes", page.Codes, output);
    }

    internal static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return line;
    }

    private static void Write(string title, IReadOnlyList<HelpRow> rows, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{title}:");
        int column = rows.Max(r => r.Name.Length <= MaxNameWidth ? r.Name.Length : 0) + 4;
        foreach (HelpRow row in rows)
        {
            string name = $"  {row.Name}";
            if (row.Name.Length > MaxNameWidth)
            {
                output.WriteLine(name);
                name = "";
            }
            foreach (string line in Wrap(row.Meaning, Width - column))
            {
                output.WriteLine(name.PadRight(column) + line);
                name = "";
            }
        }
    }
}
