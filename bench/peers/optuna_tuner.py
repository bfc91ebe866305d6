"""Optuna's default sampler on the functions of bench/src/tuner/functions.rs.

Checks its functions against given points and values, and prints one JSON object: the best value of every run, and the
seconds of every suggestion.
"""

import argparse
import json
import math
import sys
import time

import numpy as np
import optuna

SHIFT = [0.3, -0.45, 0.1, -0.2, 0.5]


def vector(values):
    return np.array([values[f"x{n}"] for n in range(len(values))])


def shifts(count, half):
    return half * np.array([SHIFT[n % 5] for n in range(count)])


def sphere(values):
    x = vector(values)
    return float(np.sum((x - shifts(len(x), 5.0)) ** 2))


def rosenbrock(values):
    x = vector(values)
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def branin(values):
    x, y = values["x0"], values["x1"]
    b, c, t = 5.1 / (4.0 * math.pi**2), 5.0 / math.pi, 1.0 / (8.0 * math.pi)
    return (y - b * x * x + c * x - 6.0) ** 2 + 10.0 * (1.0 - t) * math.cos(x) + 10.0


HARTMANN_A = np.array(
    [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ]
)
HARTMANN_P = np.array(
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
)


def hartmann(values):
    terms = np.sum(HARTMANN_A * (vector(values) - HARTMANN_P) ** 2, axis=1)
    return -float(np.array([1.0, 1.2, 3.0, 3.2]) @ np.exp(-terms))


def ackley(values):
    x = vector(values)
    x = x - shifts(len(x), 32.768)
    return float(
        20.0
        + math.e
        - 20.0 * np.exp(-0.2 * np.sqrt(np.mean(x * x)))
        - np.exp(np.mean(np.cos(2.0 * math.pi * x)))
    )


def rastrigin(values):
    x = vector(values)
    x = x - shifts(len(x), 5.12)
    return float(np.sum(x * x - 10.0 * np.cos(2.0 * math.pi * x) + 10.0))


def mixed(v):
    width, depth = v["d_model"], v["num_layers"]
    best_rate = -3.0 - 0.3 * math.log2(width / 64.0) + 0.2 * math.log2(v["batch_size"] / 64.0)
    return (
        0.5 * (math.log10(v["learning_rate"]) - best_rate) ** 2
        + 6.0 * (v["dropout_rate"] - 0.05 - 0.05 * depth) ** 2
        + 0.04 * (math.log10(v["weight_decay"]) + 3.0) ** 2
        + (0.0 if (v["d_ff_multiple"] == 4) == (width < 128) else 0.06)
        + 0.05 * (depth - 2.0) ** 2
        + {5: 0.30, 7: 0.22, 14: 0.08, 21: 0.0, 30: 0.05}[v["time_window"]]
        + {30: 0.15, 60: 0.05, 90: 0.0, 120: 0.03}[v["seq_length"]]
        + {32: 0.12, 64: 0.04, 128: 0.0, 256: 0.07}[width]
        + {2: 0.04, 4: 0.0, 8: 0.02}[v["num_heads"]]
        + {32: 0.0, 64: 0.02, 128: 0.05}[v["batch_size"]]
    )


def cube(dimensions, low, high):
    return {f"x{n}": optuna.distributions.FloatDistribution(low, high) for n in range(dimensions)}


def choices(*values):
    return optuna.distributions.CategoricalDistribution(values)


def floats(low, high, log=False):
    return optuna.distributions.FloatDistribution(low, high, log=log)


FUNCTIONS = {
    "sphere 5-d": (sphere, cube(5, -5.0, 5.0)),
    "Rosenbrock 4-d": (rosenbrock, cube(4, -5.0, 10.0)),
    "Branin": (branin, {"x0": floats(-5.0, 10.0), "x1": floats(0.0, 15.0)}),
    "Hartmann 6": (hartmann, cube(6, 0.0, 1.0)),
    "Ackley 10-d": (ackley, cube(10, -32.768, 32.768)),
    "Rastrigin 5-d": (rastrigin, cube(5, -5.12, 5.12)),
    "mixed 10-d": (
        mixed,
        {
            "learning_rate": floats(1e-5, 5e-3, log=True),
            "dropout_rate": floats(0.0, 0.4),
            "weight_decay": floats(1e-6, 1e-1, log=True),
            "time_window": choices(5, 7, 14, 21, 30),
            "seq_length": choices(30, 60, 90, 120),
            "num_layers": optuna.distributions.IntDistribution(1, 4),
            "d_model": choices(32, 64, 128, 256),
            "num_heads": choices(2, 4, 8),
            "d_ff_multiple": choices(2, 4),
            "batch_size": choices(32, 64, 128),
        },
    ),
}


def suggest(trial, space):
    values = {}
    for name, distribution in space.items():
        if isinstance(distribution, optuna.distributions.CategoricalDistribution):
            values[name] = trial.suggest_categorical(name, distribution.choices)
        elif isinstance(distribution, optuna.distributions.IntDistribution):
            values[name] = trial.suggest_int(name, distribution.low, distribution.high)
        else:
            values[name] = trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
    return values


def best(name, seed, trials):
    function, space = FUNCTIONS[name]
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(lambda trial: function(suggest(trial, space)), n_trials=trials)
    return study.best_value


def seconds(name, told, repeats):
    function, space = FUNCTIONS[name]
    filled = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=told))
    filled.optimize(lambda trial: function(suggest(trial, space)), n_trials=told)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=told))
    study.add_trials(filled.trials)
    result = []
    for repeat in range(repeats + 1):
        start = time.perf_counter()
        trial = study.ask()
        values = suggest(trial, space)
        took = time.perf_counter() - start
        study.tell(trial, function(values))
        # Skip the first suggestion, which fills caches.
        if repeat > 0:
            result.append(took)
    return result


def check(points):
    for point in points:
        found = FUNCTIONS[point["function"]][0](point["values"])
        if not math.isclose(found, point["value"], rel_tol=1e-9, abs_tol=1e-9):
            sys.exit(
                f"{point['function']} is {found} here, but bench/src/tuner/functions.rs has {point['value']}, "
                f"at {point['values']}"
            )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checks", required=True, help="JSON: a list of points with function, values and value")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--told", type=int, nargs="*", default=[])
    parser.add_argument("--repeats", type=int, default=10)
    args = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    check(json.loads(args.checks))
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    quality = {}
    for name in FUNCTIONS:
        start = time.perf_counter()
        quality[name] = [best(name, seed, args.trials) for seed in seeds]
        print(f"{name}: {args.seeds} runs in {time.perf_counter() - start:.1f} s", file=sys.stderr)
    # The two spaces with ten parameters.
    speed = {
        name: {str(told): seconds(name, told, args.repeats) for told in args.told}
        for name in ["Ackley 10-d", "mixed 10-d"]
    }
    print(json.dumps({"version": optuna.__version__, "quality": quality, "seconds": speed}))


if __name__ == "__main__":
    main()
