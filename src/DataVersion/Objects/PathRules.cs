namespace DataVersion.Objects;
// temp
internal static class PathRules { public static void CheckName(string n, string f) {} public static string Printable(string s)=>s; }
internal sealed class Utf8NameComparer : IComparer<string> { public static Utf8NameComparer Instance {get;} = new(); public int Compare(string? a, string? b) => string.CompareOrdinal(a,b); }
