# /// script
# requires-python = ">=3.11"
# dependencies = ["arch==8.0.0", "purgedcv==0.1.11", "scipy==1.17.1"]
# ///
"""Writes statistics.json: what the packages purgedcv, arch and scipy make of given returns.

    uv run make_reference.py        or, with the packages above installed,        python make_reference.py

A case with `trials` has one list of returns per trial or candidate. The resamples of a case are written with it, so that the
same rows are drawn on both sides. The package arch does not divide the differences by their standard deviations, as Hansen
(2005) does; it gets differences that are divided already, by the deviations that it has itself estimated.
"""

import importlib.metadata
import json
import math
import pathlib

import numpy as np
from arch.bootstrap import SPA, StationaryBootstrap, optimal_block_length
from purgedcv import (
    deflated_sharpe_ratio_full,
    effective_n_trials,
    min_track_record_length,
    probabilistic_sharpe_ratio,
    probability_of_backtest_overfitting,
)
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import kurtosis, skew, wilcoxon


def finite(value):
    return float(value) if math.isfinite(value) else None


def listed(returns):
    returns = np.asarray(returns)
    return [listed(own) for own in returns] if returns.ndim > 1 else [float(value) for value in returns]


def deflated(name, returns, trials, variance):
    found = deflated_sharpe_ratio_full(returns, trials, variance)
    return {
        "name": name,
        "returns": listed(returns),
        "trials": trials,
        "variance": variance,
        "probability": found.dsr,
        "benchmark": found.sr_star,
        "sharpe": found.observed_sr,
        "skewness": found.skew,
        "kurtosis": found.kurt,
    }


def probabilistic(name, returns, benchmark, confidence):
    sharpe = float(np.mean(returns) / np.std(returns))
    moments = float(skew(returns, bias=False)), float(kurtosis(returns, bias=False, fisher=False))
    return {
        "name": name,
        "returns": listed(returns),
        "benchmark": benchmark,
        "confidence": confidence,
        "probability": probabilistic_sharpe_ratio(np.asarray(returns), benchmark),
        "least": finite(min_track_record_length(sharpe, benchmark, 1 - confidence, *moments)),
    }


def overfitting(name, returns, blocks):
    found = probability_of_backtest_overfitting(returns, n_splits=blocks)
    return {
        "name": name,
        "returns": listed(returns),
        "blocks": blocks,
        "probability": found.pbo,
        "slope": finite(found.slope),
        "loss": float(np.mean(found.is_oos_performance[:, 1] < 0)),
        "combinations": found.n_combos,
    }


def ordered(name, scores):
    return {"name": name, "scores": listed(scores), "effective": effective_n_trials(np.asarray(scores))}


def clustered(name, returns):
    distances = np.sqrt(np.clip((1 - np.corrcoef(returns)) / 2, 0, None))
    np.fill_diagonal(distances, 0)
    groups = fcluster(linkage(squareform(distances, checks=False), "average"), 0.5, "distance")
    return {"name": name, "trials": listed(returns), "groups": len(set(groups.tolist()))}


def blocks(name, values):
    return {"name": name, "values": listed(values), "stationary": float(optimal_block_length(values)["stationary"].iloc[0])}


def superior(name, differences, block, count=60, seed=7):
    rows = differences.shape[1]
    losses = np.zeros(rows), -differences.T
    first = SPA(*losses, block_size=block, reps=count, seed=seed)
    first.compute()
    deviations = np.sqrt(first._loss_diff_var)
    second = SPA(losses[0], losses[1] / deviations, block_size=block, reps=count, seed=seed)
    second.compute()
    drawn = StationaryBootstrap(block, losses[1], seed=seed)
    resamples = [drawn.index.tolist() for _ in drawn.bootstrap(count)]
    studentised = differences.mean(axis=1) / deviations * math.sqrt(rows)
    return {
        "name": name,
        "trials": listed(differences),
        "block": block,
        "resamples": resamples,
        "statistic": float(studentised.max()),
        "best": int(studentised.argmax()),
        **{key: float(value) for key, value in second.pvalues.items()},
    }


def signed(name, first, second):
    found = wilcoxon(first, second, alternative="less", method="exact")
    return {"name": name, "first": listed(first), "second": listed(second), "p_value": float(found.pvalue)}


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

rng = np.random.default_rng(20050801)
steps = rounded(rng.normal(0.0, 1.0, 160))
overlapping = rounded(np.convolve(steps, np.ones(8) / 8, "valid"))
groups = rounded(0.01 * (rng.normal(size=(3, 80))[[0, 0, 0, 1, 1, 1, 1, 2, 2, 2]] + 0.6 * rng.normal(size=(10, 80))))
loose = rounded(0.01 * (rng.normal(size=(1, 80)) + rng.normal(size=(12, 80))))
better = noise.copy()
better[5] += 0.003
hopeless = noise.copy()
hopeless[:4] -= 0.01

reference = {
    "packages": {name: importlib.metadata.version(name) for name in ("arch", "purgedcv", "scipy")},
    "deflated_sharpe": [
        deflated("normal returns, one trial", normal, 1, 0.0),
        deflated("normal returns", normal, 32, 0.0049),
        deflated("normal returns, many trials", normal, 12345, 0.0049),
        deflated("skewed returns", skewed, 75, 0.01),
        deflated("heavy tails", heavy, 2, 0.0016),
        deflated("four returns", [0.01, -0.005, 0.02, 0.003], 10, 0.02),
        deflated("trials that are all alike", heavy, 40, 0.0),
    ],
    "probabilistic_sharpe": [
        probabilistic("normal returns", normal, 0.0, 0.95),
        probabilistic("normal returns against a benchmark", normal, 0.03, 0.99),
        probabilistic("a benchmark out of reach", normal, 0.5, 0.95),
        probabilistic("skewed returns", skewed, 0.01, 0.9),
        probabilistic("heavy tails", heavy, -0.02, 0.95),
        probabilistic("little confidence", heavy, 0.0, 0.4),
        probabilistic("four returns", [0.01, -0.005, 0.02, 0.003], 0.1, 0.95),
    ],
    "overfitting": [
        overfitting("noise", noise, 8),
        overfitting("one candidate with skill", skill, 8),
        overfitting("two candidates that never trade", idle, 8),
        overfitting("blocks of different sizes", uneven, 6),
        overfitting("two halves", uneven[:2], 2),
        overfitting("the usual sixteen blocks", noise[:3], 16),
    ],
    "ordered": [
        ordered("independent scores", steps),
        ordered("scores that go together", overlapping),
        ordered("scores that drift", rounded(np.cumsum(steps))),
        ordered("scores that alternate", rounded(np.cos(np.pi * np.arange(40)) + 0.1 * steps[:40])),
        ordered("two scores", [0.1, 0.2]),
        ordered("three scores", [0.1, 0.2, 0.25]),
    ],
    "clustered": [
        clustered("unrelated trials", noise),
        clustered("three groups", groups),
        clustered("one loose group", loose),
        clustered("two trials", groups[:2]),
        clustered("a trial and its opposite", np.vstack([noise[0], -noise[0]])),
    ],
    "block_length": [
        blocks("independent values", steps),
        blocks("overlapping values", overlapping),
        blocks("a random walk", rounded(np.cumsum(steps))),
        blocks("heavy tails", heavy),
        blocks("few values", steps[:24]),
    ],
    "superior": [
        superior("noise", noise, 1),
        superior("one better candidate", better, 4),
        superior("hopeless candidates", hopeless, 4),
        superior("all are worse", noise - 0.002, 6),
        superior("one candidate", better[5:6], 3),
    ],
    "signed_rank": [
        signed("five pairs", [0.3, 0.1, 0.5, 0.2, 0.9], [0.4, 0.15, 0.3, 0.8, 1.0]),
        signed("always worse", [0.1, 0.2, 0.3, 0.4], [0.2, 0.4, 0.6, 0.8]),
        signed("twelve pairs", noise[0][:12], noise[1][:12]),
    ],
}
path = pathlib.Path(__file__).with_name("statistics.json")
rows = {key: [json.dumps(row) for row in value] for key, value in reference.items() if isinstance(value, list)}
parts = [f'"{key}": [\n' + ",\n".join(lines) + "\n]" for key, lines in rows.items()]
path.write_text('{\n"packages": ' + json.dumps(reference["packages"]) + ",\n" + ",\n".join(parts) + "\n}\n")
