"""TA-Lib's own values of the indicators: python reference.py BARS TABLE, over the first ticker of the bars."""

import csv
import sys

import numpy as np
import talib as ta

ROWS = [0, 1, 5, 8, 9, 13, 14, 15, 20, 25, 26, 27, 28, 33, 34, 60, 100, 199]

with open(sys.argv[1], encoding="ascii") as file:
    bars = list(csv.DictReader(file))
bars = [bar for bar in bars if bar["ticker"] == bars[0]["ticker"]]
h, l, c, v = (np.array([float(bar[name]) for bar in bars]) for name in ("high", "low", "close", "volume"))
upper, middle, lower = ta.BBANDS(c, 20, 2.5, 2.5)
k, d = ta.STOCHF(h, l, c, 14, 3)
# Named by the expression; MACD gives values only where its signal has one.
macd, signal, hist = ta.MACD(c, 12, 26, 9)
aroon_down, aroon_up = ta.AROON(h, l, 14)
table = {
    "rsi(14)": ta.RSI(c, 14),
    "rsi(2)": ta.RSI(c, 2),
    "atr(14)": ta.ATR(h, l, c, 14),
    "natr(14)": ta.NATR(h, l, c, 14),
    "true_range()": ta.TRANGE(h, l, c),
    "plus_di(14)": ta.PLUS_DI(h, l, c, 14),
    "minus_di(14)": ta.MINUS_DI(h, l, c, 14),
    "adx(14)": ta.ADX(h, l, c, 14),
    "adx(5)": ta.ADX(h, l, c, 5),
    "macd(12, 26)": macd,
    "macd_signal(12, 26, 9)": signal,
    "macd_hist(12, 26, 9)": hist,
    "bollinger_upper(20, 2.5)": upper,
    "bollinger_middle(20)": middle,
    "bollinger_lower(20, 2.5)": lower,
    "stochastic_k(14)": ta.STOCHF(h, l, c, 14, 1)[0],
    "stochastic_d(14, 3)": d,
    "williams_r(14)": ta.WILLR(h, l, c, 14),
    "cci(14)": ta.CCI(h, l, c, 14),
    "mfi(14)": ta.MFI(h, l, c, v, 14),
    "aroon_up(14)": aroon_up,
    "aroon_down(14)": aroon_down,
    "momentum(10)": ta.MOM(c, 10),
    "roc(10)": ta.ROC(c, 10),
    "obv()": ta.OBV(c, v),
}
with open(sys.argv[2], "w", encoding="ascii") as out:
    for name, values in table.items():
        out.write(name + ";" + ";".join(f"{row}={values[row]:.12g}" for row in ROWS) + "\n")
