"""The same tuning run written with Optuna and PyTorch: the same bars, split, model, trials and epochs.

The features of all tickers are concatenated: the logarithms of return, high/low, open/previous close and volume change,
standardised over the training rows. Labels say which barrier the close touches first. The objective is the Matthews
correlation of the best validation epoch.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy
import optuna
import torch
from torch import nn
from torch.nn import functional

parser = argparse.ArgumentParser()
parser.add_argument("--bars", nargs="+", required=True)
parser.add_argument("--from-date", required=True)
parser.add_argument("--storage", required=True)
parser.add_argument("--threads", type=int, default=2)
for name, default in dict(trials=8, epochs=10, seq_length=30, time_window=5, batch=64).items():
    parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
for name, default in dict(d_model=64, heads=4, layers=2, d_ff=256).items():
    parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
args = parser.parse_args()
torch.set_num_threads(args.threads)
S, W, THETA = args.seq_length, args.time_window, 0.02


def read(path):
    """The bars by date, adjusted for splits and dividends."""
    bars = {}
    with open(path) as file:
        for row in csv.DictReader(file):
            factor = float(row["Adj Close"]) / float(row["Close"])
            prices = [float(row[name]) * factor for name in ["Open", "High", "Low", "Close"]]
            bars[row["Date"]] = [*prices, float(row["Volume"])]
    return bars


def panel():
    tables = [read(path) for path in args.bars]
    dates = sorted(date for date in set.intersection(*map(set, tables)) if date > args.from_date)
    return numpy.array([[table[date] for table in tables] for date in dates])


def features(bars):
    opening, high, low, close, volume = numpy.moveaxis(bars, 2, 0)
    before = numpy.vstack([close[:1], close[:-1]])
    kinds = [
        numpy.log(close / before),
        numpy.log(high / low),
        numpy.log(opening / before),
        numpy.diff(numpy.log(volume + 1), axis=0, prepend=numpy.log(volume[:1] + 1)),
    ]
    kinds[2][0] = 0
    return numpy.stack(kinds, axis=2).reshape(len(bars), -1)


def first_touch(close):
    labels = numpy.full(close.shape, -1)
    for row in range(len(close) - W):
        ahead = close[row + 1 : row + 1 + W] / close[row] - 1
        for ticker in range(close.shape[1]):
            up = numpy.flatnonzero(ahead[:, ticker] > THETA)
            down = numpy.flatnonzero(ahead[:, ticker] < -THETA)
            first_up, first_down = (up[0] if len(up) else W), (down[0] if len(down) else W)
            labels[row, ticker] = 0 if first_up == first_down else 1 if first_up < first_down else 2
    return labels


class Transformer(nn.Module):
    def __init__(self, inputs, tickers, dropout):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            args.d_model, args.heads, args.d_ff, dropout, activation="gelu", batch_first=True
        )
        self.input = nn.Linear(inputs, args.d_model)
        self.encoder = nn.TransformerEncoder(layer, args.layers, enable_nested_tensor=False)
        self.head = nn.Linear(args.d_model, tickers * 3)
        position = torch.arange(S)[:, None]
        angle = position / 10_000 ** (torch.arange(0, args.d_model, 2) / args.d_model)
        self.register_buffer("positions", torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1))

    def forward(self, windows):
        return self.head(self.encoder(self.input(windows) + self.positions)[:, -1])


def focal_loss(logits, labels, alpha):
    logits, labels = logits.reshape(-1, 3), labels.flatten()
    logits, labels = logits[labels >= 0], labels[labels >= 0]
    log_p = functional.log_softmax(logits, dim=-1).gather(1, labels[:, None])[:, 0]
    return (-alpha[labels] * (1 - log_p.exp()) ** 2 * log_p).mean()


def matthews(predicted, actual):
    table = numpy.zeros((3, 3))
    numpy.add.at(table, (actual, predicted), 1)
    total, right = table.sum(), numpy.trace(table)
    actual, predicted = table.sum(1), table.sum(0)
    scale = numpy.sqrt((total**2 - (actual**2).sum()) * (total**2 - (predicted**2).sum()))
    return 0.0 if scale == 0 else (right * total - (actual * predicted).sum()) / scale


bars = panel()
rows = len(bars)
split_row = int(rows * 0.8)
validation_row = int(split_row * 0.8)
matrix, labels = features(bars), first_touch(bars[:, :, 3])
train = numpy.arange(0, validation_row - W - S + 1)
validation = numpy.arange(validation_row - S + 1, split_row - W - S + 1)
seen = matrix[: validation_row - W].reshape(-1, bars.shape[1], 4)
scaled = (matrix.reshape(-1, bars.shape[1], 4) - seen.mean((0, 1))) / seen.std((0, 1))
matrix = torch.tensor(scaled.reshape(rows, -1), dtype=torch.float32)
labels = torch.tensor(labels)
counts = numpy.bincount(labels[train + S - 1].flatten().clip(min=0), minlength=3)
alpha = torch.tensor(1 / counts / (1 / counts).sum(), dtype=torch.float32)


def batch(sequences):
    sequences = torch.as_tensor(sequences)
    return matrix[sequences[:, None] + torch.arange(S)], labels[sequences + S - 1]


def objective(trial):
    torch.manual_seed(trial.number)
    peak = trial.suggest_float("learning_rate", 1e-4, 3e-3, log=True)
    decay = trial.suggest_float("weight_decay", 1e-6, 1e-2, log=True)
    model = Transformer(matrix.shape[1], labels.shape[1], trial.suggest_float("dropout_rate", 0.0, 0.4))
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=decay, fused=True)
    total = args.epochs * -(-len(train) // args.batch)
    warm_up = max(1, total // 10)

    def factor(step):
        progress = (step - warm_up) / max(1, total - warm_up)
        return (step + 1) / warm_up if step < warm_up else 0.5 * (1 + numpy.cos(numpy.pi * progress))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    best = -1.0
    for epoch in range(args.epochs):
        model.train()
        order = numpy.random.default_rng([trial.number, epoch]).permutation(train)
        for start in range(0, len(order), args.batch):
            windows, classes = batch(order[start : start + args.batch])
            optimizer.zero_grad(set_to_none=True)
            focal_loss(model(windows), classes, alpha).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        model.eval()
        with torch.no_grad():
            windows, classes = batch(validation)
            predicted = model(windows).reshape(-1, 3).argmax(1).numpy()
        classes = classes.flatten().numpy()
        value = matthews(predicted[classes >= 0], classes[classes >= 0])
        best = max(best, value)
        trial.report(value, epoch)
    return best


optuna.logging.set_verbosity(optuna.logging.WARNING)
storage = f"sqlite:///{Path(args.storage).resolve()}"
sampler = optuna.samplers.RandomSampler(seed=42)
study = optuna.create_study(direction="maximize", sampler=sampler, storage=storage)
study.optimize(objective, n_trials=args.trials)
print(json.dumps({"best": study.best_value, "trials": len(study.trials), "sequences": [len(train), len(validation)]}))
