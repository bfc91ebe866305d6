"""Files of bars with polars: read, or read and pivoted to one table of dates and tickers for each of the five columns."""

import argparse
import pathlib
import statistics
import time

import polars

import sizes

parser = argparse.ArgumentParser()
parser.add_argument("paths", nargs="+", type=pathlib.Path)
parser.add_argument("--pivot", action="store_true")
parser.add_argument("--rounds", type=int, default=3)
args = parser.parse_args()

COLUMNS = ["open", "high", "low", "close", "volume"]
files = sorted(file for path in args.paths for file in (path.glob("*.csv") if path.is_dir() else [path]))


def bars():
    def one(file):
        frame = polars.read_csv(file, try_parse_dates=True)
        if "ticker" not in frame.columns:
            frame = frame.with_columns(ticker=polars.lit(file.stem))
        return frame.select("ticker", "date", *(polars.col(column).cast(polars.Float64) for column in COLUMNS))

    return polars.concat([one(file) for file in files])


def pivoted():
    frame = bars()
    return [frame.pivot(on="ticker", index="date", values=column).sort("date").to_numpy() for column in COLUMNS]


seconds = []
for _ in range(args.rounds):
    start = time.perf_counter()
    read = pivoted() if args.pivot else bars()
    seconds.append(time.perf_counter() - start)
sizes.result(rows=len(read[0]) if args.pivot else len(read), seconds=statistics.median(seconds))
