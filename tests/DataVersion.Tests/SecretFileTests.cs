using DataVersion.Testing;
using Xunit;

namespace DataVersion.Tests;

public sealed class SecretFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("value", "from the file\n", "value")]
    [InlineData(null, "from the file\r\n", "from the file")]
    [InlineData("", " with blanks ", " with blanks ")]
    [InlineData(null, null, null)]
    public void The_variable_is_stronger_than_the_file(string? value, string? text, string? expected)
    {
        var variables = new Dictionary<string, string>();
        if (value is not null)
            variables["KEY"] = value;
        if (text is not null)
        {
            File.WriteAllText(_folder.At("key"), text);
            variables["KEY_FILE"] = _folder.At("key");
        }

        Assert.Equal(expected, SecretFile.Find(variables, "KEY"));
    }

    [Theory]
    [InlineData(null, "cannot be read")]
    [InlineData("", "is empty")]
    [InlineData(" \n", "is empty")]
    public void A_file_that_gives_nothing_is_an_error_that_names_variable_and_file(string? text, string problem)
    {
        string file = _folder.At("key");
        if (text is not null)
            File.WriteAllText(file, text);

        var error = Assert.Throws<UsageException>(() => SecretFile.Find(new Dictionary<string, string> { ["KEY_FILE"] = file }, "KEY"));

        Assert.Equal($"KEY_FILE: '{file}' {problem}", error.Message);
    }
}
