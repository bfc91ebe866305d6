//! The conversion back: imported payloads as the plain JSON they came from.

use artifact_core::IndexSet;
use artifact_core::schema::written::{Json, Members};
use artifact_core::schema::{ImportedArtifacts, ImportedResult, ImportedTrial};

/// A trial in version 1.
pub(super) fn trial(trial: &ImportedTrial) -> Json {
    let mut out = trial.extra.clone();
    out.insert("trial_number".into(), trial.number.into());
    out.insert("params".into(), Json::Object(trial.params.clone()));
    put(&mut out, "metrics", trial.metrics.clone().map(Json::Object));
    put(&mut out, "timestamp", trial.timestamp.as_deref().map(Json::from));
    put(&mut out, "artifacts", trial.artifacts.as_ref().map(artifacts));
    Json::Object(out)
}

/// A result of extended training, or a best configuration, in version 1.
pub(super) fn result(result: &ImportedResult) -> Json {
    let mut out = result.extra.clone();
    out.insert("config".into(), Json::Object(result.config.clone()));
    let folds = result.cv_results.clone().map(|folds| folds.into_iter().map(Json::Object).collect());
    put(&mut out, "cv_results", folds.map(Json::Array));
    Json::Object(out)
}

fn artifacts(artifacts: &ImportedArtifacts) -> Json {
    let ImportedArtifacts {
        development,
        test,
        scaler_mean,
        scaler_std,
        alpha_weights,
        class_counts,
        split_date,
        data_period,
        tickers,
        seq_length,
        time_window,
        train_test_split_ratio,
        extra,
    } = artifacts.clone();
    let mut out = extra;
    put(&mut out, "train_indices", development.as_ref().map(indices));
    put(&mut out, "test_indices", test.as_ref().map(indices));
    put(&mut out, "scaler_mean", scaler_mean);
    put(&mut out, "scaler_std", scaler_std);
    put(&mut out, "alpha_weights", alpha_weights.map(Json::from));
    put(&mut out, "class_counts", class_counts);
    put(&mut out, "split_date", split_date.map(Json::String));
    put(&mut out, "data_period", data_period.map(Json::String));
    put(&mut out, "tickers", tickers.as_deref().map(texts));
    put(&mut out, "seq_length", seq_length.map(Json::Number));
    put(&mut out, "time_window", time_window.map(Json::Number));
    put(&mut out, "train_test_split_ratio", train_test_split_ratio.map(Json::Number));
    Json::Object(out)
}

fn put(out: &mut Members, key: &str, value: Option<Json>) {
    // Without a value, the key keeps what `extra` has under it: null, or a value that was set aside.
    if let Some(value) = value {
        out.insert(key.to_owned(), value);
    }
}

/// The indices one by one, as version 1 has them.
pub(super) fn indices(set: &IndexSet) -> Json {
    Json::Array(set.iter().map(|index| Json::from(index as u64)).collect())
}

/// A list of texts.
pub(super) fn texts(texts: &[String]) -> Json {
    Json::Array(texts.iter().map(|text| text.as_str().into()).collect())
}
