using System.Text;

namespace DataVersion.EndToEnd;

/// <summary>Files of hexadecimal digits: compressed, about half is left of them.</summary>
internal static class HexText
{
    public static void Write(string path, int megabytes)
    {
        var random = new Random(5);
        byte[] bytes = new byte[1 << 19];
        using FileStream file = File.Create(path);
        for (int i = 0; i < megabytes; i++)
        {
            random.NextBytes(bytes);
            file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));
        }
    }
}
