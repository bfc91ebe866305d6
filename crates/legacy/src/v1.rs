//! Version 1: the shapes that older Python pipelines wrote as plain JSON.
//!
//! Each reader destructures an object by its keys. A value in the wrong form (a number as text) is read anyway and
//! reported; an unreadable value stays under its key in `rest` and is reported. What the values mean is not judged here
//! but in the conversion to version 2.

use super::findings::{Findings, below};
use artifact_core::schema::written::{Json, Members, Number};
use artifact_core::schema::{Damage, Done, Finding};

/// One entry of `trial_results.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct V1Trial {
    /// `trial_number`.
    pub number: u64,
    /// `params`.
    pub params: Members,
    /// `metrics`.
    pub metrics: Option<Members>,
    /// `timestamp`.
    pub timestamp: Option<String>,
    /// `artifacts`.
    pub artifacts: Option<V1Artifacts>,
    /// All other keys, and those without a readable value.
    pub rest: Members,
}

/// What a trial recorded about its data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct V1Artifacts {
    /// `train_indices`, as written.
    pub train_indices: Option<Vec<u64>>,
    /// `test_indices`, as written.
    pub test_indices: Option<Vec<u64>>,
    /// `scaler_mean`: one number or a list.
    pub scaler_mean: Option<Json>,
    /// `scaler_std`: one number or a list.
    pub scaler_std: Option<Json>,
    /// `alpha_weights`.
    pub alpha_weights: Option<Vec<Number>>,
    /// `class_counts`: a list or an object.
    pub class_counts: Option<Json>,
    /// `split_date`.
    pub split_date: Option<String>,
    /// `data_period`.
    pub data_period: Option<String>,
    /// `tickers`.
    pub tickers: Option<Vec<String>>,
    /// `seq_length`.
    pub seq_length: Option<Number>,
    /// `time_window`.
    pub time_window: Option<Number>,
    /// `train_test_split_ratio`.
    pub train_test_split_ratio: Option<Number>,
    /// All other keys, and those without a readable value.
    pub rest: Members,
}

/// One entry of the results of extended training, or the best configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct V1Result {
    /// `config`.
    pub config: Members,
    /// `cv_results`.
    pub cv_results: Option<Vec<Members>>,
    /// All other keys.
    pub rest: Members,
}

/// The numeric parameters; anything else in `params` is kept as it is.
const NUMERIC_PARAMS: [&str; 11] = [
    "learning_rate",
    "dropout_rate",
    "weight_decay",
    "time_window",
    "seq_length",
    "num_layers",
    "d_model",
    "num_heads",
    "d_ff",
    "batch_size",
    "train_test_split_ratio",
];

/// The numeric metrics.
const NUMERIC_METRICS: [&str; 4] = ["validation_accuracy", "final_loss", "training_loss", "best_epoch"];

/// The figures of a fold.
const NUMERIC_FOLD: [&str; 3] = ["final_accuracy", "final_return", "epochs_completed"];

/// The figures over all folds.
const NUMERIC_SUMMARY: [&str; 4] = ["avg_accuracy", "avg_return", "std_accuracy", "epochs_trained"];

impl V1Trial {
    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// The finding that disqualifies it as a trial of version 1: not an object, no number, or no parameters.
    pub(super) fn read(mut value: Json, findings: &mut Findings) -> Result<Self, Finding> {
        // First, since a payload holds only finite numbers; everything below then treats NaN as a missing value.
        findings.make_finite("", &mut value);
        let mut fields =
            Fields::of(value, "", findings).map_err(|found| not_version_1("the entry", found))?;
        let number = fields.take("trial_number", whole);
        let params = fields.take("params", object);
        let (Some(number), Some(mut params)) = (number, params) else {
            let key = if number.is_none() { "trial_number" } else { "params" };
            let found = fields.members.get(key).map_or_else(|| "nothing".to_owned(), Json::excerpt);
            return Err(not_version_1(key, found));
        };
        let mut metrics = fields.take("metrics", object);
        let timestamp = fields.take("timestamp", text);
        let artifacts = fields.take("artifacts", object);
        let rest = fields.members;
        let artifacts = artifacts.map(|members| V1Artifacts::read(members, findings));
        numbers_in(&mut params, "params", &NUMERIC_PARAMS, findings);
        metrics.iter_mut().for_each(|metrics| numbers_in(metrics, "metrics", &NUMERIC_METRICS, findings));
        Ok(Self { number, params, metrics, timestamp, artifacts, rest })
    }
}

impl V1Artifacts {
    fn read(members: Members, findings: &mut Findings) -> Self {
        let mut fields = Fields { members, place: "artifacts", findings };
        Self {
            train_indices: fields.take("train_indices", indices),
            test_indices: fields.take("test_indices", indices),
            scaler_mean: fields.take("scaler_mean", number_or_numbers),
            scaler_std: fields.take("scaler_std", number_or_numbers),
            alpha_weights: fields.take("alpha_weights", numbers),
            class_counts: fields.take("class_counts", counts),
            split_date: fields.take("split_date", text),
            data_period: fields.take("data_period", text),
            tickers: fields.take("tickers", texts),
            seq_length: fields.take("seq_length", number),
            time_window: fields.take("time_window", number),
            train_test_split_ratio: fields.take("train_test_split_ratio", number),
            rest: fields.members,
        }
    }
}

impl V1Result {
    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// The finding that disqualifies it as a result of version 1: not an object, or no configuration.
    pub(super) fn read(mut value: Json, findings: &mut Findings) -> Result<Self, Finding> {
        findings.make_finite("", &mut value);
        let mut fields =
            Fields::of(value, "", findings).map_err(|found| not_version_1("the entry", found))?;
        let config = fields.take("config", object);
        let mut cv_results = fields.take("cv_results", objects);
        let Some(mut config) = config else {
            let found = fields.members.get("config").map_or_else(|| "nothing".to_owned(), Json::excerpt);
            return Err(not_version_1("config", found));
        };
        let mut rest = fields.members;
        numbers_in(&mut config, "config", &NUMERIC_PARAMS, findings);
        cv_results
            .iter_mut()
            .flatten()
            .for_each(|fold| numbers_in(fold, "cv_results[]", &NUMERIC_FOLD, findings));
        numbers_in(&mut rest, "", &NUMERIC_SUMMARY, findings);
        Ok(Self { config, cv_results, rest })
    }
}

fn not_version_1(place: &str, found: String) -> Finding {
    Finding { place: place.to_owned(), damage: Damage::NotVersion1, found, done: Done::LeftOut }
}

/// An object being destructured by its keys.
struct Fields<'f> {
    members: Members,
    place: &'static str,
    findings: &'f mut Findings,
}

/// A value and whether it had the wrong form; or, as the error, what was found instead.
type Read<T> = Result<(T, bool), String>;

impl<'f> Fields<'f> {
    fn of(value: Json, place: &'static str, findings: &'f mut Findings) -> Result<Self, String> {
        match value {
            Json::Object(members) => Ok(Self { members, place, findings }),
            other => Err(other.excerpt()),
        }
    }

    /// Removes and returns the value of `key`; null and unreadable values stay in place.
    fn take<T>(&mut self, key: &str, read: fn(&Json) -> Read<T>) -> Option<T> {
        // Null stays, so that an export tells it from a missing key.
        let value = self.members.get(key).filter(|value| **value != Json::Null)?;
        let place = below(self.place, key);
        let (taken, other_form) = match read(value) {
            Ok(read) => read,
            Err(found) => {
                self.findings.add(&place, Damage::UnreadableValue, found, Done::SetAside);
                return None;
            }
        };
        if other_form {
            self.findings.add(&place, Damage::NumberForm, value.excerpt(), Done::Repaired);
        }
        self.members.remove(key);
        Some(taken)
    }
}

/// Converts the values of `keys` that are numbers in the wrong form to numbers.
fn numbers_in(members: &mut Members, place: &str, keys: &[&str], findings: &mut Findings) {
    for key in keys {
        let Some(value) = members.get_mut(*key).filter(|value| **value != Json::Null) else {
            continue;
        };
        match number(value) {
            Ok((_, false)) => {}
            Ok((number, true)) => {
                findings.add(&below(place, key), Damage::NumberForm, value.excerpt(), Done::Repaired);
                *value = number.into();
            }
            // Reported but not removed: the map is open, and whoever computes with the value asks for a number.
            Err(found) => findings.add(&below(place, key), Damage::UnreadableValue, found, Done::SetAside),
        }
    }
}

fn number(value: &Json) -> Read<Number> {
    let read = match value {
        Json::Number(number) => Some((number.clone(), false)),
        Json::String(text) => Number::parse(text.trim()).map(|number| (number, true)),
        _ => None,
    };
    // A number that an f64 cannot hold is damage: no program can have computed with it.
    read.filter(|(number, _)| number.as_f64().is_some()).ok_or_else(|| value.excerpt())
}

/// An index or a count: a non-negative integer.
fn whole(value: &Json) -> Read<u64> {
    let (number, as_text) = number(value)?;
    match number.as_u64() {
        Some(whole) => Ok((whole, as_text)),
        // `7.0`: what Python writes for an integer that passed through a float.
        None => number.to_whole().map(|whole| (whole, true)).ok_or_else(|| value.excerpt()),
    }
}

fn list<T>(value: &Json, read: fn(&Json) -> Read<T>) -> Read<Vec<T>> {
    let Json::Array(items) = value else {
        return Err(value.excerpt());
    };
    let mut any = false;
    let mut list = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let (item, other_form) = read(item).map_err(|found| format!("{found} at place {place}"))?;
        any |= other_form;
        list.push(item);
    }
    Ok((list, any))
}

fn numbers(value: &Json) -> Read<Vec<Number>> {
    list(value, number)
}

fn indices(value: &Json) -> Read<Vec<u64>> {
    list(value, whole)
}

fn number_or_numbers(value: &Json) -> Read<Json> {
    match value {
        Json::Array(_) => numbers(value).map(|(numbers, other_form)| (numbers.into(), other_form)),
        _ => number(value).map(|(number, other_form)| (number.into(), other_form)),
    }
}

fn counts(value: &Json) -> Read<Json> {
    let Json::Object(members) = value else {
        return indices(value).map(|(counts, other_form)| (counts.into(), other_form));
    };
    let mut any = false;
    let mut read = Members::new();
    for (key, value) in members {
        let (count, other_form) = whole(value)?;
        any |= other_form;
        read.insert(key.clone(), count.into());
    }
    Ok((Json::Object(read), any))
}

fn text(value: &Json) -> Read<String> {
    match value {
        Json::String(text) => Ok((text.clone(), false)),
        _ => Err(value.excerpt()),
    }
}

fn texts(value: &Json) -> Read<Vec<String>> {
    list(value, text)
}

fn object(value: &Json) -> Read<Members> {
    match value {
        Json::Object(members) => Ok((members.clone(), false)),
        _ => Err(value.excerpt()),
    }
}

fn objects(value: &Json) -> Read<Vec<Members>> {
    list(value, object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_value;

    #[test]
    fn unreadable_values_are_named() {
        let check = |read: fn(&Json) -> Result<(), String>, json: &str, expected: Result<(), &str>| {
            let value = read_value(json.as_bytes()).unwrap().0;
            assert_eq!(read(&value), expected.map_err(str::to_owned), "{json}");
        };
        let indices = |json: &Json| indices(json).map(drop);
        check(indices, "[0, \"1\", 2.0]", Ok(()));
        check(indices, "[0, -1]", Err("-1 at place 1"));
        check(indices, "[0, [1, 2]]", Err("a list of 2 values at place 1"));
        check(indices, "0", Err("0"));
        let number = |json: &Json| number(json).map(drop);
        check(number, "\" 1e-05 \"", Ok(()));
        for bad in ["\"0,5\"", "\"nan\"", "1e999", "true"] {
            check(number, bad, Err(bad));
        }
        check(|json| counts(json).map(drop), "{\"0\": 1.5}", Err("1.5"));
    }

    #[test]
    fn repairs_are_reported() {
        let json =
            br#"{"trial_number": 1.0, "params": {"d_ff": "8", "optimizer": "1"}, "artifacts": {}, "x": NaN}"#;
        let mut findings = Findings::default();
        let trial = V1Trial::read(read_value(json).unwrap().0, &mut findings).unwrap();
        assert_eq!((trial.number, &trial.params["d_ff"]), (1, &8.into()));
        assert_eq!(trial.params["optimizer"], "1".into(), "`optimizer` is not a numeric parameter");
        assert_eq!((trial.artifacts, &trial.rest["x"]), (Some(V1Artifacts::default()), &Json::Null));
        let reported: Vec<_> = findings.into_vec().into_iter().map(|f| (f.place, f.damage)).collect();
        let form = Damage::NumberForm;
        let expected = [("params.d_ff", form), ("trial_number", form), ("x", Damage::NotFinite)];
        assert_eq!(reported, expected.map(|(place, damage)| (place.to_owned(), damage)));
    }
}
