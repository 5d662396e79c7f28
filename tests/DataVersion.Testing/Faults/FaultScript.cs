namespace DataVersion.Testing.Faults;

/// <summary>Which connections and exchanges go wrong: by count, never by chance. Rules made later come first.</summary>
internal sealed class FaultScript
{
    private readonly Lock _lock = new();
    private readonly List<Rule<ConnectionFault>> _connections = [];
    private readonly List<Rule<ExchangeFault>> _exchanges = [];

    public void Add(ConnectionFault fault, int after, int times)
    {
        lock (_lock)
            _connections.Insert(0, new Rule<ConnectionFault>(fault, _ => true, after, times));
    }

    public void Add(ExchangeFault fault, Func<HttpHead, bool> which, int after, int times)
    {
        lock (_lock)
            _exchanges.Insert(0, new Rule<ExchangeFault>(fault, which, after, times));
    }

    /// <summary>What goes wrong with the connection that begins now.</summary>
    public ConnectionFault? Next()
    {
        lock (_lock)
            return _connections.FirstOrDefault(r => r.Hits(null))?.Fault;
    }

    /// <summary>What goes wrong with a request that has come.</summary>
    public ExchangeFault? Next(HttpHead request)
    {
        lock (_lock)
            return _exchanges.FirstOrDefault(r => r.Hits(request))?.Fault;
    }

    private sealed class Rule<T>(T fault, Func<HttpHead, bool> which, int after, int times)
    {
        private int _skip = after;
        private int _left = times;

        public T Fault => fault;

        public bool Hits(HttpHead? request) => (request is null || which(request)) && _skip-- <= 0 && _left-- > 0;
    }
}
