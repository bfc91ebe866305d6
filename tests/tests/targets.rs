//! Targets of every task through all phases and the audit, with the real binaries.

use artifact_core::schema::{BestConfiguration, ModelBundle, TestMetrics};
use artifact_core::{Id, Phase, load};
use tests::{PHASES, Sandbox, binary, csv, ended};

/// Six tickers that follow one wave at different phases, so that prices can be predicted.
const TICKERS: [&str; 6] = ["A.csv", "B.csv", "C.csv", "D.csv", "E.csv", "F.csv"];

const SETTINGS: &str = "
[data]
source = 'csv'
period = 'max'
files = ['A.csv', 'B.csv', 'C.csv', 'D.csv', 'E.csv', 'F.csv']
[tuner]
parallelism = 2
stages = [{ sampler = 'random', trials = 3, epochs = 4 }]
[tuner.search_space]
seq_length = 20
d_model = 16
num_layers = 1
[extended]
top_n = 1
epochs = 4
folds = 3
";

fn sandbox(settings: &str) -> Sandbox {
    // A section is written once, so what a test adds comes first and holds sections of its own only.
    let sandbox = Sandbox::new(&format!("{settings}\n{SETTINGS}"));
    for (phase, name) in TICKERS.iter().enumerate() {
        sandbox.write(name, &csv(420, phase as f64));
    }
    sandbox
}

/// Runs all phases, the audit, the report and a prediction; returns what the final model scored, and the prediction.
fn scored(settings: &str) -> (ModelBundle, BestConfiguration, serde_json::Value) {
    let sandbox = sandbox(settings);
    sandbox.run_phases(4);
    sandbox.audited();
    let (report, command) = PHASES[4];
    sandbox.succeeds(report, command);
    let (store, record) = (sandbox.workspace().store(), sandbox.record());
    let bundle = record.output(Phase::Final, "model_bundle").unwrap();
    let bundle: ModelBundle = load(&store, Id::new(bundle)).unwrap();
    let best = load(&store, bundle.best_configuration).unwrap();
    let numbers = bundle.test.model.numbers.is_some();
    let card = sandbox.view(|run| run.final_model().join("README.md"));
    assert_eq!((card.contains("| Rank IC"), card.contains("| Log loss")), (numbers, !numbers), "{card}");
    assert_eq!(sandbox.view(|run| run.frozen_plan()).contains("numbers.rank_ic"), numbers);
    let mut predict = binary("final-trainer");
    predict.args(["predict", "--json", "--model"]).arg(sandbox.run().final_model()).arg("--bars");
    let predicted = ended(predict.args(TICKERS.map(|name| sandbox.path(name))).output().unwrap());
    assert_eq!(predicted.code, 0, "{}", predicted.stderr);
    (bundle, best, serde_json::from_str(&predicted.stdout).unwrap())
}

#[test]
fn a_forward_return_is_fitted_scored_audited_and_predicted() {
    for model in ["gbdt", "gru"] {
        let (bundle, best, predicted) = scored(&format!(
            "[labels]\nrule = {{ name = 'forward_return', form = 'excess' }}\ntime_window = 3\n\
             [training]\nmodel = '{model}'\nobjective = 'rank_ic'\n"
        ));
        assert!(best.preprocessing.target_scale.is_some_and(|scale| scale > 0.0 && scale < 0.2));
        let numbers = bundle.test.model.numbers.clone().unwrap();
        let linear = bundle.test.baseline("linear").unwrap().numbers.clone().unwrap();
        // The wave repeats itself, and trees know where it is; so, less well, does a line.
        assert!(numbers.dates > 50 && linear.rank_ic > 0.3, "{numbers:?} {linear:?}");
        if model == "gbdt" {
            assert!(numbers.rank_ic > 0.5 && numbers.skill > 0.2, "{numbers:?}");
        }
        assert_eq!(bundle.test.baseline(TestMetrics::MAJORITY).unwrap().numbers.as_ref().unwrap().skill, 0.0);
        for prediction in predicted.as_array().unwrap() {
            let value = prediction["value"].as_f64().unwrap();
            assert!(value.abs() < 0.2 && value != 0.0, "in the unit of returns: {prediction}");
            let class = if value > 0.0 { "Up" } else { "Down" };
            assert_eq!(prediction["class"], class);
        }
    }
}

#[test]
fn quantiles_cover_what_they_say() {
    let (bundle, _, predicted) = scored(
        "[labels]\nrule = { name = 'quantiles', tail = 0.2, entry = 'next_close' }\ntime_window = 3\n\
         [training]\nmodel = 'linear'\nobjective = 'skill'\n",
    );
    let numbers = bundle.test.model.numbers.unwrap();
    let coverage = numbers.coverage.unwrap();
    assert!((0.4..0.8).contains(&coverage) && numbers.skill > 0.2, "{numbers:?}");
    let quantiles = predicted[0]["quantiles"].as_array().unwrap();
    let levels: Vec<f64> = quantiles.iter().map(|quantile| quantile["level"].as_f64().unwrap()).collect();
    assert_eq!(levels, [0.2, 0.5, 0.8]);
}

#[test]
fn barriers_by_volatility_and_weighted_samples_run() {
    let (bundle, best, _) = scored(
        "[labels]\nrule = { name = 'barrier', volatility_multiple = 0.5, touch = 'high_low' }\n\
         [training]\nmodel = 'gbdt'\nuniqueness = true\ntime_decay = 0.5\n",
    );
    assert!(best.training.uniqueness && best.training.time_decay == 0.5);
    assert!(bundle.test.model.mcc.unwrap() > 0.3, "{:?}", bundle.test.model);
    assert_eq!(bundle.test.model.numbers, None);
}

#[test]
fn how_samples_weigh_and_how_many_are_drawn_changes_the_fit() {
    let fit = |model: &str, settings: &str| {
        let sandbox = sandbox(&format!("[training]\nmodel = '{model}'\n{settings}"));
        sandbox.run_phases(2);
        let trials = sandbox.view(|run| run.trial_results());
        let trials: serde_json::Value = serde_json::from_str(&trials).unwrap();
        trials["trials"][0]["metrics"]["training_loss"].as_f64().unwrap()
    };
    for (model, settings) in [
        ("gbdt", &["uniqueness = true", "time_decay = 0.2"][..]),
        ("gru", &["uniqueness = true", "time_decay = 0.2", "samples_per_epoch = 200"]),
    ] {
        let plain = fit(model, "");
        assert_eq!(fit(model, ""), plain);
        for setting in settings {
            assert_ne!(fit(model, &format!("{setting}\n")), plain, "{model}, {setting}");
        }
    }
}

#[test]
fn an_objective_of_the_other_task_is_refused_before_anything_runs() {
    let check = |settings: &str, part: &str| {
        let sandbox = sandbox(settings);
        let mut command = binary("holdfast");
        command.args(["pipeline", "--workspace"]).arg(sandbox.path("workspace"));
        let ended = ended(command.arg("--config").arg(sandbox.path("run.toml")).output().unwrap());
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
        assert!(!sandbox.path("workspace").join("runs").exists());
    };
    check("[training]\nobjective = 'ic'\n", "training.objective");
    check(
        "[labels]\nrule = 'forward_return'\n[training]\nobjective = 'negative_log_loss'\n",
        "choose rank_ic or another metric of numbers",
    );
    check("[labels]\nentry = 'next_close'\ntime_window = 1\n", "needs a time_window of at least 2");
    check("[labels]\nentry = 'open'\n", "expected one of `next_open`, `next_close`, `close`");
}

#[test]
fn a_given_side_is_taken_or_left() {
    // The column says long, then short, in turns of seven rows: right where the wave agrees.
    let sandbox = Sandbox::new(
        "[labels]\nrule = { name = 'meta', side = 'signal' }\ntime_window = 3\n[training]\nmodel = 'gbdt'\n\
         [features]\nset = ['ohlcv', 'trend', 'signal']\n\
         [data]\nsource = 'csv'\nperiod = 'max'\nfiles = ['A.csv', 'B.csv']\ncolumns = ['signal']\n\
         [tuner]\nstages = [{ sampler = 'random', trials = 2, epochs = 4 }]\n[tuner.search_space]\nseq_length = 20\n\
         [extended]\ntop_n = 1\nepochs = 4\nfolds = 3\n",
    );
    for (phase, name) in ["A.csv", "B.csv"].iter().enumerate() {
        let text = csv(420, phase as f64);
        let lines = text.lines().enumerate().map(|(row, line)| match row {
            0 => format!("{line},signal\n"),
            row => format!("{line},{}\n", if row / 7 % 2 == 0 { 1 } else { -1 }),
        });
        sandbox.write(name, &lines.collect::<String>());
    }
    sandbox.run_phases(4);
    sandbox.audited();
    let (store, record) = (sandbox.workspace().store(), sandbox.record());
    let bundle: ModelBundle =
        load(&store, Id::new(record.output(Phase::Final, "model_bundle").unwrap())).unwrap();
    let model = bundle.test.model;
    assert!(model.mcc.unwrap() > 0.3, "{model:?}");
    // Nothing is ever predicted to fall: a trade is taken or left.
    assert!(model.confusion.iter().all(|row| row[2] == 0) && model.confusion[2] == [0; 3]);
    assert!(model.strategy.unwrap().mean_return > 0.0);
}
