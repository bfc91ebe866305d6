"""What the peers share: arguments, thread limits, timing, and one line of JSON as the result."""

import argparse
import json
import os
import statistics
import time


def arguments(**more):
    """Parses the sizes of the model and its batch, and the number of threads."""
    parser = argparse.ArgumentParser()
    defaults = dict(batch=64, seq_length=30, features=20, tickers=20, d_model=64, heads=4, layers=2, d_ff=256)
    for name, value in (defaults | dict(threads=1) | more).items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value)
    return parser.parse_args()


def limit_threads(threads):
    """Pins the process and its libraries' threads to this many cores. Call it before importing them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for variable in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
        os.environ[variable] = str(threads)


def rate(call, rounds=5, seconds=1.0, warm_up=2):
    """The calls per second: the median over the rounds."""
    for _ in range(warm_up):
        call()
    rates = []
    for _ in range(rounds):
        start, calls = time.perf_counter(), 0
        while calls == 0 or time.perf_counter() - start < seconds:
            call()
            calls += 1
        rates.append(calls / (time.perf_counter() - start))
    return statistics.median(rates)


def result(**figures):
    print(json.dumps(figures))
