//! Compares features, labels, scaler and class weights.

use super::change::{Change, Topic};
use super::document::{self, without};
use artifact_core::schema::{CLASS_NAMES, Preprocessing};
use serde_json::json;

pub(super) fn changes(left: &Preprocessing, right: &Preprocessing) -> Vec<Change> {
    let settings = |preprocessing: &Preprocessing| {
        let mut document =
            without(json!(preprocessing), &["class_weights", "feature_names", "tickers", "features"]);
        document["scaler"] = without(document["scaler"].take(), &["mean", "std"]);
        document
    };
    let mut changes = document::changes("", &settings(left), &settings(right));
    for change in &mut changes {
        if change.what.starts_with("scaler.") && change.topic == Topic::Setting {
            change.topic = Topic::Scaler;
        }
    }
    let features =
        |p: &Preprocessing| json!({"set": p.features, "tickers": p.tickers, "columns": p.feature_names});
    let named = document::changes("", &features(left), &features(right));
    changes.extend(named.into_iter().map(|change| Change { topic: Topic::Features, ..change }));
    changes.extend(scaler(left, right));
    changes.extend(classes(left, right));
    changes
}

/// Compares the scalers by feature name. A feature on one side only is reported as a difference in features, not here.
fn scaler(left: &Preprocessing, right: &Preprocessing) -> Vec<Change> {
    let mut changes = Vec::new();
    for (place, name) in left.feature_names.iter().enumerate() {
        let Some(other) = right.feature_names.iter().position(|other| other == name) else {
            continue;
        };
        for (figure, ours, theirs) in
            [("mean", &left.scaler.mean, &right.scaler.mean), ("std", &left.scaler.std, &right.scaler.std)]
        {
            let (Some(&from), Some(&to)) = (ours.get(place), theirs.get(other)) else {
                continue;
            };
            if from.to_bits() != to.to_bits() {
                changes.push(Change::number(Topic::Scaler, format!("{figure} of {name}"), from, to));
            }
        }
    }
    changes
}

fn classes(left: &Preprocessing, right: &Preprocessing) -> Vec<Change> {
    let (ours, theirs) = (&left.class_weights, &right.class_weights);
    let mut changes = Vec::new();
    for (class, name) in CLASS_NAMES.iter().enumerate() {
        let (from, to) = (ours.counts[class], theirs.counts[class]);
        if from != to {
            changes.push(Change::new(Topic::Classes, format!("count of {name}"), from, to));
        }
        let (from, to) = (ours.alpha[class], theirs.alpha[class]);
        if from.to_bits() != to.to_bits() {
            changes.push(Change::number(Topic::Classes, format!("weight of {name}"), from, to));
        }
    }
    changes
}
