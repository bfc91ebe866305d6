"""Qlib's own values of Alpha158 and Alpha360 over bars in memory.

    python reference.py compare FOLDER SET VALUES   compare with what the example `panel` wrote
    python reference.py expected BARS OUTPUT        write the tables that the test reads

Qlib's expressions are evaluated by Qlib's operators; only the columns come from memory, as doubles, instead of from its
binary store, which would round them to single precision. `vwap` is (high + low + close) / 3.
"""

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


def compare(folder, name, values):
    paths = sorted(glob.glob(os.path.join(folder, "*.csv")))
    bars = [pd.read_csv(path, index_col="date") for path in paths]
    dates = sorted(set().union(*(frame.index for frame in bars)))
    names, fields = expressions(name)
    ours = np.memmap(values, np.float64, "r").reshape(len(paths), len(fields), len(dates))
    kinds = {"finite in both": 0, "NaN in both": 0, "the same infinity in both": 0}
    kinds.update({"Qlib finite, NaN here": 0, "Qlib NaN, finite here": 0, "Qlib infinite, other here": 0})
    kinds["Qlib finite, infinite here"] = kinds["Qlib NaN, infinite here"] = 0
    kinds["before the first bar, NaN here"] = 0
    worst, apart = {}, {}
    for place, frame in enumerate(bars):
        # Qlib's store starts with a ticker's first bar; later dates without a bar hold NaN.
        theirs, own = evaluate(frame.reindex(dates[dates.index(frame.index[0]) :]), fields), np.asarray(ours[place])
        before = own.shape[1] - theirs.shape[1]
        kinds["before the first bar, NaN here"] += np.isnan(own[:, :before]).sum()
        own, offset = own[:, before:], before
        finite, missing, infinite = np.isfinite(theirs), np.isnan(theirs), np.isinf(theirs)
        both = finite & np.isfinite(own)
        kinds["finite in both"] += both.sum()
        kinds["NaN in both"] += (missing & np.isnan(own)).sum()
        kinds["the same infinity in both"] += (infinite & (theirs == own)).sum()
        kinds["Qlib finite, NaN here"] += (finite & np.isnan(own)).sum()
        kinds["Qlib finite, infinite here"] += (finite & np.isinf(own)).sum()
        kinds["Qlib NaN, finite here"] += (missing & np.isfinite(own)).sum()
        kinds["Qlib NaN, infinite here"] += (missing & np.isinf(own)).sum()
        kinds["Qlib infinite, other here"] += (infinite & ~(theirs == own)).sum()
        # Values that cancel to almost nothing have no relative precision in either program.
        small = np.abs(own - theirs) < 1e-9
        error = np.where(both & ~small, np.abs(own - theirs) / np.maximum(np.abs(theirs), 1e-300), 0)
        for column, label in enumerate(names):
            worst[label] = max(worst.get(label, 0), error[column].max())
            bad = error[column] > 1e-5
            other = (finite ^ np.isfinite(own))[column]
            if bad.any() or other.any():
                row = int(np.argmax(bad if bad.any() else other))
                counts = apart.setdefault(label, [0, 0, None])
                counts[0] += int(bad.sum())
                counts[1] += int(other.sum())
                counts[2] = (os.path.basename(paths[place]), dates[offset + row], theirs[column, row], own[column, row])
    for kind, count in kinds.items():
        print(f"{count:>12,}  {kind}")
    print("columns with cells apart by more than 1e-5 (relative) and 1e-9 (absolute), or finite on one side only:")
    for label, (count, other, example) in apart.items():
        print(f"  {label}: {count}, {other}; such as {example}")
    print("largest relative differences:", sorted(worst.items(), key=lambda item: -item[1])[:12])


if __name__ == "__main__":
    {"compare": compare}[sys.argv[1]](*sys.argv[2:])
