using System.Text;
using System.Text.Json;
using DataVersion.Objects;

namespace DataVersion.Serving.Predicting;

/// <summary>
/// Reads <c>{"rows":[{…}]}</c>, or one row as an object, into a batch. Whatever the bytes are: rows, or a <see cref="PredictionProblem"/> that points at
/// the value at fault.
/// </summary>
internal ref struct RowParser
{
    private const string Malformed = "The body is not JSON";
    private const string Unfit = "The body does not fit the model's signature";
    private const int ShortName = 128;

    private readonly InputColumns _columns;
    private readonly RowBatch _batch;
    private readonly int _maxRows;
    private readonly ulong[] _seen;
    private Utf8JsonReader _reader;

    private RowParser(ReadOnlySpan<byte> body, InputColumns columns, RowBatch batch, int maxRows)
    {
        _columns = columns;
        _batch = batch;
        _maxRows = maxRows;
        _seen = batch.Seen;
        _reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 8 });
    }

    /// <exception cref="PredictionProblem">The body is not JSON, or not what the model takes.</exception>
    internal static void Parse(ReadOnlySpan<byte> body, InputColumns columns, RowBatch batch, int maxRows)
    {
        batch.Clear();
        // Some clients begin with a byte order mark.
        if (body.StartsWith("\uFEFF"u8))
            body = body[3..];
        try
        {
            new RowParser(body, columns, batch, maxRows).Read();
        }
        catch (JsonException e)
        {
            string place = FormattableString.Invariant($"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
            throw new PredictionProblem(400, Malformed, body.IsEmpty ? "The body is empty." : $"It stops being JSON at {place}.", "");
        }
    }

    private void Read()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
            throw new PredictionProblem(400, Unfit, "The body must be an object: one row, or {\"rows\": […]}.", "");
        _reader.Read();
        if (IsRows())
        {
            _reader.Read();
            if (_reader.TokenType == JsonTokenType.StartArray)
            {
                ReadRows();
                return;
            }
            // Some model may have a column of that name.
            int column = _columns.Find("rows");
            if (column < 0)
                throw PredictionProblem.OfField(null, "rows", Unfit, "'rows' must be an array of objects.");
            StartRow();
            _seen[column >> 6] |= 1UL << (column & 63);
            ReadValue(column, null);
            _reader.Read();
            ReadFields(null);
        }
        else
        {
            StartRow();
            ReadFields(null);
        }
        _reader.Read();
    }

    private readonly void StartRow()
    {
        _batch.AddRow();
        Array.Clear(_seen);
    }

    private readonly bool IsRows() => _reader.TokenType == JsonTokenType.PropertyName && IsNamed("rows"u8);

    private readonly bool IsNamed(ReadOnlySpan<byte> name)
    {
        if (!_reader.ValueIsEscaped)
            return _reader.ValueSpan.SequenceEqual(name);
        try
        {
            return _reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            // An escape that is half a character: no Unicode, and so nobody's name.
            return false;
        }
    }

    private void ReadRows()
    {
        int row = 0;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (row == _maxRows)
                throw new PredictionProblem(413, "Too many rows", FormattableString.Invariant($"A request may have {_maxRows} rows."), "/rows");
            if (_reader.TokenType != JsonTokenType.StartObject)
                throw new PredictionProblem(400, Unfit, "A row must be an object.", FormattableString.Invariant($"/rows/{row}"));
            StartRow();
            _reader.Read();
            ReadFields(row++);
        }
        if (row == 0)
            throw new PredictionProblem(400, Unfit, "There must be at least one row.", "/rows");
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.EndObject)
            throw PredictionProblem.OfField(null, Name(), Unfit, "Nothing may stand beside 'rows'.");
        _reader.Read();
    }

    /// <summary>From a property's name, or the end, to the end of the object.</summary>
    private void ReadFields(int? row)
    {
        int next = 0;
        while (_reader.TokenType == JsonTokenType.PropertyName)
        {
            int column = Column(row, next);
            _reader.Read();
            ReadValue(column, row);
            _reader.Read();
            next = column + 1;
        }
    }

    /// <summary>The column that the property at hand names.</summary>
    private readonly int Column(int? row, int expected)
    {
        // Most clients write the columns in the order of the signature.
        int column = expected < _columns.Count && IsNamed(_columns.Utf8(expected)) ? expected : Find();
        if (column < 0)
            throw PredictionProblem.OfField(row, Name(), Unfit, $"The model takes no '{Shown(Name())}'. It takes: {Shown(string.Join(", ", _columns.Names))}.");
        ulong bit = 1UL << (column & 63);
        if ((_seen[column >> 6] & bit) != 0)
            throw PredictionProblem.OfField(row, _columns.Names[column], Unfit, $"'{Shown(_columns.Names[column])}' is there twice.");
        _seen[column >> 6] |= bit;
        return column;
    }

    private readonly int Find()
    {
        int length = _reader.ValueSpan.Length;
        if (length > ShortName)
            return _columns.Find(Name());
        Span<char> name = stackalloc char[ShortName];
        try
        {
            return _columns.Find(name[.._reader.CopyString(name)]);
        }
        catch (InvalidOperationException)
        {
            return -1;
        }
    }

    private void ReadValue(int column, int? row)
    {
        if (_columns.IsText(column))
            ReadText(column, row);
        else if (_columns.IsTime(column))
            ReadTime(column, row);
        else
            ReadNumber(column, row);
    }

    private void ReadNumber(int column, int? row)
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                return;
            case JsonTokenType.Number:
                if (_reader.TryGetSingle(out float value) && float.IsFinite(value))
                    _batch.Set(column, value);
                else
                    throw PredictionProblem.OfField(row, _columns.Names[column], Unfit, $"'{Shown(_columns.Names[column])}' is beyond what a float32 can hold.");
                return;
            default:
                throw WrongType(column, row, "a number");
        }
    }

    private void ReadTime(int column, int? row)
    {
        string name = _columns.Names[column];
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                return;
            case JsonTokenType.Number when _reader.TryGetDouble(out double seconds) && float.IsFinite((float)seconds):
                _batch.SetTime(column, seconds);
                return;
            case JsonTokenType.Number:
                throw PredictionProblem.OfField(row, name, Unfit, $"'{Shown(name)}' is beyond what a float32 can hold.");
            case JsonTokenType.String:
                if (!TryReadTime(out double parsed))
                    throw PredictionProblem.OfField(row, name, Unfit, $"'{Shown(name)}' is no time: write it as 2026-01-31T18:30:00Z, or as seconds since 1970.");
                _batch.SetTime(column, parsed);
                return;
            default:
                throw WrongType(column, row, "a time");
        }
    }

    private readonly bool TryReadTime(out double seconds)
    {
        seconds = 0;
        // Each character may be escaped, as some writers do with the '+' of a zone.
        Span<char> text = stackalloc char[6 * TimeText.Longest];
        try
        {
            return _reader.ValueSpan.Length <= text.Length && TimeText.TryParse(text[.._reader.CopyString(text)], out seconds);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private void ReadText(int column, int? row)
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                return;
            case JsonTokenType.String:
                try
                {
                    _batch.SetText(column, _reader.CopyString(_batch.TextRoom(_reader.ValueSpan.Length)));
                }
                catch (InvalidOperationException)
                {
                    throw PredictionProblem.OfField(row, _columns.Names[column], Malformed, $"'{Shown(_columns.Names[column])}' is not valid Unicode.");
                }
                return;
            default:
                throw WrongType(column, row, "a string");
        }
    }

    private readonly PredictionProblem WrongType(int column, int? row, string wanted)
    {
        string given = _reader.TokenType switch
        {
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            JsonTokenType.StartArray => "an array",
            _ => "an object",
        };
        return PredictionProblem.OfField(row, _columns.Names[column], Unfit, $"'{Shown(_columns.Names[column])}' must be {wanted} or null, and is {given}.");
    }

    /// <summary>The property's name at hand; what is no Unicode is replaced.</summary>
    private readonly string Name()
    {
        try
        {
            return _reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(_reader.ValueSpan);
        }
    }

    private static string Shown(string text) => PathRules.Printable(text.Length > 200 ? $"{text[..200]}…" : text);
}
