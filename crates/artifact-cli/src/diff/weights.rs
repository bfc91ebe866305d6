//! Compares the tensors of two models.

use super::change::{Change, Topic};
use crate::output::chain;
use artifact_core::{Digest, ObjectStore};
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

/// The differences between two blobs of weights; if one cannot be read, that is the difference reported.
pub(super) fn changes(store: &dyn ObjectStore, name: &str, left: Digest, right: Digest) -> Vec<Change> {
    match (store.get(&left), store.get(&right)) {
        (Ok(left), Ok(right)) => of_blobs(name, &left, &right),
        (left, right) => {
            let state = |bytes: Result<Vec<u8>, artifact_core::Error>| match bytes {
                Ok(_) => "readable".to_owned(),
                Err(error) => chain(&error),
            };
            vec![Change::new(Topic::Weights, name, state(left), state(right))]
        }
    }
}

/// The differences between the bytes of two blobs; blobs that are not weights are compared by size.
pub(super) fn of_blobs(name: &str, left: &[u8], right: &[u8]) -> Vec<Change> {
    let (Ok(ours), Ok(theirs)) = (SafeTensors::deserialize(left), SafeTensors::deserialize(right)) else {
        return vec![Change::new(Topic::Object, format!("{name} (bytes)"), left.len(), right.len())];
    };
    let mut names: Vec<&str> = ours.names().into_iter().chain(theirs.names()).collect();
    names.sort_unstable();
    names.dedup();
    let mut changes = Vec::new();
    let mut farthest: Option<(f64, String, f32, f32)> = None;
    for tensor in names {
        let shape = |file: &SafeTensors<'_>| file.tensor(tensor).map_or(Value::Null, |t| json!(t.shape()));
        let (from, to) = (shape(&ours), shape(&theirs));
        if from != to {
            changes.push(Change::new(Topic::Weights, format!("{name}: {tensor}"), from, to));
            continue;
        }
        for (place, (from, to)) in values(&ours, tensor).into_iter().zip(values(&theirs, tensor)).enumerate()
        {
            let apart = (f64::from(to) - f64::from(from)).abs();
            if apart > farthest.as_ref().map_or(0.0, |(most, ..)| *most) {
                farthest = Some((apart, format!("{tensor}[{place}]"), from, to));
            }
        }
    }
    match farthest {
        Some((_, place, from, to)) => {
            let what = format!("{name}: largest difference, at {place}");
            changes.push(Change::number(Topic::Weights, what, from.into(), to.into()));
        }
        // Only blobs with different digests get here, so the difference is elsewhere, such as in the header's metadata.
        None if changes.is_empty() => {
            changes.push(Change::new(Topic::Weights, name, "other bytes", "the same values"));
        }
        None => {}
    }
    changes
}

fn values(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    match file.tensor(name) {
        Ok(tensor) if tensor.dtype() == Dtype::F32 => {
            let value = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            tensor.data().chunks_exact(4).map(value).collect()
        }
        _ => Vec::new(),
    }
}
