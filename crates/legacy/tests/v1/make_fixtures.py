"""Writes the files of version 1 that the migration tests read, in the form that older pipelines wrote.

Only `json` of the standard library, with its default handling of NaN. One directory per damage, named after it:

    python3 make_fixtures.py
"""

import copy
import json
import math
from pathlib import Path

HERE = Path(__file__).parent
TRIALS = "hyperparameter_tuning_results/trial_results.json"
EXTENDED = "extended_training_results/extended_results.json"
BEST = "best_config.json"
TICKERS = ["AAPL", "GOOG", "IBM", "MSFT"]
ROWS = 130


def trial(number, seq_length=30, time_window=5, batch_size=32):
    """A sound trial: the list of sequences cut in two at a share of its length."""
    count = ROWS - seq_length - time_window + 1
    boundary = int(count * 0.8)
    return {
        "trial_number": number,
        "params": {
            "learning_rate": 1e-05 * (number + 1),
            "dropout_rate": 0.1,
            "weight_decay": 0.0001,
            "time_window": time_window,
            "seq_length": seq_length,
            "num_layers": 2,
            "d_model": 64,
            "num_heads": 4,
            "d_ff": 256,
            "batch_size": batch_size,
            "train_test_split_ratio": 0.8,
            "data_period": "1y",
            "tickers": TICKERS,
            "optimizer": "AdamW",
        },
        "metrics": {
            "validation_accuracy": 0.4 + 0.1 / (number + 3),
            "final_loss": 0.9 / (number + 1),
            "training_loss": 1.0,
            "best_epoch": 7,
            "checkpoint_path": None,
        },
        "artifacts": {
            "train_indices": list(range(boundary)),
            "test_indices": list(range(boundary, count)),
            "scaler_mean": 150.0,
            "scaler_std": 24.25,
            "alpha_weights": [0.2, 0.3, 0.5],
            "class_counts": [400, 250, 150],
            "split_date": "2023-10-17",
            "data_period": "1y",
            "tickers": TICKERS,
            "seq_length": seq_length,
            "time_window": time_window,
            "train_test_split_ratio": 0.8,
        },
        "timestamp": f"2024-03-0{number + 1}T12:34:56.789012",
    }


def trials():
    return [trial(0), trial(1, seq_length=60), trial(2, time_window=14, batch_size=64)]


def extended():
    folds = [{"final_accuracy": 0.41 + 0.01 * k, "final_return": -0.001 * k, "epochs_completed": 20} for k in range(5)]
    return {
        "config": trial(0)["params"],
        "cv_results": folds,
        "avg_accuracy": 0.43,
        "avg_return": -0.002,
        "std_accuracy": 0.014142135623730963,
        "epochs_trained": 20,
    }


def best():
    return extended() | {"timestamp": "2024-03-09T00:00:00", "data_period": "1y", "tickers": TICKERS}


def write(damage, files):
    for path, content in files.items():
        target = HERE / damage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else text(content))


def damaged(name, change):
    """Three trials, the middle one changed."""
    changed = trials()
    change(changed[1])
    write(name, {TRIALS: changed})


def text(value):
    return json.dumps(value).encode()


write("sound", {TRIALS: trials(), EXTENDED: [extended(), extended()], BEST: best()})


def exact(t):
    t["params"]["learning_rate"] = 1
    t["params"]["big"] = 2**63 + 1
    t["metrics"]["training_loss"] = -0.0
    t["artifacts"]["scaler_mean"] = [150.0, 2.0, 1e22]
    t["artifacts"]["scaler_std"] = [1, 2.0, 5e-324]
    t["artifacts"]["class_counts"] = {"0": 400, "1": 250, "2": 150}
    t["$number"] = {"$number": "no number", "ü": [[], {}, None, True]}


damaged("exact_numbers", exact)
long = text(trials()).replace(b"24.25", b"24.25000000000000000000001")
write("more_digits_than_a_float", {TRIALS: long})

damaged("artifacts_null", lambda t: t.update(artifacts=None))
damaged("artifacts_missing", lambda t: t.pop("artifacts"))
damaged("metrics_missing", lambda t: t.pop("metrics"))
damaged("not_finite", lambda t: t["metrics"].update(final_loss=math.nan, training_loss=-math.inf, note=[math.inf]))


def as_text(t):
    t["trial_number"] = "1"
    t["params"]["learning_rate"] = "2e-05"
    t["metrics"]["validation_accuracy"] = " 0.425 "
    t["artifacts"]["scaler_mean"] = "150.0"
    t["artifacts"]["train_indices"] = [str(index) for index in t["artifacts"]["train_indices"]]


damaged("numbers_as_text", as_text)
damaged("unreadable_number", lambda t: t["params"].update(seq_length="sixty"))
write("byte_order_mark", {TRIALS: b"\xef\xbb\xbf" + json.dumps(trials(), indent=2).replace("\n", "\r\n").encode()})
damaged("unordered_indices", lambda t: t["artifacts"]["train_indices"].reverse())
damaged("repeated_indices", lambda t: t["artifacts"]["test_indices"].append(t["artifacts"]["test_indices"][-1]))
damaged("overlapping_indices", lambda t: t["artifacts"]["train_indices"].extend(t["artifacts"]["test_indices"][:3]))
damaged("indices_out_of_range", lambda t: t["artifacts"]["test_indices"].append(100000))
damaged("negative_index", lambda t: t["artifacts"]["train_indices"].insert(0, -1))
damaged("empty_indices", lambda t: t["artifacts"].update(test_indices=[]))
damaged("duplicate_numbers", lambda t: t.update(trial_number=0))
damaged("scaler_std_zero", lambda t: t["artifacts"].update(scaler_std=0))
damaged("scaler_std_not_finite", lambda t: t["artifacts"].update(scaler_std=math.nan))
damaged("weights_of_wrong_length", lambda t: t["artifacts"].update(alpha_weights=[0.5, 0.5]))
damaged("weight_negative", lambda t: t["artifacts"].update(alpha_weights=[0.5, -0.5, 1.0]))
damaged("class_counts_of_wrong_length", lambda t: t["artifacts"].update(class_counts=[1, 2, 3, 4]))
damaged("contradicting_seq_length", lambda t: t["artifacts"].update(seq_length=90))
damaged("failure_as_zero", lambda t: t["metrics"].update(validation_accuracy=0.0))
damaged("number_missing", lambda t: t.pop("trial_number"))
damaged("params_missing", lambda t: t.pop("params"))

same = trials()
same[2] = trial(2, seq_length=60)
same[2]["artifacts"]["train_indices"].pop()
same[2]["artifacts"]["test_indices"].insert(0, len(same[2]["artifacts"]["train_indices"]))
write("same_shape_other_split", {TRIALS: same})

agreeing = trials()
agreeing[2] = copy.deepcopy(agreeing[1]) | {"trial_number": 2}
write("same_shape_same_split", {TRIALS: agreeing})

whole = text(trials())
second = whole.index(b'"trial_number": 1')
write("cut_inside_trial", {TRIALS: whole[: second + 400], EXTENDED: text([extended(), extended()])[:-300]})
write("cut_after_trial", {TRIALS: whole[: whole.index(b', {"trial_number": 2')], BEST: text(best())[:-10]})
write("cut_at_start", {TRIALS: whole[:100]})
write("empty_file", {TRIALS: b""})
write("broken_trial", {TRIALS: whole.replace(b'"trial_number": 1,', b'"trial_number": 1 oops')})
write("repeated_key", {TRIALS: whole.replace(b'"trial_number": 1,', b'"trial_number": 9, "trial_number": 1,')})
write("older_bytes_after_end", {TRIALS: whole + whole[-50:]})
write("not_unicode", {TRIALS: whole.replace(b"AdamW", b"Adam\xff", 2).replace(b"Adam\xff", b"AdamW", 1)})
write("nested_too_deep", {TRIALS: whole.replace(b'"AdamW"', b"[" * 5000 + b"]" * 5000, 1)})
write("not_a_list", {TRIALS: {"kind": "trial_results", "schema_version": 2, "trials": []}})
write("entries_of_other_kinds", {TRIALS: [None, 1, "x", []] + trials()})
