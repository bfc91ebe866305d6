//! Figures: what was computed over all samples is told from what is computed within tickers.

use serde_json::{Map, Value, json};

// A missing field, or one of another type, is left for the reader of the present form to refuse.

/// The evaluation at a JSON pointer. Its Matthews correlation was that over all samples; the figures that were not computed are
/// null.
pub(super) fn evaluation_at(payload: &mut Value, place: &str) {
    if let Some(Value::Object(evaluation)) = payload.pointer_mut(place) {
        evaluation_of(evaluation);
    }
}

/// The evaluations of the folds at a JSON pointer.
pub(super) fn folds_at(payload: &mut Value, place: &str) {
    let folds = payload.pointer_mut(place).and_then(Value::as_array_mut);
    for fold in folds.into_iter().flatten() {
        evaluation_at(fold, "/evaluation");
    }
}

/// The figures on the test set, whose two baselines had fields of their own.
pub(super) fn test_metrics(payload: &mut Value) {
    let Some(Value::Object(test)) = payload.get_mut("test") else { return };
    let mut baselines = Vec::new();
    for name in ["linear", "majority"] {
        let Some(mut evaluation) = test.remove(name) else { return };
        evaluation_at(&mut evaluation, "");
        baselines.push(json!({"name": name, "evaluation": evaluation}));
    }
    test.insert("baselines".to_owned(), Value::Array(baselines));
    for absent in ["buy_and_hold", "inference", "calibration"] {
        test.insert(absent.to_owned(), Value::Null);
    }
    for empty in ["tickers", "costs"] {
        test.insert(empty.to_owned(), json!([]));
    }
    evaluation_at(payload, "/test/model");
    payload["test_returns"] = json!([]);
    payload["further_weights"] = json!([]);
}

fn evaluation_of(evaluation: &mut Map<String, Value>) {
    if let Some(pooled) = evaluation.insert("mcc".to_owned(), Value::Null) {
        evaluation.insert("mcc_pooled".to_owned(), pooled);
    }
    // The trading figures told how many decisions do not overlap.
    let decisions = evaluation.get("trading").and_then(|trading| trading.get("decisions")).cloned();
    evaluation.insert("independent_rows".to_owned(), decisions.unwrap_or_default());
    for absent in ["log_loss_skill", "strategy"] {
        evaluation.insert(absent.to_owned(), Value::Null);
    }
}
