using System.Globalization;

namespace DataVersion.Testing.Platform;

/// <summary>The processes below this one.</summary>
public static class ChildProcesses
{
    /// <summary>
    /// A line for each descendant: its number, command and, of each kind of thread, where in the kernel it waits (proc(5), <c>wchan</c>). Arguments may tell secrets
    /// of a test, never a user's.
    /// </summary>
    public static string Describe()
    {
        ILookup<int, int> children = Numbers("/proc").Select(id => (Id: id, Parent: ParentOf(id))).Where(p => p.Parent is not null).ToLookup(p => p.Parent!.Value, p => p.Id);
        var lines = new List<string>();
        var next = new Stack<int>(children[Environment.ProcessId]);
        while (next.TryPop(out int id))
        {
            lines.Add($"{id} {Read($"/proc/{id}/cmdline").Replace('\0', ' ').TrimEnd()} [{string.Join(", ", Waits(id))}]");
            foreach (int child in children[id])
                next.Push(child);
        }
        return lines.Count == 0 ? "none" : string.Join(Environment.NewLine, lines);
    }

    private static IEnumerable<string> Waits(int id) =>
        from thread in Numbers($"/proc/{id}/task")
        let wait = $"{Read($"/proc/{id}/task/{thread}/comm").TrimEnd()}: {Read($"/proc/{id}/task/{thread}/wchan")}"
        group thread by wait into same
        select same.Count() == 1 ? same.Key : $"{same.Count()} × {same.Key}";

    // The field after the state; the name before it, in brackets, may hold anything.
    private static int? ParentOf(int id)
    {
        string stat = Read($"/proc/{id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 ? int.Parse(fields[1], CultureInfo.InvariantCulture) : null;
    }

    // None of a process that has ended, or that is another user's.
    private static IEnumerable<int> Numbers(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // "" for a process that has ended.
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
