namespace DataVersion.Tracking.Charts;

/// <summary>
/// What is drawn of a series: pieces of line between its gaps. Of each column of pixels at most two points are kept, the lowest and the highest, so that
/// a spike stays to be seen however long the series is.
/// </summary>
internal static class SeriesLines
{
    /// <summary>The points of a chart that have a place in it, from left to right; a Y of NaN stands for a gap.</summary>
    public static List<List<(double X, double Y)>> Clean(Chart chart) => [.. chart.Series.Select(series =>
        series.Points
            .Where(p => Axis.Takes(p.X, log: false))
            .Select(p => (p.X, Axis.Takes(p.Y, chart.LogScale) ? p.Y : double.NaN))
            .OrderBy(p => p.X)
            .ToList())];

    /// <summary>The pieces, in columns from 0 and rows from 0 at the top; a piece of one point is a dot.</summary>
    /// <param name="points">From <see cref="Clean"/>.</param>
    /// <param name="x">The axis from left to right.</param>
    /// <param name="y">The axis upwards.</param>
    /// <param name="width">The last column.</param>
    /// <param name="height">The last row.</param>
    public static List<List<(double X, double Y)>> Draw(IEnumerable<(double X, double Y)> points, Axis x, Axis y, double width, double height)
    {
        var pieces = new List<List<(double X, double Y)>>();
        List<(double X, double Y)>? piece = null;
        var column = new Column();
        bool gap = false;
        foreach ((double pointX, double pointY) in points)
        {
            if (double.IsNaN(pointY))
            {
                gap = true;
                continue;
            }
            (double X, double Y) at = (x.At(pointX) * width, (1 - y.At(pointY)) * height);
            // A gap within one column could not be seen.
            if (column.Count > 0 && Math.Round(column.First.X) != Math.Round(at.X))
            {
                Add(gap);
                column = default;
            }
            gap = false;
            column.Take(at);
        }
        Add(ends: true);
        return pieces;

        void Add(bool ends)
        {
            if (column.Count == 0)
                return;
            if (piece is null)
                pieces.Add(piece = []);
            column.AddTo(piece);
            if (ends)
                piece = null;
        }
    }

    /// <summary>The points of one column: the lowest and the highest, in the order in which they came.</summary>
    private struct Column
    {
        private (double X, double Y) _low;
        private (double X, double Y) _high;
        private bool _lowFirst;

        public int Count { get; private set; }

        public (double X, double Y) First { get; private set; }

        public void Take((double X, double Y) point)
        {
            if (Count++ == 0)
            {
                (First, _low, _high) = (point, point, point);
                return;
            }
            if (point.Y < _low.Y)
                (_low, _lowFirst) = (point, false);
            else if (point.Y > _high.Y)
                (_high, _lowFirst) = (point, true);
        }

        public readonly void AddTo(List<(double X, double Y)> piece)
        {
            piece.Add(_lowFirst ? _low : _high);
            if (_low != _high)
                piece.Add(_lowFirst ? _high : _low);
        }
    }
}
