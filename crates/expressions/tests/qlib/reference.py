"""Qlib's own values of Alpha158 and Alpha360 over bars in memory.

    python reference.py compare FOLDER SET VALUES   compare with what the example `panel` wrote
    python reference.py expected SOURCE BARS TABLE  write the bars and the table that the test reads; the source is
                                                    `stocks.csv` of the package bokeh_sampledata, Quandl's WIKI prices,
                                                    which are in the public domain

Qlib's expressions are evaluated by Qlib's operators; only the columns come from memory, as doubles, instead of from its
binary store, which would round them to single precision. `vwap` is (high + low + close) / 3.
"""

import collections
import glob
import os
import re
import sys
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

from qlib.contrib.data.loader import Alpha158DL, Alpha360DL  # noqa: E402
from qlib.data import ops  # noqa: E402
from qlib.data.base import Expression  # noqa: E402

SETS = {"alpha158": Alpha158DL, "alpha360": Alpha360DL}
COLUMNS = ["open", "high", "low", "close", "volume"]


class Held(Expression):
    """A column held in memory. What every operator returns is kept until the next ticker."""

    bars = None
    cache = {}

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return "$" + self.name

    def _load_internal(self, instrument, start_index, end_index, *args):
        return Held.bars[self.name]

    def get_longest_back_rolling(self):
        return 0

    def get_extended_window_size(self):
        return 0, 0


def load(self, instrument, start_index, end_index, *args):
    key = str(self)
    if key not in Held.cache:
        Held.cache[key] = self._load_internal(instrument, start_index, end_index, *args)
    return Held.cache[key].copy()


Expression.load = load


def expressions(name):
    fields, names = SETS[name].get_feature_config()
    scope = {operator.__name__: operator for operator in ops.OpsList}
    scope["Held"] = Held
    return names, [eval(re.sub(r"\$(\w+)", r'Held("\1")', field), scope) for field in fields]


def evaluate(bars, expressions):
    bars = bars.astype(np.float64)
    bars["vwap"] = (bars["high"] + bars["low"] + bars["close"]) / 3
    Held.bars, Held.cache = bars, {}
    return np.array([expression.load(None, None, None).to_numpy(np.float64) for expression in expressions])


def gaps(bars, label):
    """The rows whose window of highs or lows lacks a value, where Qlib's IdxMax and IdxMin give the place of the NaN."""
    rows = int(re.sub(r"\D", "", label))
    columns = {"IMAX": ["high"], "IMIN": ["low"], "IMXD": ["high", "low"]}[label[:4]]
    return bars[columns].isna().any(axis=1).rolling(rows, min_periods=1).max().to_numpy() > 0


def compare(folder, name, values):
    paths = sorted(glob.glob(os.path.join(folder, "*.csv")))
    bars = [pd.read_csv(path, index_col="date") for path in paths]
    dates = sorted(set().union(*(frame.index for frame in bars)))
    names, fields = expressions(name)
    ours = np.memmap(values, np.float64, "r").reshape(len(paths), len(fields), len(dates))
    kinds = collections.Counter()
    worst, odd = collections.Counter(), collections.Counter()
    for path, frame, own in zip(paths, bars, ours):
        # Qlib's store starts with a ticker's first bar; later dates without a bar hold NaN.
        before = dates.index(frame.index[0])
        frame = frame.reindex(dates[before:])
        table = evaluate(frame, fields)
        kinds["before the first bar", "NaN"] += np.isnan(own[:, :before]).sum()
        kinds["before the first bar", "other"] += (~np.isnan(own[:, :before])).sum()
        for label, theirs, own in zip(names, table, own[:, before:]):
            counted = np.ones(len(theirs), bool)
            if label[:4] in ("IMAX", "IMIN", "IMXD"):
                counted = ~gaps(frame, label)
                kinds["place of a gap in Qlib", "passes over it"] += (~counted & (own != theirs)).sum()
            kind = lambda x: np.select([np.isnan(x), np.isinf(x)], ["NaN", "infinite"], "finite")  # noqa: E731
            for pair in zip(kind(theirs)[counted], kind(own)[counted]):
                kinds[pair] += 1
            for row in np.flatnonzero(counted & (kind(theirs) != kind(own))):
                odd[label, str(theirs[row]), str(own[row])] += 1
            both = counted & np.isfinite(theirs) & np.isfinite(own)
            # What cancels to almost nothing has no relative precision in either program.
            away = np.abs(own - theirs)[both] / np.maximum(np.abs(theirs[both]), 1e-6)
            worst[label] = max(worst[label], away.max(initial=0))
            kinds["finite", "apart by more than 1e-5"] += (away > 1e-5).sum()
    print(f"{'cells':>12}  Qlib, here")
    for kind, count in sorted(kinds.items()):
        print(f"{count:>12,}  {', '.join(kind)}")
    print("different kinds of values:", dict(odd))
    print("largest relative differences:", worst.most_common(8))


def expected(source, bars_path, expected_path):
    """Takes 200 bars of two tickers; writes them and all features on a few rows."""
    frame = pd.read_csv(source)
    tickers, rows = ["AAPL", "IBM"], [0, 1, 4, 30, 60, 100, 150, 199]
    columns = {"Ticker": "ticker", "Date": "date", **{name.title(): name for name in COLUMNS}}
    frame = frame[frame["Ticker"].isin(tickers)].rename(columns=columns)[list(columns.values())]
    bars = frame.groupby("ticker").head(200)
    bars.to_csv(bars_path, index=False)
    with open(expected_path, "w", encoding="ascii") as out:
        out.write("set,name," + ",".join(f"{ticker}.{row}" for ticker in tickers for row in rows) + "\n")
        for name in SETS:
            names, fields = expressions(name)
            tables = []
            for ticker in tickers:
                own = bars[bars["ticker"] == ticker][COLUMNS].reset_index(drop=True)
                tables.append(evaluate(own, fields)[:, rows])
            for label, cells in zip(names, np.hstack(tables)):
                out.write(f"{name},{label}," + ",".join("%.8g" % cell for cell in cells) + "\n")


if __name__ == "__main__":
    {"compare": compare, "expected": expected}[sys.argv[1]](*sys.argv[2:])
