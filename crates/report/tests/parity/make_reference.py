# /// script
# requires-python = ">=3.11"
# dependencies = ["purgedcv==0.1.11"]
# ///
"""Writes statistics.json: the results of the package purgedcv for given returns.

    uv run make_reference.py        or, with the package above installed,        python make_reference.py

The deflated Sharpe ratio's `var_sharpe` is an input there as here; `returns` of the probability of backtest overfitting has
one list per candidate.
"""

import importlib.metadata
import json
import math
import pathlib

import numpy as np
from purgedcv import deflated_sharpe_ratio_full, probability_of_backtest_overfitting


def finite(value):
    return float(value) if math.isfinite(value) else None


def deflated(name, returns, trials, variance):
    found = deflated_sharpe_ratio_full(returns, trials, variance)
    return {
        "name": name,
        "returns": [float(value) for value in returns],
        "trials": trials,
        "variance": variance,
        "probability": found.dsr,
        "benchmark": found.sr_star,
        "sharpe": found.observed_sr,
        "skewness": found.skew,
        "kurtosis": found.kurt,
    }


def overfitting(name, returns, blocks):
    found = probability_of_backtest_overfitting(returns, n_splits=blocks)
    return {
        "name": name,
        "returns": [[float(value) for value in series] for series in returns],
        "blocks": blocks,
        "probability": found.pbo,
        "slope": finite(found.slope),
        "loss": float(np.mean(found.is_oos_performance[:, 1] < 0)),
        "combinations": found.n_combos,
    }


def rounded(values):
    """Short numbers, so that the file stays small; they are the inputs, so nothing is lost."""
    return np.round(values, 6)


rng = np.random.default_rng(20160916)
normal = rounded(rng.normal(0.0008, 0.01, 120))
skewed = rounded(0.01 * (rng.gamma(2.0, 1.0, 90) - 1.9))
heavy = rounded(0.008 * rng.standard_t(4, 150) + 0.0005)
noise = rounded(rng.normal(0.0, 0.01, (7, 96)))
skill = noise.copy()
skill[3] += 0.004
idle = np.vstack([noise[:3], np.zeros((2, 96))])
uneven = rounded(rng.normal(0.0003, 0.012, (5, 61)))

reference = {
    "packages": {"purgedcv": importlib.metadata.version("purgedcv")},
    "deflated_sharpe": [
        deflated("normal returns, one trial", normal, 1, 0.0),
        deflated("normal returns", normal, 32, 0.0049),
        deflated("normal returns, many trials", normal, 12345, 0.0049),
        deflated("skewed returns", skewed, 75, 0.01),
        deflated("heavy tails", heavy, 2, 0.0016),
        deflated("four returns", [0.01, -0.005, 0.02, 0.003], 10, 0.02),
        deflated("trials that are all alike", heavy, 40, 0.0),
    ],
    "overfitting": [
        overfitting("noise", noise, 8),
        overfitting("one candidate with skill", skill, 8),
        overfitting("two candidates that never trade", idle, 8),
        overfitting("blocks of different sizes", uneven, 6),
        overfitting("two halves", uneven[:2], 2),
        overfitting("the usual sixteen blocks", noise[:3], 16),
    ],
}
path = pathlib.Path(__file__).with_name("statistics.json")
rows = {key: [json.dumps(row) for row in value] for key, value in reference.items() if isinstance(value, list)}
parts = [f'"{key}": [\n' + ",\n".join(lines) + "\n]" for key, lines in rows.items()]
path.write_text('{\n"packages": ' + json.dumps(reference["packages"]) + ",\n" + ",\n".join(parts) + "\n}\n")
