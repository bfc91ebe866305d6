# /// script
# requires-python = ">=3.11"
# dependencies = ["purgedcv==0.1.11", "scikit-learn==1.9.1", "skfolio==1.12.2"]
# ///
"""Writes splits.json: the folds of the splitters of public packages, as ranges.

    uv run make_tables.py        or, with the packages above installed,        python make_tables.py

Each case names the package's splitter with its settings, and the equivalent settings of ours. How the settings
correspond is explained at each kind of case. The packages have no input windows, so a sample is its decision row:
sample `i` is our sequence `i` with `seq_length` 1, and its label reads the rows `(i, i + W]`.
"""

import importlib.metadata
import json
import pathlib
import warnings

import numpy as np
import pandas as pd
import purgedcv
from purgedcv.diagnostics import compute_overlap_fraction
from skfolio.model_selection import CombinatorialPurgedCV, WalkForward
from sklearn.model_selection import KFold, TimeSeriesSplit

warnings.simplefilter("ignore")
PACKAGES = ["purgedcv", "scikit-learn", "skfolio"]


def ranges(indices):
    """Sorted indices as half-open ranges that do not touch."""
    indices = np.sort(np.asarray(indices))
    if len(indices) == 0:
        return []
    cuts = np.flatnonzero(np.diff(indices) > 1) + 1
    return [[int(part[0]), int(part[-1]) + 1] for part in np.split(indices, cuts)]


def times(samples, window):
    """Daily samples whose label ends `window` days later."""
    predicted = pd.Series(pd.date_range("2020-01-01", periods=samples, freq="D"))
    return predicted, predicted + pd.Timedelta(days=window)


def case(peer, settings, ours, folds, paths=None):
    folds = [{"train": ranges(train), "evaluated": ranges(evaluated)} for train, evaluated in folds]
    return {"peer": peer, "settings": settings, "ours": ours, "folds": folds, "paths": paths}


def k_folds():
    # Without a purge: a label of one row overlaps no other. scikit-learn adds the remainder to the first folds, we add
    # it to the last, so the number of samples is a multiple of the number of folds.
    for samples, folds in [(60, 3), (200, 5)]:
        settings = {"n_splits": folds}
        ours = {"method": "kfold", "samples": samples, "folds": folds, "time_window": 1, "embargo": 0}
        found = KFold(**settings).split(np.zeros(samples))
        yield case("sklearn KFold", settings, ours, found)
    # purgedcv drops samples whose half-open label interval [i, i + W) overlaps an evaluated one: our label purge. Its
    # embargo in observations counts from the last evaluated sample, ours in rows from the end of its label, W rows on:
    # embargo_observations = W + embargo - 1. Its embargo in time is a closed interval: e days are our e + 1 rows.
    for samples, folds, window, embargo in [(60, 3, 4, 0), (60, 4, 7, 3), (200, 5, 5, 2)]:
        predicted, evaluated = times(samples, window)
        ours = {"method": "kfold", "samples": samples, "folds": folds, "time_window": window, "embargo": embargo}
        settings = {"n_splits": folds, "embargo_observations": window + embargo - 1}
        cv = purgedcv.PurgedKFold(**settings, prediction_times=predicted, evaluation_times=evaluated)
        yield case("purgedcv PurgedKFold", settings, ours, cv.split(np.zeros(samples)))
        if embargo > 1:
            settings = {"n_splits": folds, "embargo": f"{embargo - 1}D"}
            cv = purgedcv.PurgedKFold(**settings, prediction_times=predicted, evaluation_times=evaluated)
            yield case("purgedcv PurgedKFold", settings, ours, cv.split(np.zeros(samples)))


def walks():
    # A gap of g samples keeps labels of g + 1 rows apart: gap = W - 1. The remainder is treated as in k-fold.
    for samples, folds, window in [(60, 3, 1), (60, 3, 4), (204, 5, 5)]:
        ours = {"method": "walk_forward", "samples": samples, "folds": folds, "time_window": window, "embargo": 0}
        settings = {"n_splits": folds, "gap": window - 1}
        yield case("sklearn TimeSeriesSplit", settings, ours, TimeSeriesSplit(**settings).split(np.zeros(samples)))
        # skfolio's train_size is what is left of the first block after purging.
        size = samples // (folds + 1)
        settings = {
            "test_size": size,
            "train_size": size - (window - 1),
            "expand_train": True,
            "purged_size": window - 1,
        }
        yield case("skfolio WalkForward", settings, ours, WalkForward(**settings).split(np.zeros(samples)))
        predicted, evaluated = times(samples, window)
        settings = {"n_splits": folds, "test_size": size, "window": "expanding"}
        cv = purgedcv.WalkForwardSplit(**settings, prediction_times=predicted, evaluation_times=evaluated)
        yield case("purgedcv WalkForwardSplit", settings, ours, cv.split(np.zeros(samples)))


def combinations():
    for samples, groups, chosen, window, embargo in [(60, 4, 2, 1, 0), (120, 6, 2, 5, 0), (121, 6, 2, 5, 3), (70, 5, 3, 4, 2)]:
        ours = {
            "method": "combinatorial_purged",
            "samples": samples,
            "folds": groups,
            "test_groups": chosen,
            "time_window": window,
            "embargo": embargo,
        }
        # purgedcv cuts groups as we do. To read off its paths, let each fold predict its own number.
        predicted, evaluated = times(samples, window)
        settings = {"n_splits": groups, "n_test_groups": chosen, "embargo_observations": window + embargo - 1}
        cv = purgedcv.CombinatorialPurgedCV(**settings, prediction_times=predicted, evaluation_times=evaluated)
        folds = list(cv.split(np.zeros((samples, 1))))
        numbered = [np.full(len(test), float(fold)) for fold, (_, test) in enumerate(folds)]
        by_sample = cv.reconstruct_paths(numbered).astype(int)
        starts = [block[0] for block in np.array_split(np.arange(samples), groups)]
        yield case("purgedcv CombinatorialPurgedCV", settings, ours, folds, by_sample[:, starts].tolist())
        # skfolio counts samples: purged_size on both sides, and embargo_size more behind. It adds the remainder to the
        # last group, so only multiples are compared.
        if samples % groups == 0:
            settings = {
                "n_folds": groups,
                "n_test_folds": chosen,
                "purged_size": window - 1,
                "embargo_size": embargo,
            }
            cv = CombinatorialPurgedCV(**settings)
            folds = [(train, np.concatenate(tests)) for train, tests in cv.split(np.zeros((samples, 1)))]
            yield case("skfolio CombinatorialPurgedCV", settings, ours, folds, cv.recombined_paths.T.tolist())


def overlap():
    """The overlap that TimeSeriesSplit leaves without a gap: 200 samples, labels of 5 rows."""
    samples, window = 200, 5
    folds = list(TimeSeriesSplit().split(np.zeros(samples)))
    predicted, ends = times(samples, window)
    share = [compute_overlap_fraction(train, test, predicted, ends) for train, test in folds]
    half_open = sum(round(part * len(train)) for part, (train, _) in zip(share, folds))
    touching = sum(int(np.any(np.abs(i - test) <= window)) for train, test in folds for i in train)
    return {
        "samples": samples,
        "time_window": window,
        "folds": [{"train": ranges(train), "evaluated": ranges(test)} for train, test in folds],
        "half_open": half_open,
        "closed": touching,
    }


table = {
    "packages": {package: importlib.metadata.version(package) for package in PACKAGES},
    "cases": [*k_folds(), *walks(), *combinations()],
    "overlap": overlap(),
}
lines = [json.dumps(case) for case in table["cases"]]
text = (
    '{\n"packages": ' + json.dumps(table["packages"]) + ',\n"cases": [\n' + ",\n".join(lines)
    + '\n],\n"overlap": ' + json.dumps(table["overlap"]) + "\n}\n"
)
pathlib.Path(__file__).with_name("splits.json").write_text(text)
