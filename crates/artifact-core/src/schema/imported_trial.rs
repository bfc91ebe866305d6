//! One trial of older results.

use super::{CLASSES, Finding, Hyperparameters, Preprocessing, ScalerScope, SplitPlan};
use crate::component::Params;
use crate::envelope::Payload;
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::index_set::IndexSet;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use written::{Json, Members, Number};

/// The id of an [`ImportedTrial`].
pub type ImportedTrialId = Id<ImportedTrial>;

/// A trial that an older pipeline wrote as plain JSON (schema version 1).
///
/// It is not a [`Trial`](super::Trial): there is no snapshot behind it, so nobody can prove which rows it read. Numbers
/// keep their decimal text. What has no field of its own, or was set aside, is in `extra` under its own key, so that
/// nothing is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportedTrial {
    /// The number in its file; older writers did not always keep it unique.
    pub number: u64,
    /// The values tried.
    pub params: Members,
    /// The results; absent when there are none.
    pub metrics: Option<Members>,
    /// When it ended, as written.
    pub timestamp: Option<String>,
    /// Split, scaler and class weights; absent when there are none.
    pub artifacts: Option<ImportedArtifacts>,
    /// Every other key.
    pub extra: Members,
    /// What was wrong with it.
    pub findings: Vec<Finding>,
    /// Where it was found.
    pub original: Place,
}

/// Bytes in a kept file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// The file's blob.
    pub blob: Digest,
    /// The first byte.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
}

/// What an older trial kept about its data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportedArtifacts {
    /// The sequences before the test set: `train_indices`. Present exactly when `test` is.
    pub development: Option<IndexSet>,
    /// The sequences of the test set: `test_indices`.
    pub test: Option<IndexSet>,
    /// The scaler's mean: one number, or one per feature. Present exactly when `scaler_std` is.
    pub scaler_mean: Option<Json>,
    /// The scaler's standard deviation, in the same form, above 0.
    pub scaler_std: Option<Json>,
    /// The class weights: Hold, Up, Down.
    pub alpha_weights: Option<Vec<Number>>,
    /// The labels per class, as a list or by name.
    pub class_counts: Option<Json>,
    /// The date of the split, as written.
    pub split_date: Option<String>,
    /// The period of the data, as written; relative ones were never resolved.
    pub data_period: Option<String>,
    /// The tickers.
    pub tickers: Option<Vec<String>>,
    /// The rows a sequence reads, `S`.
    pub seq_length: Option<Number>,
    /// The rows a label reads, `W`.
    pub time_window: Option<Number>,
    /// The share of sequences before the test set.
    pub train_test_split_ratio: Option<Number>,
    /// Every other key, and what was set aside.
    pub extra: Members,
}

impl ImportedArtifacts {
    /// Whether split, scaler and class weights are all there and sound, so that a trial can be repeated with them.
    pub fn is_complete(&self) -> bool {
        self.development.is_some()
            && self.scaler_mean.is_some()
            && self.alpha_weights.is_some()
            && !["seq_length", "time_window"]
                .iter()
                .any(|&key| self.extra.get(key).is_some_and(|v| *v != Json::Null))
    }

    /// Checks that a split and a preprocessing of this program agree with whatever is stated here about sequences,
    /// scaler and class weights: number by number, without tolerance.
    ///
    /// # Errors
    ///
    /// The first field that differs.
    pub fn agrees_with_native(
        &self,
        split: &SplitPlan,
        preprocessing: &Preprocessing,
    ) -> Result<(), Invalid> {
        let tickers = &preprocessing.tickers;
        let stated = self.tickers.as_ref().unwrap_or(tickers);
        states("tickers", stated == tickers, tickers.join(", "), stated.join(", "))?;
        for (field, found, stated) in
            [("development", &split.development, &self.development), ("test", &split.test, &self.test)]
        {
            let stated = stated.as_ref().unwrap_or(found);
            states(field, stated == found, format!("sequences {found}"), stated)?;
        }
        for (field, found, stated) in [
            ("scaler_mean", &preprocessing.scaler.mean, &self.scaler_mean),
            ("scaler_std", &preprocessing.scaler.std, &self.scaler_std),
        ] {
            let Some(stated) = stated else { continue };
            let found = scaler_values(preprocessing, found);
            states(field, values(stated).as_deref() == Some(found), format!("{found:?}"), stated.excerpt())?;
        }
        if let Some(stated) = &self.alpha_weights {
            let alpha = preprocessing.class_weights.alpha;
            let alike = stated.iter().map(Number::as_f64).eq(alpha.iter().map(|&weight| Some(weight)));
            let texts: Vec<&str> = stated.iter().map(Number::text).collect();
            states("alpha_weights", alike, format!("{alpha:?}"), texts.join(", "))?;
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), Invalid> {
        if let Some((development, test)) = pair("artifacts.test", &self.development, &self.test)? {
            ensure(!development.is_empty(), "artifacts.development", "empty", "at least one sequence")?;
            ensure(!test.is_empty(), "artifacts.test", "empty", "at least one sequence")?;
            let apart = development.is_disjoint(test);
            ensure(apart, "artifacts.development", "in test", "disjoint from test")?;
        }
        if let Some((mean, std)) = pair("artifacts.scaler_std", &self.scaler_mean, &self.scaler_std)? {
            let sizes = values(mean).map(|v| v.len()).zip(values(std).map(|v| v.len()));
            let paired = sizes.is_some_and(|(mean, std)| mean == std);
            ensure(paired, "artifacts.scaler_mean", mean.excerpt(), "one number per deviation")?;
            let positive = values(std).is_some_and(|values| values.iter().all(|&value| value > 0.0));
            ensure(positive, "artifacts.scaler_std", std.excerpt(), "numbers above 0")?;
        }
        if let Some(weights) = &self.alpha_weights {
            ensure(
                weights.len() == CLASSES,
                "artifacts.alpha_weights",
                weights.len(),
                format!("{CLASSES} weights"),
            )?;
            let positive = weights.iter().all(|weight| weight.as_f64().is_some_and(|w| w >= 0.0));
            ensure(positive, "artifacts.alpha_weights", "a negative weight", "numbers from 0")?;
        }
        if let Some(counts) = &self.class_counts {
            ensure(are_counts(counts), "artifacts.class_counts", counts.excerpt(), "one count per class")?;
        }
        ensure_json("artifacts.extra", &self.extra)
    }
}

/// Refuses a field of an imported trial's artifacts unless it is what the trial states.
fn states(field: &str, holds: bool, found: impl Display, stated: impl Display) -> Result<(), Invalid> {
    let expected = format!("{stated}, which the imported trial states");
    ensure(holds, &format!("artifacts.{field}"), found, expected)
}

/// A scaler's values as version 1 writes them: a single one where there is one feature and one scale for all tickers.
pub fn scaler_values<'v>(preprocessing: &Preprocessing, values: &'v [f64]) -> &'v [f64] {
    let one = preprocessing.columns_per_ticker() == 1 && preprocessing.scaler.per == ScalerScope::Feature;
    if one { values.get(..1).unwrap_or(values) } else { values }
}

/// Both of two values, or neither.
fn pair<'v, T>(field: &str, a: &'v Option<T>, b: &'v Option<T>) -> Result<Option<(&'v T, &'v T)>, Invalid> {
    let agrees = |present| if present { "present" } else { "absent" };
    ensure(a.is_some() == b.is_some(), field, agrees(b.is_some()), agrees(a.is_some()))?;
    Ok(a.as_ref().zip(b.as_ref()))
}

/// One finite number, or a list of at least one.
pub fn values(json: &Json) -> Option<Vec<f64>> {
    match json {
        Json::Number(number) => Some(vec![number.as_f64()?]),
        Json::Array(items) if !items.is_empty() => {
            items.iter().map(|item| item.as_number()?.as_f64()).collect()
        }
        _ => None,
    }
}

/// A list of one count per class, or the counts of at most as many classes by name.
pub fn are_counts(json: &Json) -> bool {
    let count = |json: &Json| json.as_number().is_some_and(|number| number.as_u64().is_some());
    match json {
        Json::Array(items) => items.len() == CLASSES && items.iter().all(count),
        Json::Object(members) => (1..=CLASSES).contains(&members.len()) && members.values().all(count),
        _ => false,
    }
}

/// Refuses NaN and infinity inside open maps.
pub(super) fn ensure_json(field: &str, members: &Members) -> Result<(), Invalid> {
    for (key, value) in members {
        ensure(value.is_finite(), &format!("{field}.{key}"), value.excerpt(), "finite numbers only")?;
    }
    Ok(())
}

/// What older pipelines stored of a model besides the windows: numbers, and counts from 1.
const NUMBERS: [&str; 3] = ["learning_rate", "dropout_rate", "weight_decay"];
const COUNTS: [&str; 5] = ["num_layers", "d_model", "num_heads", "d_ff", "batch_size"];

impl ImportedTrial {
    /// A parameter that is an integer.
    pub fn param(&self, key: &str) -> Option<u64> {
        self.params.get(key)?.as_number()?.as_u64()
    }

    /// The parameters in this program's form; others, such as `optimizer`, are left out.
    ///
    /// # Errors
    ///
    /// The first parameter that is missing, of another form, or out of range.
    pub fn hyperparameters(&self) -> Result<Hyperparameters, Invalid> {
        let found = |key: &str| self.params.get(key).map_or("absent".to_owned(), Json::excerpt);
        let refused = |key: &str, expected: &str| Invalid {
            field: format!("params.{key}"),
            found: found(key),
            expected: expected.to_owned(),
        };
        let float = |key: &str| {
            let value = self.params.get(key).and_then(|value| value.as_number()?.as_f64());
            value.ok_or_else(|| refused(key, "a number"))
        };
        let count = |key: &str| {
            let value = self.param(key).and_then(|value| usize::try_from(value).ok());
            value.ok_or_else(|| refused(key, "an integer from 0"))
        };
        let mut model = Params::default();
        for key in NUMBERS {
            model.set(key, float(key)?);
        }
        for key in COUNTS {
            let value = count(key)?;
            ensure(value > 0, &format!("params.{key}"), value, "at least 1")?;
            model.set(key, value);
        }
        let (seq_length, time_window) = (count("seq_length")?, count("time_window")?);
        let params = Hyperparameters { seq_length, time_window, model };
        params.validate("params")?;
        Ok(params)
    }

    /// A finite metric.
    pub fn metric(&self, key: &str) -> Option<f64> {
        self.metrics.as_ref()?.get(key)?.as_number()?.as_f64()
    }

    /// Whether it is stored as it was found, and only its meaning may be in doubt.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(Finding::is_remark)
    }
}

impl Place {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        ensure(self.start <= self.end, "original.end", self.end, format!("at least {}", self.start))
    }
}

impl Payload for ImportedTrial {
    const KIND: &'static str = "imported_trial";

    fn parents(&self) -> Vec<Digest> {
        Vec::new()
    }

    fn blobs(&self) -> Vec<Digest> {
        vec![self.original.blob]
    }

    fn validate(&self) -> Result<(), Invalid> {
        ensure_json("params", &self.params)?;
        self.metrics.iter().try_for_each(|metrics| ensure_json("metrics", metrics))?;
        ensure_json("extra", &self.extra)?;
        self.original.validate()?;
        let Some(artifacts) = &self.artifacts else {
            return Ok(());
        };
        artifacts.validate()?;
        // An index is at least a digit and a comma, so a set cannot be larger than the text it was read from.
        let written = self.original.end - self.original.start;
        for (field, set) in
            [("artifacts.development", &artifacts.development), ("artifacts.test", &artifacts.test)]
        {
            let size = set.as_ref().map_or(0, |set| set.len() as u64);
            ensure(
                size <= written / 2,
                field,
                format!("{size} indices"),
                format!("indices from {written} bytes"),
            )?;
        }
        Ok(())
    }
}
