using System.Text;
using DataVersion.Objects;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DataVersion.Tests.Objects;

public class Utf8NameComparerTests
{
    [Fact]
    public void Orders_as_the_bytes_of_utf8_do()
    {
        Gen<string> character = Gen.OneOf(
            Gen.Choose(1, 0x7f).Select(char.ConvertFromUtf32),
            Gen.Choose(0x80, 0xd7ff).Select(char.ConvertFromUtf32),
            Gen.Choose(0xe000, 0xffff).Select(char.ConvertFromUtf32),
            Gen.Choose(0x10000, 0x10ffff).Select(char.ConvertFromUtf32),
            Gen.Elements("a", "b", "\uff01", "😀", "😁"));
        Gen<string> name = character.ListOf().Select(string.Concat);

        Prop.ForAll(Arb.From(name), Arb.From(name), (x, y) =>
        {
            int bytes = Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y));
            return Math.Sign(Utf8NameComparer.Instance.Compare(x, y)) == Math.Sign(bytes)
                && Math.Sign(Utf8NameComparer.Instance.Compare("ab" + x, "ab" + y)) == Math.Sign(bytes);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Puts_astral_characters_behind_the_private_use_area() =>
        Assert.True(Utf8NameComparer.Instance.Compare("\uff01", "😀") < 0);
}
