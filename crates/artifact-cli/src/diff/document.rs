//! Compares any two payloads, field by field.

use super::change::{Change, LISTED, Topic, range};
use artifact_core::{Digest, IndexSet};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The differences between two values at `path`.
pub(super) fn changes(path: &str, left: &Value, right: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    walk(path, left, right, &mut changes);
    changes
}

fn walk(path: &str, left: &Value, right: &Value, out: &mut Vec<Change>) {
    if left == right {
        return;
    }
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let value = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                walk(&path, &value(left), &value(right), out);
            }
        }
        (Value::Array(left), Value::Array(right)) => match (index_set(left), index_set(right)) {
            (Some(left), Some(right)) => sequences(path, &left, &right, out),
            _ if path.ends_with("history") => learning_curve(path, left, right, out),
            _ => list(path, left, right, out),
        },
        _ => out.push(Change::new(topic(path, left, right), shown(path), left.clone(), right.clone())),
    }
}

/// Compares lists element by element.
fn list(path: &str, left: &[Value], right: &[Value], out: &mut Vec<Change>) {
    if left.len() != right.len() {
        let what = format!("number of {}", shown(path));
        out.push(Change::new(Topic::Setting, what, left.len(), right.len()));
    }
    let mut found = Vec::new();
    let longest = left.len().max(right.len());
    for place in 0..longest {
        let value = |list: &[Value]| list.get(place).cloned().unwrap_or_default();
        walk(&format!("{path}[{place}]"), &value(left), &value(right), &mut found);
    }
    // A short list is never cut: its elements are few, though each may have many fields.
    let more = if longest > LISTED { found.len().saturating_sub(LISTED) } else { 0 };
    found.truncate(found.len() - more);
    out.extend(found);
    if more > 0 {
        out.push(Change::more(shown(path), more));
    }
}

/// The index set that a list of ranges represents, if it is one; only sets of sequences and rows have this form.
fn index_set(list: &[Value]) -> Option<IndexSet> {
    let pair = |value: &Value| {
        let [start, end] = value.as_array()?.as_slice() else {
            return None;
        };
        Some((usize::try_from(start.as_u64()?).ok()?, usize::try_from(end.as_u64()?).ok()?))
    };
    // An empty list may be of any type, so it is compared as a plain list.
    if list.is_empty() {
        return None;
    }
    IndexSet::try_from(list.iter().map(pair).collect::<Option<Vec<_>>>()?).ok()
}

fn sequences(path: &str, left: &IndexSet, right: &IndexSet, out: &mut Vec<Change>) {
    let ends: BTreeSet<usize> =
        left.ranges().chain(right.ranges()).flat_map(|range| [range.start, range.end]).collect();
    let ends: Vec<usize> = ends.into_iter().collect();
    let words = |inside: bool| if inside { "in" } else { "out" };
    // Membership can change only at the end of some range, so the first sequence speaks for the whole interval.
    for pair in ends.windows(2) {
        let (from, to) = (left.contains(pair[0]), right.contains(pair[0]));
        if from != to {
            let what = format!("{} of {path}", range(pair[0], pair[1]));
            out.push(Change::new(Topic::Sequences, what, words(from), words(to)));
        }
    }
}

/// Compares learning curves by their lengths and the largest difference of each figure. Epoch by epoch, one early
/// change would list the whole rest of the curve.
fn learning_curve(path: &str, left: &[Value], right: &[Value], out: &mut Vec<Change>) {
    if left.len() != right.len() {
        let what = format!("{} (epochs)", shown(path));
        out.push(Change::new(Topic::LearningCurve, what, left.len(), right.len()));
    }
    for figure in ["train_loss", "validation_loss", "objective", "learning_rate"] {
        let pairs = left.iter().zip(right).enumerate().filter_map(|(place, (left, right))| {
            let (from, to) = (left[figure].as_f64()?, right[figure].as_f64()?);
            (from != to).then_some((place + 1, from, to))
        });
        let pairs: Vec<(usize, f64, f64)> = pairs.collect();
        let apart = |&&(_, from, to): &&(usize, f64, f64)| (to - from).abs();
        if let Some(&(epoch, from, to)) = pairs.iter().max_by(|a, b| apart(a).total_cmp(&apart(b))) {
            let what = format!(
                "{}.{figure} at epoch {epoch}, the largest of {} differences from epoch {} on",
                shown(path),
                pairs.len(),
                pairs[0].0
            );
            out.push(Change::number(Topic::LearningCurve, what, from, to));
        }
    }
}

/// A field's topic, from its path and its value.
fn topic(path: &str, left: &Value, right: &Value) -> Topic {
    let digest = |value: &Value| value.as_str().is_some_and(|text| text.parse::<Digest>().is_ok());
    let below = |names: &[&str]| {
        path.split('.').any(|part| names.contains(&part.split('[').next().unwrap_or_default()))
    };
    if digest(left) || digest(right) {
        Topic::Object
    } else if below(&["metrics", "summary", "test", "evaluation"]) {
        Topic::Metric
    } else if below(&["params", "config"]) {
        Topic::Hyperparameter
    } else if below(&["scaler_mean", "scaler_std"]) {
        Topic::Scaler
    } else if below(&["alpha_weights", "class_counts"]) {
        Topic::Classes
    } else {
        Topic::Setting
    }
}

/// The displayed path, without a section that the topic already names.
fn shown(path: &str) -> &str {
    ["params.", "metrics."].iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path)
}

/// The document without some of its fields.
pub(super) fn without(mut document: Value, fields: &[&str]) -> Value {
    if let Value::Object(map) = &mut document {
        fields.iter().for_each(|&field| drop(map.remove(field)));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_shown_by_topic() {
        let check = |left: Value, right: Value, expected: &[&str]| {
            let lines: Vec<String> = changes("", &left, &right).iter().map(ToString::to_string).collect();
            assert_eq!(lines, expected);
        };
        check(json!({"a": 1}), json!({"a": 1}), &[]);
        check(
            json!({"params": {"d_model": 16, "dropout_rate": 0.25}}),
            json!({"params": {"d_model": 32, "dropout_rate": 0.5}}),
            &[
                "hyperparameter d_model: 16 -> 32 (+16)",
                "hyperparameter dropout_rate: 0.25 -> 0.5 (+0.250000)",
            ],
        );
        check(
            json!({"metrics": {"validation": {"mcc": 0.5}}}),
            json!({"metrics": null}),
            &[r#"metric metrics: {"validation":{"mcc":0.5}} -> none"#],
        );
        check(
            json!({"folds": [{"train": [[0, 5], [9, 12]]}]}),
            json!({"folds": [{"train": [[0, 7], [10, 12]]}]}),
            &["sequences 5 to 6 of folds[0].train: out -> in", "sequences 9 of folds[0].train: in -> out"],
        );
        let epoch = |loss: f64| json!({"train_loss": loss});
        check(
            json!({"metrics": {"history": [epoch(1.0), epoch(0.5), epoch(0.25)]}}),
            json!({"metrics": {"history": [epoch(1.0), epoch(0.75)]}}),
            &[
                "learning curve history (epochs): 3 -> 2 (-1)",
                "learning curve history.train_loss at epoch 2, the largest of 1 differences from epoch 2 on: \
                 0.5 -> 0.75 (+0.250000)",
            ],
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let left: Vec<u64> = (0..50).collect();
        let right: Vec<u64> = (0..50).map(|n| n + 1).collect();
        let changes = changes("trials", &json!(left), &json!(right));
        assert_eq!(changes.len(), LISTED + 1);
        assert_eq!(changes[LISTED].to_string(), "and 30 more of trials");
    }
}
