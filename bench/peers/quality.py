"""Fits the usual alternatives on given arrays and writes their predictions of the test cases.

    python quality.py FOLDER [--threads 2] [--peers NAME ...]
    python quality.py --check [--threads 2]

FOLDER holds, for n cases, windows of S rows and F features:

    meta.json          {"task": "classes" or "value", "classes": 3, "seeds": [1, ...]}; "classes" only for classes
    train_x.npy        (n, S, F) float32, scaled; the last row of a window is the newest
    train_y.npy        (n,) int64 class codes from 0, or float32 values
    train_w.npy        (n,) float32 weights
    train_last.npy     (n, G) float32, optional: more features of the last row
    validation_*.npy   the same four for validation
    test_x.npy         and test_last.npy if training has it

Each peer is fitted once per seed and writes into FOLDER:

    predictions_PEER_SEED.npy   (n, classes) float32 probabilities, or (n,) float32 values, of the test cases
    result_PEER_SEED.json       {"fit_seconds", "predict_seconds", "validation_loss", "chosen"}

Peers of tables (the kinds of lightgbm, and linear) see the windows flattened, then the features of the last row; nets
(gru, transformer) see the windows alone. Nothing is scaled here. The loss is log loss for classes, and the root mean
squared error for values. The same seed and number of threads on the same machine give the same predictions.
"""

import argparse
import importlib
import json
import math
import os
import pathlib
import tempfile
import time

import sizes

PARTS = ("train", "validation", "test")


class Data:
    """The arrays of a folder."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        meta = json.loads((folder / "meta.json").read_text())
        if meta["task"] not in ("classes", "value"):
            raise SystemExit(f"{folder}/meta.json: task is {meta['task']!r}; expected 'classes' or 'value'")
        self.classes = int(meta["classes"]) if meta["task"] == "classes" else None
        self.seeds = [int(seed) for seed in meta["seeds"]]
        self.x, self.table, self.y, self.w = {}, {}, {}, {}
        for part in PARTS:
            x = self.x[part] = numpy.load(folder / f"{part}_x.npy")
            last = folder / f"{part}_last.npy"
            columns = [x.reshape(len(x), -1)] + ([numpy.load(last)] if last.exists() else [])
            self.table[part] = numpy.concatenate(columns, axis=1)
            if part != "test":
                self.y[part] = numpy.load(folder / f"{part}_y.npy")
                self.w[part] = numpy.load(folder / f"{part}_w.npy")

    def loss(self, predicted):
        """The weighted loss on validation."""
        y, w = self.y["validation"], self.w["validation"]
        if self.classes:
            chosen = predicted[numpy.arange(len(y)), y]
            return float(numpy.average(-numpy.log(numpy.maximum(chosen, 1e-15)), weights=w))
        return math.sqrt(numpy.average((predicted - y) ** 2, weights=w))


# Each peer takes data, seed, threads and limits, and returns a function from the name of a part to its predictions,
# with what it chose.


def lightgbm_default(data, seed, threads, limits):
    """100 rounds of 31 leaves at 0.1, as by default, stopped after 30 rounds without a gain on validation."""
    return boosted(data, seed, threads, rounds=100)


def lightgbm_tuned(data, seed, threads, limits):
    """The best of 30 random settings by validation."""
    random = numpy.random.default_rng(seed)
    best = None
    for _ in range(limits["trials"]):
        chosen = dict(
            learning_rate=log_uniform(random, 0.01, 0.3),
            num_leaves=round(log_uniform(random, 4, 128)),
            min_data_in_leaf=round(log_uniform(random, 5, 300)),
            feature_fraction=random.uniform(0.2, 1.0),
            bagging_fraction=random.uniform(0.5, 1.0),
            bagging_freq=1,
            lambda_l1=log_uniform(random, 1e-8, 10.0),
            lambda_l2=log_uniform(random, 1e-8, 10.0),
        )
        predict, rounds = boosted(data, seed, threads, rounds=limits["rounds"], **chosen)
        loss = data.loss(predict("validation"))
        if best is None or loss < best[0]:
            best = loss, predict, chosen | rounds
    return best[1:]


def lightgbm_qlib(data, seed, threads, limits):
    """The settings of Qlib's benchmark of LightGBM on Alpha158, stopped after 50 rounds without a gain on validation."""
    settings = dict(
        learning_rate=0.2,
        num_leaves=210,
        max_depth=8,
        feature_fraction=0.8879,
        bagging_fraction=0.8789,
        lambda_l1=205.6999,
        lambda_l2=580.9768,
    )
    return boosted(data, seed, threads, rounds=limits["rounds"], patience=50, **settings)


def log_uniform(random, low, high):
    return float(numpy.exp(random.uniform(numpy.log(low), numpy.log(high))))


def boosted(data, seed, threads, rounds, patience=30, **settings):
    import lightgbm

    task = (
        dict(objective="multiclass", num_class=data.classes, metric="multi_logloss")
        if data.classes
        else dict(objective="regression", metric="rmse")
    )
    always = dict(seed=seed, num_threads=threads, deterministic=True, force_row_wise=True, verbosity=-1)
    sets = [
        lightgbm.Dataset(data.table[part], data.y[part], weight=data.w[part], free_raw_data=False)
        for part in ("train", "validation")
    ]
    model = lightgbm.train(
        task | always | settings,
        sets[0],
        num_boost_round=rounds,
        valid_sets=sets[1:],
        callbacks=[lightgbm.early_stopping(patience, verbose=False)],
    )
    predict = lambda part: model.predict(data.table[part], num_iteration=model.best_iteration)
    return predict, dict(rounds=model.best_iteration)


def linear(data, seed, threads, limits):
    """Multinomial logistic regression or ridge regression, with the best of eight penalties by validation."""
    from sklearn.linear_model import LogisticRegression, Ridge

    best = None
    for power in range(-5, 3):
        strength = 10.0**power
        if data.classes:
            model = LogisticRegression(C=strength, max_iter=2000, random_state=seed)
        else:
            model = Ridge(alpha=1.0 / strength, random_state=seed)
        model.fit(data.table["train"], data.y["train"], sample_weight=data.w["train"])
        predict = linear_predictions(data, model)
        loss = data.loss(predict("validation"))
        if best is None or loss < best[0]:
            best = loss, predict, dict(strength=strength)
    return best[1:]


def linear_predictions(data, model):
    def predict(part):
        if not data.classes:
            return model.predict(data.table[part])
        # A class that training lacks has no column.
        probabilities = numpy.zeros((len(data.table[part]), data.classes))
        probabilities[:, model.classes_] = model.predict_proba(data.table[part])
        return probabilities

    return predict


def gru(data, seed, threads, limits):
    """Two layers of 64 units, read out at the last row."""

    def build(torch, rows, features, outputs):
        class Gru(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.gru = torch.nn.GRU(features, 64, num_layers=2, batch_first=True)
                self.head = torch.nn.Linear(64, outputs)

            def forward(self, windows):
                return self.head(self.gru(windows)[0][:, -1])

        return Gru()

    return net(build, data, seed, threads, limits)


def transformer(data, seed, threads, limits):
    """An encoder of two layers, 64 wide with four heads, and learned positions, read out at the last row."""

    def build(torch, rows, features, outputs):
        class Transformer(torch.nn.Module):
            def __init__(self):
                super().__init__()
                layer = torch.nn.TransformerEncoderLayer(
                    64, 4, 128, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
                )
                self.input = torch.nn.Linear(features, 64)
                self.positions = torch.nn.Parameter(0.02 * torch.randn(rows, 64))
                self.encoder = torch.nn.TransformerEncoder(layer, 2, torch.nn.LayerNorm(64), False)
                self.head = torch.nn.Linear(64, outputs)

            def forward(self, windows):
                return self.head(self.encoder(self.input(windows) + self.positions)[:, -1])

        return Transformer()

    return net(build, data, seed, threads, limits)


def net(build, data, seed, threads, limits):
    """Adam at 1e-3 on batches of 128, up to 30 epochs; the epoch with the least validation loss counts, and ten
    epochs without a better one are the end."""
    import torch

    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    x = {part: torch.from_numpy(data.x[part]) for part in PARTS}
    y = {part: torch.from_numpy(data.y[part]) for part in data.y}
    w = {part: torch.from_numpy(data.w[part]) for part in data.w}
    model = build(torch, *x["train"].shape[1:], data.classes or 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    order = torch.Generator().manual_seed(seed)

    def loss(outputs, y, w):
        if data.classes:
            losses = torch.nn.functional.cross_entropy(outputs, y, reduction="none")
        else:
            losses = (outputs[:, 0] - y) ** 2
        return (w * losses).sum() / w.sum()

    def outputs(part):
        model.eval()
        with torch.no_grad():
            return torch.cat([model(batch) for batch in x[part].split(1024)])

    best, state, chosen = math.inf, None, 0
    for epoch in range(1, limits["epochs"] + 1):
        model.train()
        for batch in torch.randperm(len(x["train"]), generator=order).split(128):
            optimizer.zero_grad(set_to_none=True)
            loss(model(x["train"][batch]), y["train"][batch], w["train"][batch]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        now = loss(outputs("validation"), y["validation"], w["validation"]).item()
        if now < best:
            best, chosen = now, epoch
            state = {name: value.clone() for name, value in model.state_dict().items()}
        elif epoch - chosen >= 10:
            break
    if state is None:
        raise SystemExit("the net's loss on validation was never a number; are all inputs finite?")
    model.load_state_dict(state)

    def predict(part):
        predicted = outputs(part)
        return (predicted.softmax(dim=1) if data.classes else predicted[:, 0]).numpy()

    return predict, dict(epoch=chosen)


PEERS = dict(
    lightgbm=lightgbm_default,
    lightgbm_tuned=lightgbm_tuned,
    lightgbm_qlib=lightgbm_qlib,
    linear=linear,
    gru=gru,
    transformer=transformer,
)
PACKAGES = dict(
    lightgbm="lightgbm",
    lightgbm_tuned="lightgbm",
    lightgbm_qlib="lightgbm",
    linear="sklearn.linear_model",
    gru="torch",
    transformer="torch",
)
LIMITS = dict(trials=30, rounds=1000, epochs=30)


def run(folder, peers, threads, limits=LIMITS):
    """Fits the peers on a folder's arrays, writes what they predict, and prints one line of JSON per fit."""
    data = Data(folder)
    for name in peers:
        importlib.import_module(PACKAGES[name])  # not part of the fit's time
        for seed in data.seeds:
            start = time.perf_counter()
            predict, chosen = PEERS[name](data, seed, threads, limits)
            fitted = time.perf_counter()
            predicted = predict("test")
            end = time.perf_counter()
            numpy.save(folder / f"predictions_{name}_{seed}.npy", numpy.ascontiguousarray(predicted, dtype="float32"))
            result = dict(
                fit_seconds=fitted - start,
                predict_seconds=end - fitted,
                validation_loss=data.loss(predict("validation")),
                chosen=chosen,
            )
            (folder / f"result_{name}_{seed}.json").write_text(json.dumps(result))
            print(json.dumps(dict(peer=name, seed=seed) | result), flush=True)


def check(peers, threads):
    """Fits every peer twice on a small problem of each task: they must find the signal, and find it again."""
    limits = dict(trials=3, rounds=100, epochs=10)
    for task in ("classes", "value"):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            answers = write_small_problem(folder, task)
            run(folder, peers, threads, limits)
            first = {peer: numpy.load(folder / f"predictions_{peer}_1.npy") for peer in peers}
            run(folder, peers, threads, limits)
            for peer, predicted in first.items():
                again = numpy.load(folder / f"predictions_{peer}_1.npy")
                assert numpy.array_equal(predicted, again), f"{peer} predicts something else the second time"
                if task == "classes":
                    assert predicted.shape == (len(answers), 3), f"{peer} predicts {predicted.shape}"
                    assert numpy.allclose(predicted.sum(axis=1), 1.0, atol=1e-5), f"{peer}: not probabilities"
                    found = (predicted.argmax(axis=1) == answers).mean()
                else:
                    assert predicted.shape == answers.shape, f"{peer} predicts {predicted.shape}"
                    found = numpy.corrcoef(predicted, answers)[0, 1]
                assert found > 0.6, f"{peer} finds too little of the signal in {task}: {found:.2f}"
    print(json.dumps(dict(checked=list(peers))))


def write_small_problem(folder, task):
    """Writes a problem that every peer can solve, and returns the answers of its test cases."""
    random = numpy.random.default_rng(0)
    (folder / "meta.json").write_text(json.dumps(dict(task=task, classes=3, seeds=[1])))
    for part, count in zip(PARTS, (1500, 400, 400)):
        x = random.standard_normal((count, 8, 2), dtype=numpy.float32)
        value = x[:, -1, 0] + x[:, -2, 0] + 0.3 * random.standard_normal(count, dtype=numpy.float32)
        y = numpy.digitize(value, [-0.6, 0.6]) if task == "classes" else value.astype(numpy.float32)
        numpy.save(folder / f"{part}_x.npy", x)
        numpy.save(folder / f"{part}_last.npy", x[:, -1] * x[:, -2])
        if part != "test":
            numpy.save(folder / f"{part}_y.npy", y)
            numpy.save(folder / f"{part}_w.npy", numpy.ones(count, dtype=numpy.float32))
    return y


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--check", action="store_true", help="fit small problems and check what comes of it")
    args = parser.parse_args()
    if args.check == (args.folder is not None):
        parser.error("give either a folder or --check")
    sizes.limit_threads(args.threads)
    # Threads that spin at barriers slow a fit several times over as soon as anything else runs on the machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    import numpy

    if args.check:
        check(args.peers, args.threads)
    else:
        run(args.folder, args.peers, args.threads)
