# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pandas==3.1.1", "scipy==1.17.1", "TA-Lib==0.8.2"]
# ///
"""Writes bars.csv and expected.csv: what pandas, NumPy, SciPy and TA-Lib give for some formulas.

    uv run make_expected.py        or, with the packages above installed,        python make_expected.py

A line of expected.csv is a formula, a ticker and its values over all rows. Ticker A has a bar on every row, B and C have
gaps. Indicators over a window are compared on A alone, since TA-Lib does not pass over gaps; those over all bars run on a
ticker's bars only.
"""

import pathlib
import warnings

import numpy as np
import pandas as pd
import talib
from scipy import stats

ROWS = 60
TICKERS = ["A", "B", "C"]
GAPPED = ["B", "C"]
here = pathlib.Path(__file__).parent
warnings.simplefilter("ignore", RuntimeWarning)


def make_bars():
    rng = np.random.default_rng(158)
    close = np.round(50 * np.exp(np.cumsum(rng.normal(0, 0.02, (ROWS, 3)), axis=0)), 1)
    opened = np.round(close + rng.normal(0, 0.4, close.shape), 2)
    high = np.round(np.maximum(opened, close) + rng.exponential(0.4, close.shape) + 0.01, 2)
    low = np.round(np.minimum(opened, close) - rng.exponential(0.4, close.shape) - 0.01, 2)
    volume = np.round(rng.lognormal(8, 0.5, close.shape))
    bars = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    gaps = np.zeros(close.shape, bool)
    gaps[[0, 1, 9, 23, 24, 25, 41, 59], 1] = True
    gaps[[5, 13, 14, 33, 50], 2] = True
    gaps[36:46, 2] = True
    for values in bars.values():
        values[gaps] = np.nan
    return {name: pd.DataFrame(values, columns=TICKERS) for name, values in bars.items()}


bars = make_bars()
o, h, l, c, v = (bars[name] for name in ["open", "high", "low", "close", "volume"])


def rolling(frame, n):
    return frame.rolling(n, min_periods=1)


def by_window(frame, n, value):
    """Applies a function to each window as it is, gaps included."""
    out = frame * np.nan
    for ticker in TICKERS:
        x = frame[ticker].to_numpy()
        out[ticker] = [value(x[max(0, row - n + 1) : row + 1]) for row in range(len(x))]
    return out


def line(window):
    place = np.arange(1, len(window) + 1)
    there = np.isfinite(window)
    if there.sum() < 2:
        return None
    return stats.linregress(place[there], window[there])


def slope(window):
    fit = line(window)
    return fit.slope if fit else np.nan


def rsquare(window):
    fit = line(window)
    return fit.rvalue**2 if fit else np.nan


def resi(window):
    fit = line(window)
    return window[-1] - (fit.intercept + fit.slope * len(window)) if fit else np.nan


def argmax(window):
    return np.nanargmax(window) + 1 if np.isfinite(window).any() else np.nan


def wma(window):
    w = np.arange(len(window)) + 1
    return np.nanmean(w / w.sum() * window) if np.isfinite(window).any() else np.nan


def lwma(window):
    there = np.isfinite(window)
    weights = np.arange(1, len(window) + 1)[there]
    return np.average(window[there], weights=weights) if there.any() else np.nan


def mad(window):
    there = window[np.isfinite(window)]
    return np.mean(np.abs(there - there.mean())) if len(there) else np.nan


def winsorize(frame, p):
    low = frame.apply(lambda row: np.nanquantile(row, p), axis=1)
    high = frame.apply(lambda row: np.nanquantile(row, 1 - p), axis=1)
    return frame.clip(low, high, axis=0)


up = (c > c.shift(1)).astype(float)
moves = c / c.shift(1) - 1
surges = (v > rolling(v, 5).mean()).to_numpy()

FRAMES = {
    "close / ref(close, 5) - 1": c / c.shift(5) - 1,
    "delta(log(volume), 3)": np.log(v).diff(3),
    "if(volume > ts_mean(volume, 5), sign(delta(close, 1)), 0)": np.sign(c.diff(1)).where(surges, 0.0),
    "ts_sum(1 / (close > ref(close, 1)), 5)": rolling(1 / up, 5).sum(),
    "ts_mean(close, 5)": rolling(c, 5).mean(),
    "ts_std(close / ref(close, 1) - 1, 10)": rolling(moves, 10).std(),
    "ts_skew(close, 12)": rolling(c, 12).skew(),
    "ts_kurt(close, 12)": rolling(c, 12).kurt(),
    "ts_min(low, 5)": rolling(l, 5).min(),
    "ts_argmax(high, 9)": by_window(h, 9, argmax),
    "ts_rank(close, 8)": rolling(c, 8).rank(pct=True),
    "ts_median(volume, 6)": rolling(v, 6).median(),
    "quantile(close, 7, 0.3)": rolling(c, 7).quantile(0.3),
    "ts_mad(close, 6)": by_window(c, 6, mad),
    "ts_count(close, 4)": rolling(c, 4).count(),
    "wma(close, 5)": by_window(c, 5, wma),
    "lwma(close, 5)": by_window(c, 5, lwma),
    "ema(close, 6)": c.ewm(span=6, min_periods=1).mean(),
    "ema(close * 1 / (close > ref(close, 1)), 4)": (c / up).ewm(span=4, min_periods=1).mean(),
    "cov(close, volume, 7)": pd.DataFrame({t: rolling(c[t], 7).cov(v[t]) for t in TICKERS}),
    "corr(close, log(volume + 1), 10)": pd.DataFrame(
        {t: rolling(c[t], 10).corr(np.log(v[t] + 1)) for t in TICKERS}
    ),
    "slope(close, 8)": by_window(c, 8, slope),
    "rsquare(close, 8)": by_window(c, 8, rsquare),
    "resi(close, 8)": by_window(c, 8, resi),
    "rank(close)": c.rank(axis=1, pct=True),
    "demean(log(close))": np.log(c).sub(np.log(c).mean(axis=1), axis=0),
    "zscore(volume)": pd.DataFrame(
        stats.zscore(v.to_numpy(), axis=1, ddof=1, nan_policy="omit"), columns=TICKERS
    ),
    "winsorize(close / open, 0.2)": winsorize(c / o, 0.2),
    "ts_mean(rank(close), 5)": rolling(c.rank(axis=1, pct=True), 5).mean(),
}

WINDOWED = {
    "momentum(4)": lambda o, h, l, c, v: talib.MOM(c, 4),
    "roc(4)": lambda o, h, l, c, v: talib.ROC(c, 4),
    "bollinger_middle(6)": lambda o, h, l, c, v: talib.BBANDS(c, 6, 2.0, 1.5)[1],
    "bollinger_upper(6, 2)": lambda o, h, l, c, v: talib.BBANDS(c, 6, 2.0, 1.5)[0],
    "bollinger_lower(6, 1.5)": lambda o, h, l, c, v: talib.BBANDS(c, 6, 2.0, 1.5)[2],
    "stochastic_k(5)": lambda o, h, l, c, v: talib.STOCHF(h, l, c, 5, 1)[0],
    "stochastic_d(5, 3)": lambda o, h, l, c, v: talib.STOCHF(h, l, c, 5, 3)[1],
    "williams_r(5)": lambda o, h, l, c, v: talib.WILLR(h, l, c, 5),
    "cci(7)": lambda o, h, l, c, v: talib.CCI(h, l, c, 7),
    "mfi(6)": lambda o, h, l, c, v: talib.MFI(h, l, c, v, 6),
    "aroon_up(6)": lambda o, h, l, c, v: talib.AROON(h, l, 6)[1],
    "aroon_down(6)": lambda o, h, l, c, v: talib.AROON(h, l, 6)[0],
    "true_range()": lambda o, h, l, c, v: talib.TRANGE(h, l, c),
}

OVER_BARS = {
    "rsi(5)": lambda o, h, l, c, v: talib.RSI(c, 5),
    "atr(5)": lambda o, h, l, c, v: talib.ATR(h, l, c, 5),
    "natr(5)": lambda o, h, l, c, v: talib.NATR(h, l, c, 5),
    "plus_di(5)": lambda o, h, l, c, v: talib.PLUS_DI(h, l, c, 5),
    "minus_di(5)": lambda o, h, l, c, v: talib.MINUS_DI(h, l, c, 5),
    "adx(5)": lambda o, h, l, c, v: talib.ADX(h, l, c, 5),
    "macd_signal(4, 9, 3)": lambda o, h, l, c, v: talib.MACD(c, 4, 9, 3)[1],
    "macd_hist(4, 9, 3)": lambda o, h, l, c, v: talib.MACD(c, 4, 9, 3)[2],
    "obv()": lambda o, h, l, c, v: talib.OBV(c, v),
}


def cells(values):
    return " ".join("nan" if np.isnan(x) else f"{x:.11g}" for x in values)


def main():
    lines = []
    for formula, frame in FRAMES.items():
        lines += [f"{formula};{ticker};{cells(frame[ticker])}" for ticker in GAPPED]
    for formula, value in WINDOWED.items():
        lines.append(f"{formula};A;{cells(value(*(bars[name]['A'].to_numpy() for name in bars)))}")
    for formula, value in OVER_BARS.items():
        for ticker in ["A", "B"]:
            there = c[ticker].notna().to_numpy()
            out = np.full(ROWS, np.nan)
            out[there] = value(*(bars[name][ticker].to_numpy()[there] for name in bars))
            lines.append(f"{formula};{ticker};{cells(out)}")
    (here / "expected.csv").write_text("\n".join(lines) + "\n")

    rows = ["row,ticker,open,high,low,close,volume"]
    for row in range(ROWS):
        for ticker in TICKERS:
            cell = [bars[name][ticker][row] for name in bars]
            rows.append(f"{row},{ticker}," + ",".join("nan" if np.isnan(x) else f"{x:.10g}" for x in cell))
    (here / "bars.csv").write_text("\n".join(rows) + "\n")


main()
