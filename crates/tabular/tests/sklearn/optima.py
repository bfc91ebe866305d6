"""Writes optima.txt, the optima that tests/sklearn.rs asks the linear models for.

    pip install scikit-learn==1.9.1 cvxpy==1.9.3
    python optima.py > optima.txt

Logistic and ridge optima are scikit-learn's, quantiles without a penalty those of its QuantileRegressor (a linear
program), quantiles with one those of CVXPY with Clarabel. The data are made of integers, so that the test makes the
same: `numbers` is SplitMix64, and every number of a table is an integer divided by a power of two.

Each line: case, penalty, objective, then the weights, column by column with the outputs side by side, and the intercepts.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression, QuantileRegressor, Ridge


def numbers(seed):
    """SplitMix64's words, each as its upper 16 bits less 32768."""
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        word = seed
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        yield ((word ^ (word >> 31)) >> 48) - 32768


def data(seed, rows, columns, classes, collinear):
    """The table, the class, the value, and the weight of each row."""
    source = numbers(seed)
    table, of, values, weights = [], [], [], []
    for _ in range(rows):
        row = [next(source) for _ in range(columns)]
        noise = [next(source) for _ in range(classes)]
        scores = [
            sum((((3 * column + 5 * output) % 7) - 3) * value for column, value in enumerate(row)) + 4 * noise[output]
            for output in range(classes)
        ]
        of.append(scores.index(max(scores)))
        values.append((scores[0] + noise[0] * abs(row[0]) // 4096) / 16384)
        weights.append((next(source) + 32768) // 8192 / 4)
        if collinear:
            # A copy, a near copy, a sum, and columns of other units.
            row += [row[0], row[0] + row[1] // 4096, row[0] + row[1], 1024 * row[2], 4096]
            row[3] /= 1024
        table.append([value / 4096 for value in row])
    return np.array(table), np.array(of), np.array(values), np.array(weights)


def pinball(level, residuals):
    return np.where(residuals > 0, level * residuals, (level - 1) * residuals)


def line(case, penalty, loss, weights, intercepts):
    """`weights` is (columns, outputs)."""
    objective = loss + penalty / 2 * np.sum(weights**2)
    print(case, *(repr(float(x)) for x in [penalty, objective, *np.ravel(weights), *np.ravel(intercepts)]))


def logistic(case, table, of, weights, penalty):
    classes = of.max() + 1
    # With two classes, scikit-learn fits the difference w of the two vectors, which here are w/2 and -w/2.
    scale = 2 if classes == 2 else 1
    model = LogisticRegression(
        C=scale / (penalty * weights.sum()), tol=1e-10, max_iter=100000, solver="newton-cholesky"
    ).fit(table, of, sample_weight=weights)
    vectors, intercepts = model.coef_, model.intercept_
    if classes == 2:
        vectors, intercepts = np.vstack([-vectors, vectors]) / 2, np.concatenate([-intercepts, intercepts]) / 2
    intercepts = intercepts - intercepts.mean()
    scores = table @ vectors.T + intercepts
    top = scores.max(1)
    logs = np.log(np.exp(scores - top[:, None]).sum(1)) + top - scores[np.arange(len(of)), of]
    line(case, penalty, weights @ logs / weights.sum(), vectors.T, intercepts)


def squared(case, table, values, weights, penalty):
    model = Ridge(alpha=penalty * weights.sum(), solver="svd").fit(table, values, sample_weight=weights)
    errors = values - table @ model.coef_ - model.intercept_
    line(case, penalty, weights @ errors**2 / 2 / weights.sum(), model.coef_[:, None], model.intercept_)


def quantile(case, table, values, weights, penalty, level):
    if penalty == 0:
        model = QuantileRegressor(quantile=level, alpha=0, solver="highs").fit(table, values, sample_weight=weights)
        vector, intercept = model.coef_, model.intercept_
    else:
        import cvxpy

        vector, intercept = cvxpy.Variable(table.shape[1]), cvxpy.Variable()
        residuals = values - table @ vector - intercept
        losses = cvxpy.maximum(level * residuals, (level - 1) * residuals)
        objective = weights @ losses / weights.sum() + penalty / 2 * cvxpy.sum_squares(vector)
        accuracy = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13}
        cvxpy.Problem(cvxpy.Minimize(objective)).solve(solver=cvxpy.CLARABEL, **accuracy)
        vector, intercept = vector.value, intercept.value
    residuals = values - table @ vector - intercept
    line(case, penalty, weights @ pinball(level, residuals) / weights.sum(), vector[:, None], intercept)


for penalty in [1.0, 1e-2, 1e-4, 1e-6]:
    for case, seed, columns, classes, collinear in [
        ("three", 1, 6, 3, False),
        ("two", 2, 5, 2, False),
        ("five", 3, 8, 5, False),
        ("collinear", 4, 5, 3, True),
    ]:
        table, of, values, weights = data(seed, 400, columns, classes, collinear)
        logistic(f"logistic-{case}", table, of, np.ones(len(of)), penalty)
        logistic(f"logistic-{case}-weighted", table, of, weights, penalty)
        squared(f"squared-{case}", table, values, np.ones(len(of)), penalty)
        squared(f"squared-{case}-weighted", table, values, weights, penalty)
        for level in [0.1, 0.5, 0.9]:
            quantile(f"quantile-{case}-{level}", table, values, np.ones(len(of)), penalty, level)
            quantile(f"quantile-{case}-{level}-weighted", table, values, weights, penalty, level)
table, of, values, weights = data(1, 400, 6, 3, False)
for level in [0.1, 0.5, 0.9]:
    quantile(f"quantile-three-{level}", table, values, np.ones(len(of)), 0.0, level)
    quantile(f"quantile-three-{level}-weighted", table, values, weights, 0.0, level)
