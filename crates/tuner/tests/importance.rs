//! Compares importances with Optuna's.
//!
//! `optuna_importances.json` was written with Optuna 5.0.0. It has the trials of two studies, by its random and its TPE
//! sampler, and their importances according to `optuna.importance.get_param_importances`.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tuner::importance::importances;
use tuner::samplers::{Told, TrialOutcome};
use tuner::search_space::Space;

#[derive(Deserialize)]
struct Study {
    importances: BTreeMap<String, f64>,
    trials: Vec<Trial>,
}

#[derive(Deserialize)]
struct Trial {
    params: BTreeMap<String, Value>,
    value: f64,
}

fn space() -> Space {
    Space::builder()
        .log_float("rate", 1e-5, 1e-1)
        .float("share", 0.0, 1.0)
        .stepped_float("stepped", 0.0, 0.5, 0.1)
        .int("layers", 1, 8)
        .log_int("width", 4, 512)
        .categorical("kind", [json!("adamw"), json!("sgd"), json!(null)])
        .categorical("size", [json!(32), json!(64), json!(128)])
        .float("momentum", 0.0, 0.99)
        .when("kind", [json!("sgd")])
        .build()
        .unwrap()
}

#[test]
fn importances_match_optunas() {
    let studies: Vec<Study> = serde_json::from_str(include_str!("optuna_importances.json")).unwrap();
    assert_eq!(studies.len(), 2);
    for study in studies {
        let space = space();
        let told: Vec<Told> = study
            .trials
            .iter()
            .map(|trial| Told {
                point: space.point(&trial.params).unwrap(),
                outcome: TrialOutcome::Complete(trial.value),
            })
            .collect();
        let ours = importances(&space, &told);
        assert_eq!(ours.len(), study.importances.len());
        for (name, share) in &ours {
            let theirs = study.importances[name];
            assert!((share - theirs).abs() < 1e-9, "{name}: {share} here, {theirs} there");
        }
        let mut theirs: Vec<(&String, f64)> =
            study.importances.iter().map(|(name, &share)| (name, share)).collect();
        theirs.sort_by(|left, right| right.1.total_cmp(&left.1));
        let names = |list: Vec<&String>| list.into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(
            names(ours.iter().map(|(name, _)| name).collect()),
            names(theirs.iter().map(|(name, _)| *name).collect()),
            "the same order"
        );
    }
}
