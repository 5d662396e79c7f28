using System.Text;
using DataVersion.Hashing;
using DataVersion.Workspaces;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Workspaces;

public sealed class PointerPropertyTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Elements(
            "", "yes", "No", "NULL", "null", "~", "true", "Off", "y", "1e5", "0x10", "1_000", ".inf", "2024-01-01", "12:30:00", "-", "--", "---", "...", "- a", "?", "? a",
            "@x", "`x", "#", "a # b", "a #", ": ", "a: b", "a:", "%YAML", "&a", "*a", "!t", "|", ">", "[", "{", "}", ",", "'", "\"", "'a'", "\"a\"", "\\", "\\n", " a", "a ",
            "a\nb", "a\r\nb", "\t", "\0", "\u001b[31m", "\u0085", "\u2028", "\u2029", "\ufeff", "\u202e", "é", "日本", "😀", "\U000e0001", "\uffff", "<<", "=", "dv: 1", "<<<<<<< x"),
        Gen.Elements("a", "1", " ", "\n", "\r", ":", "#", "-", "\"", "\\", "'", "\u2028", "é", "😀", "\u0007").ListOf().Select(string.Concat));

    private static readonly Gen<ObjectId> Ids =
        from kind in Gen.Elements(HashKind.Sha256, HashKind.Xxh128, HashKind.Md5)
        from seed in Gen.Choose(0, 5)
        select IdentityHash.Of(kind, [(byte)seed]);

    private static readonly Gen<Pointer> Pointers =
        from isDirectory in Gen.Elements(false, true)
        from id in Ids
        from size in Gen.Elements(0, 1, 64L << 20, (64L << 20) + 1, long.MaxValue)
        from files in Gen.Choose(0, 1_000_000_000)
        from executable in Gen.Elements(false, true)
        from blocks in Gen.Elements(false, true)
        from remote in Gen.Elements(null, "lab", "lab-2", "1", "no", "a b")
        from description in Gen.OneOf(Gen.Constant<string?>(null), Text.Select(t => (string?)t))
        select new Pointer
        {
            IsDirectory = isDirectory,
            Hash = id,
            Size = size,
            Files = isDirectory ? files : null,
            Executable = executable && !isDirectory,
            BlocksId = blocks && !isDirectory && size > BlockHasher.Threshold ? IdentityHash.Of(id.Kind, "list"u8) : default,
            Remote = remote,
            Description = description,
        };

    /// <summary>The lines of a pointer as people leave them: in another order, with comments and other keys between.</summary>
    private static readonly Gen<string> Decorated =
        from pointer in Pointers
        from lines in Gen.Shuffle(Encoding.UTF8.GetString(PointerDocument.Write(pointer)).TrimEnd('\n').Split('\n')[1..])
        from decorations in Gen.Elements(
            "", "", "# é 😀 comment", " \t", "meta:\n  a: [1, {b: c}]\n  # inside\n  d: |\n    type: x", "import: {url: 'https://example.org', frozen: true}").ArrayOf(lines.Length)
        from comment in Gen.Elements("", "", " # why", "\t# why: hash: x", "  ")
        from end in Gen.Elements("\n", "\r\n")
        from final in Gen.Elements(true, true, false)
        let text = "dv: 1\n" + string.Join('\n', lines.SelectMany((l, i) => decorations.Take(i).Contains(decorations[i]) || decorations[i].Length == 0
            ? (string[])[l + comment]
            : [decorations[i], l + comment])) + (final ? "\n" : "")
        select text.Replace("\n", end, StringComparison.Ordinal);

    // Lines that are nearly of the form in which pointers are written.
    private static readonly Gen<string> PlainLines = Gen
        .Elements("dv: 1\n", "a: b\n", "b: -\n", "c: 1:2\n", "d: x:\n", "e: \n", "f:\n", "G: 1\n", "h: 0x1f\n", "i: .5\n", "j: a.b_c-d\n", "k: a b\n", "l: true\n", "m: 1", "n: null\n", "o: a\r\n", "\n", "# x\n", "p:  1\n", "...\n", "q: ---\n", "a: c\n")
        .ListOf().Select(string.Concat);

    [Fact]
    public void Reads_its_own_form_as_the_parser_of_YAML_does() =>
        Check(Gen.OneOf(Decorated, Pointers.Select(p => Encoding.UTF8.GetString(PointerDocument.Write(p))), PlainLines), 2000, text =>
            PlainPointer.TryReadFields(text) is not { } fields || fields.SequenceEqual(PointerYaml.Parse(text, "x.dv")));

    [Fact]
    public void Reads_back_what_it_writes() => Check(Pointers, 1000, pointer =>
        PointerDocument.Parse(PointerDocument.Write(pointer), "x.dv").Pointer == pointer && PointerDocument.LooksLikePointer(PointerDocument.Write(pointer)));

    [Fact]
    public void What_it_writes_is_printable_text() => Check(Pointers, 1000, pointer =>
        Encoding.UTF8.GetString(PointerDocument.Write(pointer)).All(c => c == '\n' || !(char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e' or '\ufeff')));

    [Fact]
    public void A_rewrite_without_a_change_is_the_file() => Check(Decorated, 1000, text =>
    {
        PointerDocument document = PointerDocument.Parse(Encoding.UTF8.GetBytes(text), "x.dv");
        return Encoding.UTF8.GetString(document.Rewrite(document.Pointer)) == text;
    });

    [Fact]
    public void A_rewrite_says_what_is_new_and_leaves_every_other_line() => Check(from text in Decorated from pointer in Pointers select (text, pointer), 1000, x =>
    {
        PointerDocument document = PointerDocument.Parse(Encoding.UTF8.GetBytes(x.text), "x.dv");
        string after = Encoding.UTF8.GetString(document.Rewrite(x.pointer));
        string end = x.text.Contains('\r') ? "\r\n" : "\n";
        return PointerDocument.Parse(Encoding.UTF8.GetBytes(after), "x.dv").Pointer == x.pointer with { Remote = document.Pointer.Remote }
            && Others(after).SequenceEqual(Others(x.text))
            && after.Split('\n').SkipLast(1).All(line => line.EndsWith('\r') == (end == "\r\n"));
    });

    [Fact]
    public void Any_bytes_are_a_pointer_or_a_typed_error()
    {
        Gen<byte[]> random = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf();
        Gen<string> soup = Gen.Elements(
            "- ", "[", "]", "{", "}", "? ", ": ", ":", ", ", "&a ", "*a ", "!t ", "!!str ", "|\n", ">-\n ", "\"", "'", "\t", " #", "\n", "\n  ", "\n    ", "\r\n", "%", "@", "`",
            "\n---\n", "\n...\n", "a", "hash", "size", "1", "é", "😀", "\u0085", "\u2028", "\0", "\ufeff", "\\", "\\x", "\\U00110000", "\\ud83d", "<<", "~").ListOf().Select(string.Concat);
        Gen<byte[]> headed = soup.Select(s => Encoding.UTF8.GetBytes("dv: 1\n" + s));
        Gen<byte[]> valued =
            from s in soup
            from key in Gen.Elements("meta", "description", "size", "import", "x")
            select Encoding.UTF8.GetBytes($"dv: 1\ntype: file\nhash: md5:900150983cd24fb0d6963f7d28e17f72\nsize: 3\n{key}: {s}");
        Gen<byte[]> mutated =
            from text in Decorated
            from s in soup
            from at in Gen.Choose(0, 10_000)
            from length in Gen.Choose(0, 3)
            let start = at % text.Length
            select Encoding.UTF8.GetBytes(text[..start] + s + text[Math.Min(text.Length, start + length)..]);
        foreach (Gen<byte[]> gen in new[] { random, headed, valued, mutated })
            Check(gen, 3000, IsReadOrRefused);
    }

    private static bool IsReadOrRefused(byte[] bytes)
    {
        try
        {
            _ = PointerDocument.LooksLikePointer(bytes);
            PointerDocument document = PointerDocument.Parse(bytes, "x.dv");
            Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(document.Rewrite(document.Pointer)));
            return true;
        }
        catch (InvalidFormatException e)
        {
            return e.Kind == ErrorKind.Usage && e.File == "x.dv" && !e.Message.Contains('\n');
        }
        catch (Exception e) when (e is UsageException or PointerConflictException)
        {
            return true;
        }
    }

    // What a rewrite may not touch: comments, blank lines, and the keys that are not the data's.
    private static IEnumerable<string> Others(string text)
    {
        string[] own = ["type:", "hash:", "size:", "files:", "executable:", "blocks:", "description:"];
        return text.Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.Length > 0 && !own.Any(k => l.StartsWith(k, StringComparison.Ordinal)));
    }

    private static void Check<T>(Gen<T> gen, int count, Func<T, bool> holds) =>
        Prop.ForAll(gen.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(count));
}
