"""Writes reference.csv: held-out losses of LightGBM on the problems of ../lightgbm.rs.

    pip install lightgbm==4.7.0 numpy
    python make.py

Both sides draw the same data from the same whole numbers: see `uniform`. Only additions, multiplications and
comparisons follow, so that every number has the same bits in both.
"""

import csv
import pathlib

import lightgbm
import numpy as np

TRAIN, TEST, ROUNDS = 10000, 20000, 100


def uniform(problem, column, rows=TRAIN + TEST):
    """Uniform multiples of 2^-24 from 0 to below 1: the upper 24 bits of SplitMix64's output for a counter."""
    with np.errstate(over="ignore"):
        counter = np.uint64(problem) << np.uint64(48) | np.uint64(column) << np.uint64(32)
        z = (counter + np.arange(rows, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 16777216.0


def noise(problem, number):
    """The sum of four uniform numbers less 2, of standard deviation 0.58."""
    a, b, c, d = (uniform(problem, 1000 + 4 * number + k) for k in range(4))
    return a + b + c + d - 2.0


def features(problem, columns):
    """Numbers from -1 to below 1."""
    return np.stack([uniform(problem, column) * 2.0 - 1.0 for column in range(columns)], axis=1)


def levels(x, number):
    """Numbers from -1 to below 1, as whole numbers from 0 to below `number`."""
    return np.floor((x + 1.0) * 0.5 * number)


def largest(*scores):
    return np.argmax(np.stack(scores, axis=1), axis=1)


def three(problem, x):
    """Three classes that depend on products, thresholds and absolute values."""
    a = (x[:, 0] + 0.6) * (x[:, 1] + 0.8) * 2.0 - 1.0 + x[:, 2] + noise(problem, 0)
    b = np.abs(x[:, 3]) * 2.0 - (x[:, 4] + 0.8) * (x[:, 5] + 0.6) - 0.25 + noise(problem, 1)
    c = (x[:, 6] > 0.3) * 1.5 - x[:, 0] * 0.5 + x[:, 7] * x[:, 7] - 0.5 + noise(problem, 2)
    return largest(a, b, c)


def value(problem, x):
    """A number that depends on the same."""
    smooth = (x[:, 0] + 0.6) * (x[:, 1] + 0.8) * 3.0 + x[:, 2] * 2.0 + np.abs(x[:, 3]) * 2.0
    return smooth + (x[:, 4] > 0.2) * (x[:, 5] + 1.0) + noise(problem, 0)


def classes():
    x = features(1, 20)
    return x, three(1, x), None, dict(objective="multiclass", num_class=3)


def imbalance():
    x = features(2, 16)
    latent = x[:, 0] + (x[:, 1] + 0.6) * (x[:, 2] + 0.8) + np.abs(x[:, 3]) * 0.5 + noise(2, 0) * 0.5
    y = sum((latent > edge).astype(int) for edge in (1.5, 2.0, 2.5, 3.0))
    return x, y, None, dict(objective="multiclass", num_class=5)


def missing():
    x = features(3, 12)
    y = three(3, x)
    for column in range(8):
        gone = uniform(3, 100 + column) < 0.1 + 0.05 * column
        x[gone, column] = np.nan
    # The last column is missing more often where the class is 0.
    x[uniform(3, 120) < np.where(y == 0, 0.6, 0.2), 11] = np.nan
    return x, y, None, dict(objective="multiclass", num_class=3)


def weights():
    x = features(4, 16)
    return x, three(4, x), uniform(4, 200) * 3.0 + 0.125, dict(objective="multiclass", num_class=3)


def few():
    x = features(5, 14)
    y = three(5, x)
    return np.stack([levels(x[:, k], k + 2) for k in range(14)], axis=1), y, None, dict(
        objective="multiclass", num_class=3)


def sampled():
    x = features(6, 20)
    return x, three(6, x), None, dict(objective="multiclass", num_class=3, feature_fraction=0.5,
                                      bagging_fraction=0.7, bagging_freq=1)


def coarse():
    x = features(7, 20)
    return x, three(7, x), None, dict(objective="multiclass", num_class=3, max_bin=31, max_depth=4, lambda_l2=1.0,
                                      min_data_in_leaf=50)


def regression():
    x = features(8, 16)
    return x, value(8, x), None, dict(objective="regression")


def regression_weights():
    x = features(9, 12)
    y = value(9, x)
    for column in range(6):
        x[uniform(9, 100 + column) < 0.15, column] = np.nan
    return x, y, uniform(9, 200) * 3.0 + 0.125, dict(objective="regression")


def quantile(level, number):
    def make():
        x = features(10, 10)
        y = value(10, x) + noise(10, 1) * (x[:, 6] + 1.0)
        return x, y, None, dict(objective="quantile", alpha=level)

    make.__name__ = f"quantile_{number}"
    return make


def quantile_weights():
    x = features(11, 10)
    y = value(11, x) + noise(11, 1) * (x[:, 6] + 1.0)
    return x, y, uniform(11, 200) * 3.0 + 0.125, dict(objective="quantile", alpha=0.8)


def loss(model, x, y, w, settings):
    p = model.predict(x)
    kind = settings["objective"]
    if kind == "multiclass":
        losses = -np.log(p[np.arange(len(y)), y])
    elif kind == "regression":
        losses = (p - y) ** 2
    else:
        losses = np.maximum(settings["alpha"] * (y - p), (settings["alpha"] - 1.0) * (y - p))
    mean = np.average(losses, weights=w)
    return np.sqrt(mean) if kind == "regression" else mean


def main():
    common = dict(learning_rate=0.05, num_leaves=15, min_data_in_leaf=20, min_sum_hessian_in_leaf=1e-3,
                  min_data_in_bin=1, num_threads=1, deterministic=True, force_row_wise=True, verbose=-1)
    problems = [classes, imbalance, missing, weights, few, sampled, coarse, regression, regression_weights,
                quantile(0.1, 10), quantile(0.5, 50), quantile(0.9, 90), quantile_weights]
    rows = []
    for make in problems:
        x, y, w, settings = make()
        x = x.astype(np.float32)
        y = y.astype(np.int64) if settings["objective"] == "multiclass" else y.astype(np.float32)
        w = None if w is None else w.astype(np.float32)
        part = lambda values, rows: None if values is None else values[rows]
        train, test = slice(None, TRAIN), slice(TRAIN, None)
        data = lightgbm.Dataset(x[train], y[train], weight=part(w, train))
        # Where rows and columns are drawn, the losses are averaged over ten seeds.
        losses = []
        for seed in range(10 if "bagging_freq" in settings else 1):
            model = lightgbm.train({**common, **settings, "seed": seed}, data, ROUNDS)
            losses.append([loss(model, x[k], y[k], part(w, k), settings) for k in (train, test)])
        rows.append((make.__name__, *(f"{mean:.6f}" for mean in np.mean(losses, axis=0))))
    with open(pathlib.Path(__file__).with_name("reference.csv"), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("problem", "training_loss", "held_out_loss"))
        writer.writerows(rows)


main()
