"""Opens a study as Optuna's users do, and prints what it finds as JSON.

    study.py URL show            what Optuna reads, and the importances it computes
    study.py URL optimize N      study.optimize for N trials, of which one is pruned and one fails
    study.py URL enqueue JSON    study.enqueue_trial
    study.py URL fail_stale      what Optuna does about trials whose process is gone
    study.py URL dashboard       what optuna-dashboard's JSON interface says, over loopback
"""

import json
import sys
import threading
import urllib.request
import warnings
from wsgiref.simple_server import WSGIRequestHandler, make_server

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def open_study(url, **options):
    storage = optuna.storages.RDBStorage(url, **options)
    (summary,) = optuna.get_all_study_summaries(storage)
    return optuna.load_study(study_name=summary.study_name, storage=storage)


def show(study):
    trials = study.get_trials()
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return {
        "direction": study.direction.name,
        "metric": study.metric_names,
        "attributes": study.user_attrs,
        "best": {"number": study.best_trial.number, "value": study.best_value, "params": study.best_params},
        "trials": [
            {
                "number": trial.number,
                "state": trial.state.name,
                "value": trial.value,
                "params": trial.params,
                "intermediate": {str(step): value for step, value in trial.intermediate_values.items()},
                "attributes": trial.user_attrs,
                "system": trial.system_attrs,
                "timed": trial.datetime_start is not None and trial.datetime_complete is not None,
            }
            for trial in trials
        ],
        "importances": optuna.importance.get_param_importances(study, evaluator=evaluator),
        "importances_by_default": optuna.importance.get_param_importances(study),
    }


def optimize(study, count):
    """Suggests exactly the parameters that are in the study, with their distributions."""
    searched = next(trial for trial in study.get_trials() if trial.distributions).distributions
    started = len(study.get_trials())

    def objective(trial):
        for name, distribution in searched.items():
            if isinstance(distribution, optuna.distributions.CategoricalDistribution):
                trial.suggest_categorical(name, distribution.choices)
            elif isinstance(distribution, optuna.distributions.IntDistribution):
                trial.suggest_int(name, distribution.low, distribution.high, log=distribution.log)
            else:
                trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
        if trial.number == started + 1:
            raise ValueError("a trial of Optuna's own that fails")
        trial.report(0.1, 1)
        if trial.number == started + 2:
            raise optuna.TrialPruned
        return 0.9 + trial.number / 1000

    study.sampler = optuna.samplers.TPESampler(seed=1)
    study.optimize(objective, n_trials=count, catch=(ValueError,))
    return [trial.state.name for trial in study.get_trials()[started:]]


def fail_stale(url):
    study = open_study(url, heartbeat_interval=1, grace_period=1)
    optuna.storages.fail_stale_trials(study)
    return [trial.state.name for trial in study.get_trials()]


def dashboard(url):
    import optuna_dashboard

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    server = make_server("127.0.0.1", 0, optuna_dashboard.wsgi(url), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def get(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}", timeout=30) as answer:
            return json.load(answer)

    (summary,) = get("/api/studies")["study_summaries"]
    detail = get(f"/api/studies/{summary['study_id']}")
    server.shutdown()
    return {
        "name": summary["study_name"],
        "directions": detail["directions"],
        "trials": [
            {"number": trial["number"], "state": trial["state"], "values": trial.get("values")}
            for trial in detail["trials"]
        ],
        "parameters": sorted(space["name"] for space in detail["intersection_search_space"]),
        "metrics": detail.get("objective_names"),
    }


def main():
    url, command, *rest = sys.argv[1:]
    if command == "show":
        found = show(open_study(url))
    elif command == "optimize":
        found = optimize(open_study(url), int(rest[0]))
    elif command == "enqueue":
        open_study(url).enqueue_trial(json.loads(rest[0]))
        found = None
    elif command == "fail_stale":
        found = fail_stale(url)
    elif command == "dashboard":
        found = dashboard(url)
    else:
        raise SystemExit(f"{command!r} is no command")
    json.dump(found, sys.stdout)


main()
