namespace DataVersion.Platform;

/// <summary>Named places at which the kill tests stop the program. Without a handler they cost one comparison.</summary>
internal static class FailPoint
{
    /// <summary>Called with each point's name; set once, before any work begins.</summary>
    public static Action<string>? Handler { get; set; }

    /// <summary>The program has come to <paramref name="name"/>.</summary>
    public static void Hit(string name) => Handler?.Invoke(name);
}
