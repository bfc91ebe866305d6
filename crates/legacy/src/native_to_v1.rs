//! The conversion to version 1 for runs of this program: development sequences become `train_indices`.
//!
//! Version 1 has no place for ids, for the baseline, or for the validation set. A failed trial is written without
//! metrics, since a score of 0 would look like a real one; so is a pruned trial, which would pass for a complete one.

use super::source::{BEST_CONFIGURATION, EXTENDED_RESULTS, TRIAL_RESULTS};
use super::v2_to_v1::{indices, texts};
use crate::exported::{Export, ExportedFile};
use artifact_core::schema::written::{Json, Members, Number};
use artifact_core::schema::{
    BestConfiguration, BestConfigurationId, CrossValidation, FoldResult, Hyperparameters, Preprocessing,
    Seal, SplitPlan, StudyId, Trial, TrialMetrics, TrialState, scaler_values,
};
use artifact_core::{Error, ObjectStore, Phase, RunRecord, load, load_study};

/// Converts a run of this program to version 1; `None` for a run without a finished study.
pub(super) fn export(store: &dyn ObjectStore, record: &RunRecord) -> Result<Option<Export>, Error> {
    let Some(study) = record.output(Phase::Tuning, "study") else {
        return Ok(None);
    };
    let (study, trials) = load_study(store, StudyId::new(study))?;
    let data = Data::load(store, &load(store, study.seal)?)?;
    let mut export = Export::default();
    let written = trials.iter().map(|(_, trial)| data.trial(store, trial));
    let written = Json::Array(written.collect::<Result<_, Error>>()?);
    export.files.push(ExportedFile::json(TRIAL_RESULTS, &written));
    let Some(best) = record.output(Phase::CrossValidation, "best_configuration") else {
        return Ok(Some(export));
    };
    let best: BestConfiguration = load(store, BestConfigurationId::new(best))?;
    let candidates = best.candidates.iter().map(|&id| Ok(Json::Object(data.result(&load(store, id)?))));
    let candidates = Json::Array(candidates.collect::<Result<_, Error>>()?);
    export.files.push(ExportedFile::json(format!("{EXTENDED_RESULTS}/{EXTENDED_RESULTS}.json"), &candidates));
    export.files.push(ExportedFile::json(BEST_CONFIGURATION, &data.best(&best)));
    export
        .left_out
        .push("the cross-validation of the linear baseline, which version 1 does not have".to_owned());
    Ok(Some(export))
}

/// The facts about the bars that version 1 repeats everywhere.
struct Data {
    tickers: Vec<String>,
    period: String,
    ratio: f64,
}

impl Data {
    fn load(store: &dyn ObjectStore, seal: &Seal) -> Result<Self, Error> {
        let snapshot = load(store, seal.development)?;
        let (period, ratio) = (seal.source.period.clone(), seal.train_test_split_ratio);
        Ok(Self { tickers: snapshot.tickers, period, ratio })
    }

    fn trial(&self, store: &dyn ObjectStore, trial: &Trial) -> Result<Json, Error> {
        let artifacts = match trial.split.zip(trial.preprocessing) {
            Some((split, preprocessing)) => {
                Some(self.artifacts(&load(store, split)?, &load(store, preprocessing)?))
            }
            None => None,
        };
        // A pruned trial has metrics too, but from fewer epochs than the others.
        let scored = trial.metrics.as_ref().filter(|_| trial.state == TrialState::Complete);
        let mut out = object([
            ("trial_number", trial.number.into()),
            ("params", self.params(&trial.params)),
            ("metrics", scored.map(metrics).into()),
            // Artifacts hold no clock, so there is no time to write.
            ("timestamp", Json::Null),
            ("artifacts", artifacts.into()),
        ]);
        if let (Json::Object(members), Some(error)) = (&mut out, &trial.error) {
            members.insert("error".to_owned(), error.as_str().into());
        }
        if let (Json::Object(members), Some(_), Some(metrics)) = (&mut out, &trial.pruning, &trial.metrics) {
            members.insert("pruned_at_epoch".to_owned(), metrics.epochs_trained.into());
        }
        Ok(out)
    }

    fn params(&self, params: &Hyperparameters) -> Json {
        let Hyperparameters { seq_length, time_window, model } = params;
        // Version 1 states these ten for every model; a model without one of them wrote these placeholder values.
        let number = |name: &str, without: f64| float(model.float(name).unwrap_or(without));
        let size = |name: &str, without: usize| model.size(name).unwrap_or(without);
        let d_model = size("d_model", 1);
        // Version 1 states the width of the feed-forward layers itself, never as a multiple of `d_model`.
        let d_ff = size("d_ff", size("d_ff_multiple", 1).saturating_mul(d_model));
        object([
            ("learning_rate", number("learning_rate", 0.0)),
            ("dropout_rate", number("dropout_rate", 0.0)),
            ("weight_decay", number("weight_decay", 0.0)),
            ("time_window", count(*time_window)),
            ("seq_length", count(*seq_length)),
            ("num_layers", count(size("num_layers", 1))),
            ("d_model", count(d_model)),
            ("num_heads", count(size("num_heads", 1))),
            ("d_ff", count(d_ff)),
            ("batch_size", count(size("batch_size", 1))),
            ("train_test_split_ratio", float(self.ratio)),
            ("data_period", self.period.as_str().into()),
            ("tickers", texts(&self.tickers)),
        ])
    }

    fn artifacts(&self, split: &SplitPlan, preprocessing: &Preprocessing) -> Json {
        let weights = &preprocessing.class_weights;
        object([
            ("train_indices", indices(&split.development)),
            ("test_indices", indices(&split.test)),
            ("scaler_mean", scaler(preprocessing, &preprocessing.scaler.mean)),
            ("scaler_std", scaler(preprocessing, &preprocessing.scaler.std)),
            ("alpha_weights", floats(&weights.alpha)),
            ("class_counts", weights.counts.to_vec().into()),
            ("split_date", split.split_date.to_string().as_str().into()),
            ("data_period", self.period.as_str().into()),
            ("tickers", texts(&self.tickers)),
            ("seq_length", count(split.seq_length)),
            ("time_window", count(split.time_window)),
            ("train_test_split_ratio", float(split.train_test_split_ratio)),
        ])
    }

    fn result(&self, cv: &CrossValidation) -> Members {
        members([
            ("config", self.params(&cv.params)),
            (
                "cv_results",
                cv.folds.iter().map(|fold| self::fold(fold, cv.epochs_to_train)).collect::<Vec<_>>().into(),
            ),
            ("avg_accuracy", float(cv.summary.avg_accuracy)),
            ("avg_return", float(cv.summary.avg_return)),
            ("std_accuracy", float(cv.summary.std_accuracy)),
            ("epochs_trained", cv.epochs_trained.into()),
        ])
    }

    fn best(&self, best: &BestConfiguration) -> Json {
        let mut out = self.result(&best.cv_results);
        out.extend(members([
            ("timestamp", Json::Null),
            ("data_period", self.period.as_str().into()),
            ("tickers", texts(&self.tickers)),
        ]));
        Json::Object(out)
    }
}

fn metrics(metrics: &TrialMetrics) -> Json {
    object([
        ("validation_accuracy", float(metrics.validation_accuracy)),
        ("final_loss", float(metrics.final_loss)),
        ("training_loss", float(metrics.training_loss)),
        ("best_epoch", metrics.best_epoch.into()),
        ("checkpoint_path", Json::Null),
    ])
}

/// A fold, with its figures at the chosen epoch.
fn fold(fold: &FoldResult, epochs: u64) -> Json {
    let evaluation = &fold.evaluation;
    let mean_return = evaluation.cost_bps().map(|_| float(evaluation.mean_return()));
    object([
        ("final_accuracy", float(fold.evaluation.accuracy)),
        ("final_return", mean_return.into()),
        ("epochs_completed", epochs.into()),
    ])
}

/// A single value as a number, several as a list.
fn scaler(preprocessing: &Preprocessing, values: &[f64]) -> Json {
    match scaler_values(preprocessing, values) {
        [value] => float(*value),
        values => floats(values),
    }
}

fn members<const N: usize>(entries: [(&str, Json); N]) -> Members {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn object<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::Object(members(entries))
}

/// A figure as a number, or null if it is not finite.
fn float(value: f64) -> Json {
    Number::from_f64(value).into()
}

fn floats(values: &[f64]) -> Json {
    values.iter().copied().map(float).collect::<Vec<_>>().into()
}

fn count(value: usize) -> Json {
    (value as u64).into()
}
