# /// script
# requires-python = ">=3.11"
# dependencies = ["quantstats==0.0.86", "scikit-learn==1.9.1"]
# ///
"""Writes figures.json: what scikit-learn and quantstats make of given predictions and prices.

    uv run make_reference.py        or, with the packages above installed,        python make_reference.py

Predictions are class probabilities of three classes, in multiples of 1/64 so that they are the same numbers in 32 bits; labels
and probabilities are by row, then ticker. Prices are those of equal parts that are bought and held.
"""

import importlib.metadata
import json
import pathlib
import warnings

import numpy as np
import pandas as pd
import quantstats
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, log_loss, matthews_corrcoef

warnings.simplefilter("ignore")


def probabilities(random, rows, tickers, sharpness):
    weights = random.dirichlet(np.full(3, sharpness), size=(rows, tickers))
    # Of 64ths only one half lies on an edge between bins, where scikit-learn and this project take different sides.
    while True:
        parts = np.floor(weights * 64)
        parts[..., 2] = 64 - parts[..., 0] - parts[..., 1]
        halves = (parts == 32).any(axis=-1)
        if not halves.any():
            return parts / 64
        weights[halves] = random.dirichlet(np.full(3, sharpness), size=int(halves.sum()))


def predictions(name, seed, rows, tickers, sharpness, classes):
    random = np.random.default_rng(seed)
    own = probabilities(random, rows, tickers, sharpness)
    labels = random.choice(classes, size=(rows, tickers))
    flat, truth = own.reshape(-1, 3), labels.reshape(-1)
    said = flat.argmax(axis=1)
    within = [matthews_corrcoef(labels[:, k], own[:, k].argmax(axis=1)) for k in range(tickers)]
    occurs = sorted(set(truth.tolist()) | set(said.tolist()))
    bins = []
    for label in range(3):
        place = np.minimum((flat[:, label] * 10).astype(int), 9)
        frequency, mean = calibration_curve(truth == label, flat[:, label], n_bins=10)
        counted = [int((place == bin).sum()) for bin in range(10) if (place == bin).any()]
        bins.append({"frequency": frequency.tolist(), "mean": mean.tolist(), "samples": counted})
    return {
        "name": name,
        "labels": labels.tolist(),
        "probabilities": own.tolist(),
        "mcc": float(np.mean(within)),
        "mcc_pooled": matthews_corrcoef(truth, said),
        "accuracy": accuracy_score(truth, said),
        "balanced_accuracy": balanced_accuracy_score(truth, said),
        "macro_f1": f1_score(truth, said, average="macro", labels=occurs),
        "log_loss": log_loss(truth, np.clip(flat, 2**-23, 1), labels=[0, 1, 2]) if (flat > 0).all() else None,
        "calibration": bins,
    }


def held(name, seed, rows, tickers, drift):
    random = np.random.default_rng(seed)
    prices = np.round(100 * np.exp(np.cumsum(random.normal(drift, 0.02, size=(rows, tickers)), axis=0)), 4)
    value = (prices / prices[0]).mean(axis=1)
    returns = pd.Series(value[1:] / value[:-1] - 1, index=pd.date_range("2020-01-01", periods=rows - 1))
    return {
        "name": name,
        "prices": prices.tolist(),
        # A year of the test's calendar, which has a bar on every day.
        "sharpe": quantstats.stats.sharpe(returns, periods=365.25),
        "max_drawdown": -quantstats.stats.max_drawdown(returns),
        "volatility": quantstats.stats.volatility(returns, annualize=False),
        "mean": float(returns.mean()),
    }


reference = {
    "packages": {name: importlib.metadata.version(name) for name in ["quantstats", "scikit-learn"]},
    "predictions": [
        predictions("three classes", 1, 120, 3, 2.0, [0, 1, 2]),
        predictions("two true classes", 2, 90, 2, 1.0, [1, 2]),
        predictions("sharp probabilities", 3, 60, 4, 0.4, [0, 1, 2]),
        predictions("one ticker", 4, 200, 1, 5.0, [0, 1, 2]),
    ],
    "held": [
        held("a rising market", 5, 250, 4, 0.001),
        held("a falling market", 6, 100, 2, -0.003),
        held("one ticker", 7, 61, 1, 0.0),
    ],
}
path = pathlib.Path(__file__).with_name("figures.json")
path.write_text(json.dumps(reference, indent=None, separators=(",", ":")) + "\n")
