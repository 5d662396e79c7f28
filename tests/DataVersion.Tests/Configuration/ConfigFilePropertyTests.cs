using System.Text;
using DataVersion.Configuration;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Configuration;

public sealed class ConfigFilePropertyTests
{
    [Fact]
    public void Reads_or_refuses_any_bytes() =>
        Check(ConfigTexts.Bytes, 3000, bytes => TryParse(bytes) is not { } file || file.ToBytes().AsSpan().SequenceEqual(bytes));

    [Fact]
    public void Agrees_with_git_on_generated_files() => Check(ConfigTexts.File, 300, text =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Same(TryParse(bytes), bytes);
    });

    [Fact]
    public void Reads_nothing_that_git_refuses() => Check(ConfigTexts.Bytes, 200, bytes =>
        bytes.AsSpan().ContainsAny((byte)'\t', (byte)'\r') || TryParse(bytes) is not { } file || Same(file, bytes));

    [Fact]
    public void Reads_back_what_it_wrote_and_so_does_git() => Check(
        from section in ConfigTexts.Section
        from subsection in ConfigTexts.Subsection
        from key in ConfigTexts.Key
        from value in ConfigTexts.Value
        from other in ConfigTexts.Value
        select (section, subsection, key, value, other),
        200,
        x =>
        {
            ConfigFile file = ConfigFile.Parse([], "config");
            file.Set(x.section, null, x.key, x.other);
            file.Set(x.section, x.subsection, x.key, x.value);
            file.Set(x.section, null, "z", x.value);
            return file.Get(x.section, x.subsection, x.key) == x.value && file.Get(x.section, null, "Z") == x.value
                && file.Get(x.section, null, x.key) == x.other && file.Entries.Count == 3 && Same(file, file.ToBytes());
        });

    [Fact]
    public void Set_changes_one_value_and_nothing_else() => CheckEdits((file, edit) =>
    {
        List<ConfigEntry> before = [.. file.Entries];
        file.Set(edit.Section, edit.Subsection, edit.Key, edit.Value);
        int at = before.FindLastIndex(e => e.Key == edit.Name);
        return file.Get(edit.Section, edit.Subsection, edit.Key) == edit.Value
            && (at < 0 ? file.Entries.Count == before.Count + 1 : file.Entries.Count == before.Count)
            && Values(file, edit.Name).SequenceEqual(at < 0 ? Values(before, edit.Name) : Values(before, edit.Name));
    });

    [Fact]
    public void Unset_removes_every_value_and_nothing_else() => CheckEdits((file, edit) =>
    {
        List<ConfigEntry> before = [.. file.Entries];
        bool was = before.Exists(e => e.Key == edit.Name);
        return file.Unset(edit.Section, edit.Subsection, edit.Key) == was
            && file.Get(edit.Section, edit.Subsection, edit.Key) is null
            && Values(file, edit.Name).SequenceEqual(Values(before, edit.Name));
    });

    [Fact]
    public void RemoveSection_removes_its_entries_and_nothing_else() => CheckEdits((file, edit) =>
    {
        List<(ConfigKey, string?)> kept = [.. file.Entries.Where(e => !InSection(e, edit)).Select(e => (e.Key, e.Value))];
        bool had = file.HasSection(edit.Section, edit.Subsection);
        return file.RemoveSection(edit.Section, edit.Subsection) == had
            && !file.HasSection(edit.Section, edit.Subsection)
            && file.Entries.Select(e => (e.Key, e.Value)).SequenceEqual(kept);
    });

    [Fact]
    public void RenameSection_moves_its_entries_and_nothing_else() => CheckEdits((file, edit) =>
    {
        List<(ConfigKey, string?)> moved = [.. file.Entries.Select(e =>
            (InSection(e, edit) ? new ConfigKey("moved", "to \"this\"", e.Key.Name) : e.Key, e.Value))];
        file.RenameSection(edit.Section, edit.Subsection, "moved", "to \"this\"");
        return file.Entries.Select(e => (e.Key, e.Value)).SequenceEqual(moved);
    });

    [Fact]
    public void Edits_leave_every_other_line_byte_for_byte() => CheckEdits((file, edit) =>
    {
        string[] before = Lines(file);
        file.Set(edit.Section, edit.Subsection, edit.Key, edit.Value);
        string[] after = Lines(file);
        int head = before.Zip(after).TakeWhile(p => p.First == p.Second).Count();
        int tail = before.Skip(head).Reverse().Zip(after.Skip(head).Reverse()).TakeWhile(p => p.First == p.Second).Count();

        // What differs is one entry: as many lines as it had (a continued value), or the place where a line was added.
        string changed = string.Concat(before[head..^tail]);
        return changed.Split('\n').Length <= 2 || changed.Contains("\\\n", StringComparison.Ordinal) || changed.Contains("\\\r\n", StringComparison.Ordinal);
    });

    private sealed record Edit(string Section, string? Subsection, string Key, string Value)
    {
        public ConfigKey Name => new(Section.ToLowerInvariant(), Subsection, Key.ToLowerInvariant());
    }

    private static readonly Gen<Edit> Edits =
        from section in Gen.Elements("a", "core", "Remote", "x-1")
        from subsection in Gen.Elements(null, "x", "X y", "a.b", "q\"", "jobs")
        from key in Gen.Elements("a", "core", "Jobs", "new")
        from value in ConfigTexts.Value
        select new Edit(section, subsection, key, value);

    private static void CheckEdits(Func<ConfigFile, Edit, bool> holds) =>
        Check(from text in ConfigTexts.File from edit in Edits select (text, edit), 150, x =>
            TryParse(Encoding.UTF8.GetBytes(x.text)) is not { } file || (holds(file, x.edit) && Same(file, file.ToBytes())));

    private static void Check<T>(Gen<T> gen, int count, Func<T, bool> holds) =>
        Prop.ForAll(gen.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(count));

    private static ConfigFile? TryParse(byte[] bytes)
    {
        try
        {
            return ConfigFile.Parse(bytes, "config");
        }
        catch (InvalidFormatException e) when (e.File == "config" && e.Line > 0)
        {
            return null;
        }
    }

    private static bool Same(ConfigFile? ours, byte[] bytes)
    {
        IReadOnlyList<(string, string?)>? git = GitConfig.List(bytes);
        return ours is null ? git is null : git is not null && git.SequenceEqual(ours.Entries.Select(e => (Name(e.Key), e.Value)));
    }

    private static string Name(ConfigKey key) =>
        key.Subsection is null ? $"{key.Section}.{key.Name}" : $"{key.Section}.{key.Subsection}.{key.Name}";

    private static bool InSection(ConfigEntry entry, Edit edit) =>
        entry.Key.Section == edit.Name.Section && entry.Key.Subsection == edit.Subsection;

    private static IEnumerable<(ConfigKey, string?)> Values(ConfigFile file, ConfigKey but) => Values(file.Entries, but);

    private static IEnumerable<(ConfigKey, string?)> Values(IEnumerable<ConfigEntry> entries, ConfigKey but) =>
        entries.Where(e => e.Key != but).Select(e => (e.Key, e.Value));

    private static string[] Lines(ConfigFile file) => Encoding.UTF8.GetString(file.ToBytes()).Split('\n');
}
