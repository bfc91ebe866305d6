//! Trials and candidates that are pruned: the same ones from any number of threads, and nothing else changes.

use artifact_core::schema::{BestConfiguration, CrossValidation, Study, TrialState};
use artifact_core::{Id, Phase, files, load};
use std::collections::BTreeMap;
use tests::{QUICK, Sandbox};
use views::TrialResults;

/// The joint scope's few samples leave some trials behind after one epoch.
const PRUNER: &str = "[training]\nscope = 'joint'\nobjective = 'mcc_pooled'\n[tuner.pruner]\nkind = 'asha'\nmin_epochs = 1\nreduction = 2\n";

/// [`QUICK`] with more epochs, so that pruning can spare some, and with `sections` at its end.
fn config(sections: &str) -> String {
    format!("{}\n{sections}", QUICK.replace("epochs = 2", "epochs = 4"))
}

fn tuned(threads: &str, config: &str) -> Sandbox {
    let sandbox = Sandbox::new(config);
    sandbox.run_phases(1);
    let mut process = sandbox.command("tuner", &["run"]);
    let output = process.env("RAYON_NUM_THREADS", threads).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    sandbox
}

fn trials(sandbox: &Sandbox) -> TrialResults {
    files::read_json(&sandbox.run().trial_results()).unwrap()
}

#[test]
fn the_same_trials_are_pruned_whatever_finishes_first() {
    let one = tuned("1", &config(PRUNER));
    let results = trials(&one);
    let pruned: Vec<_> = results.trials.iter().filter(|trial| trial.state == TrialState::Pruned).collect();
    assert!(!pruned.is_empty() && pruned.len() < results.trials.len());
    for trial in &pruned {
        let (metrics, pruning) = (trial.metrics.as_ref().unwrap(), trial.pruning.as_ref().unwrap());
        assert_eq!(pruning.pruner, "asha");
        assert!([1, 2].contains(&metrics.epochs_trained), "a rung below {}", pruning.epochs_allowed);
    }
    let store = one.workspace().store();
    let study: Study = load(&store, Id::new(one.record().output(Phase::Tuning, "study").unwrap())).unwrap();
    let best = &results.trials[study.best_trial.unwrap() as usize];
    assert_eq!(best.state, TrialState::Complete);
    for threads in ["2", "4"] {
        assert_eq!(trials(&tuned(threads, &config(PRUNER))), results);
    }

    let database = rusqlite::Connection::open(one.run().study_database()).unwrap();
    let rows: i64 = database
        .query_row("SELECT count(*) FROM trials WHERE state = 'PRUNED'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, pruned.len() as i64);
    let printed = one.succeeds("tuner", &["run"]).stdout;
    assert!(printed.contains(&format!("{} pruned", pruned.len())) && printed.contains("saved"), "{printed}");
    one.succeeds("extended-trainer", &["run"]);
    one.succeeds("final-trainer", &["run"]);
    one.succeeds("report", &[]);
}

#[test]
fn without_a_pruner_no_trial_ends_early() {
    let results = trials(&tuned("2", QUICK));
    assert!(results.trials.iter().all(|trial| trial.state == TrialState::Complete));
}

#[test]
fn candidates_that_survive_have_the_same_figures_as_without_a_race() {
    let extended = |sections: &str| {
        let config = QUICK.replace("top_n = 2\nfolds = 3", "top_n = 4\nfolds = 4") + sections;
        let sandbox = tuned("2", &config);
        sandbox.succeeds("extended-trainer", &["run"]);
        let store = sandbox.workspace().store();
        let best = Id::new(sandbox.record().output(Phase::CrossValidation, "best_configuration").unwrap());
        let best: BestConfiguration = load(&store, best).unwrap();
        let candidates = best.candidates.iter().map(|&id| {
            let cv: CrossValidation = load(&store, id).unwrap();
            (cv.trial_number, id)
        });
        candidates.collect::<BTreeMap<_, _>>()
    };
    let all = extended("");
    assert_eq!(all.len(), 4);
    let left = extended("[extended.pruner]\nkind = 'wilcoxon'\np_threshold = 0.6\n");
    assert!(!left.is_empty() && left.len() < all.len(), "{left:?}");
    for (number, id) in &left {
        assert_eq!(all.get(number), Some(id));
    }
}
