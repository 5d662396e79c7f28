namespace DataVersion.Trainer.Generating;

/// <summary>A made-up payment by card.</summary>
internal record struct Transaction
{
    /// <summary>Counted from 1; written as <c>T000000001</c>.</summary>
    internal long Id;

    /// <summary>Seconds since 1970, UTC.</summary>
    internal long Time;

    internal long AmountCents;

    /// <summary>Its place in <see cref="TransactionWords.MerchantCategories"/>.</summary>
    internal int MerchantCategory;

    /// <summary>Of <see cref="Time"/>, 0 to 23.</summary>
    internal int Hour;

    /// <summary>Its place in <see cref="TransactionWords.Countries"/>.</summary>
    internal int Country;

    /// <summary>Its place in <see cref="TransactionWords.Devices"/>; null where it is not known.</summary>
    internal int? Device;

    /// <summary>In years; null where it is not known.</summary>
    internal int? CustomerAge;

    /// <summary>How long there has been the account.</summary>
    internal int AccountDays;

    internal bool IsForeign;

    /// <summary>Payments with the same card in the day before; null where it is not known.</summary>
    internal int? CountLast24Hours;

    internal bool IsFraud;
}

/// <summary>The words in transactions, each with its share of rows (per thousand) and what it adds to the odds of fraud.</summary>
internal static class TransactionWords
{
    internal static readonly (string Name, int Share, double LogAmount, double Risk)[] MerchantCategories =
    [
        ("grocery", 260, 3.4, -0.9),
        ("restaurant", 160, 3.2, -0.5),
        ("fuel", 110, 3.8, -0.2),
        ("clothing", 90, 4.0, 0),
        ("pharmacy", 70, 3.0, -0.6),
        ("utilities", 60, 4.4, -1.2),
        ("electronics", 60, 5.2, 0.7),
        ("digital_goods", 60, 2.6, 0.8),
        ("travel", 50, 5.6, 0.3),
        ("jewelry", 30, 5.7, 0.9),
        ("gambling", 30, 4.2, 1.1),
        ("cash_advance", 20, 5.0, 1.2),
    ];

    /// <summary>The first is home. NA is Namibia, which no reader may take for "not available".</summary>
    internal static readonly (string Name, int Share, double Risk)[] Countries =
    [
        ("DE", 0, 0), ("FR", 190, 0), ("NL", 130, -0.1), ("AT", 120, -0.2), ("IT", 110, 0.1), ("ES", 100, 0.1), ("GB", 90, 0.2), ("US", 80, 0.4),
        ("PL", 60, 0), ("CH", 50, -0.2), ("RO", 30, 0.6), ("BR", 20, 0.9), ("NG", 10, 1.3), ("NA", 10, 0.2),
    ];

    internal static readonly (string Name, int Share, double Risk)[] Devices =
    [
        ("chip", 380, -0.8), ("contactless", 290, -0.6), ("app", 150, 0.2), ("web", 140, 0.7), ("phone_order", 40, 0.6),
    ];
}
