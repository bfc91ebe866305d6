//! The final model's directory: weights, configuration, preprocessing, metrics and model card.

mod digests;
mod markdown;
mod model_card;

use super::ViewFile;
use super::object::stored_object;
use artifact_core::Invalid;
use artifact_core::files::{checked_json, pretty_json, read};
use artifact_core::ledger::Openings;
use artifact_core::schema::{
    Alignment, AnyStudy, AnyStudyId, AnyTrialId, BestConfiguration, BestConfigurationId, CrossValidationId,
    CvSummary, FlatSettings, FrozenPlan, GivenColumn, Hyperparameters, ModelBundle, ModelBundleId,
    PreprocessingId, Seal, SealId, SnapshotId, TestMetrics, TrainingSettings, Trial, upgrade,
};
use artifact_core::verify::Parents;
use artifact_core::{
    Component, Digest, Envelope, Error, Ledger, ObjectStore, Run, load, load_envelope, stored_figures,
};
use figures::{Situation, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `config.json`: everything needed to use the weights, and their lineage. On disk it has one further member, `digest`,
/// that of the canonical JSON of the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleConfig {
    /// Always `final_model`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The minor version; 0 in files from before there were digests.
    #[serde(default, skip_serializing_if = "is_none")]
    pub schema_minor: u64,
    /// The version of the engine that fitted the weights.
    pub engine_version: u32,
    /// The digest of `model.safetensors`.
    pub weights: Digest,
    /// The model.
    pub model: Component,
    /// Its hyperparameters.
    pub params: Hyperparameters,
    /// The tickers, in the order of the model's inputs and outputs.
    pub tickers: Vec<String>,
    /// Whether every row that the model reads has one further column per ticker of `tickers`, in this order, 1 for the
    /// ticker that it is of; left out where it is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ticker_embedding: bool,
    /// How models were trained and scored.
    pub training: TrainingSettings,
    /// The class decided for is the one with the largest probability over its frequency, by the counts of the class weights
    /// in `preprocessing.json`, to this power; left out when it is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub decision_balance: f64,
    /// The temperature by which probabilities are scaled, `p^(1/T)` to a sum of 1, after the class is decided for; left out where
    /// none was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// How the tickers were aligned on one time axis.
    pub alignment: Alignment,
    /// The columns of one's own that the bars had, in stored order; left out when there are none. New bars need them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<GivenColumn>,
    /// The settings of `data` by which the run read and cleaned its bars, by their key in that section, as its frozen plan
    /// has them: those that differ from the first edition's. Absent in files of an earlier version, and where the ledger
    /// does not know the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<FlatSettings>,
    /// The digests of the directory's other files, by name: of a JSON document that of its canonical JSON, else that of its
    /// bytes. Empty in files of an earlier version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Digest>,
    /// The epochs trained.
    pub epochs_trained: u64,
    /// The objects it derives from.
    pub lineage: Lineage,
}

fn is_zero(balance: &f64) -> bool {
    *balance == 0.0
}

fn is_none(minor: &u64) -> bool {
    *minor == 0
}

impl BundleConfig {
    /// What the file says it is.
    const KIND: &str = "final_model";

    /// Reads `config.json`, in the current version or in an earlier one from 2 on, and checks its digest, which files from
    /// before version 4.2 do not have.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Json`], [`Error::UnsupportedVersion`], or [`Error::Invalid`] for a file that was changed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&read(path)?, &path.display().to_string())
    }

    /// As [`BundleConfig::read`], from the file's text; `what` names it in errors.
    ///
    /// # Errors
    ///
    /// As [`BundleConfig::read`], but for [`Error::Io`].
    pub fn parse(text: &[u8], what: &str) -> Result<Self, Error> {
        let mut document = digests::checked_document(text, what)?;
        let found = document.get("schema_version").and_then(Value::as_u64);
        match found {
            Some(2) => {
                for place in ["/model", "/training/model", "/training/objective"] {
                    upgrade::reference(&mut document, place);
                }
                document["schema_version"] = super::VERSION.into();
            }
            // Version 4 changed the figures, which this file has none of.
            Some(3) => document["schema_version"] = super::VERSION.into(),
            // Without a version it is not such a file; deserialization then reports the missing field.
            Some(super::VERSION) | None => {}
            Some(found) => {
                let what = what.to_owned();
                return Err(Error::UnsupportedVersion { what, found, supported: super::VERSION });
            }
        }
        let config =
            Self::deserialize(document).map_err(|source| Error::Json { what: what.to_owned(), source })?;
        config.check().map_err(|reason| Error::Invalid { artifact: what.to_owned(), reason })?;
        Ok(config)
    }

    /// Checks what decides how predictions are turned into answers: anybody can compute the digests of a changed file.
    fn check(&self) -> Result<(), Invalid> {
        let field = |field: &str, holds: bool, found: String, expected: &str| match holds {
            true => Ok(()),
            false => Err(Invalid { field: field.to_owned(), found, expected: expected.to_owned() }),
        };
        let Self { kind, temperature, decision_balance: balance, .. } = self;
        field("kind", kind == Self::KIND, format!("{kind:?}"), "\"final_model\"")?;
        let usable = temperature.is_none_or(|value| value.is_normal() && value > 0.0);
        field("temperature", usable, format!("{temperature:?}"), "a positive number, or none")?;
        let share = (0.0..=1.0).contains(balance);
        field("decision_balance", share, balance.to_string(), "a number from 0 to 1")
    }
}

/// The objects that a final model derives from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// The bundle.
    pub model_bundle: ModelBundleId,
    /// The chosen configuration.
    pub best_configuration: BestConfigurationId,
    /// Its cross-validation.
    pub cross_validation: CrossValidationId,
    /// Its trial.
    pub trial: AnyTrialId,
    /// Its study.
    pub study: AnyStudyId,
    /// The preprocessing.
    pub preprocessing: PreprocessingId,
    /// The seal.
    pub seal: SealId,
    /// The full snapshot.
    pub snapshot: SnapshotId,
}

/// `metrics.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleMetrics {
    /// Always `final_metrics`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// What the figures say, in sentences.
    pub verdict: String,
    /// The figures on the test set.
    pub test: TestMetrics,
    /// How often this test set, identified by snapshot and first test row, had been opened by the time the figures were
    /// computed, this time included, over all runs of the workspace.
    pub test_set_openings: usize,
    /// How often rows of it had been opened as part of another test set: the same snapshot with another first row.
    pub overlapping_openings: usize,
    /// Whether no row of it had been opened before.
    pub untouched: bool,
    /// The cross-validation of the chosen configuration.
    pub cross_validation: CvSummary,
}

/// A final model's directory.
#[derive(Debug, Clone)]
pub struct ModelDirectory {
    path: PathBuf,
}

impl ModelDirectory {
    /// Uses `path`, whether it exists or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file of the directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The files of a complete directory.
    pub const FILES: [&str; 5] =
        ["model.safetensors", "config.json", "preprocessing.json", "metrics.json", "README.md"];

    /// Checks a file of the directory against its digest in `config.json`. One that is not there passes: a model can be
    /// used without its card.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if it cannot be read, [`Error::Damaged`] naming the file if it was changed.
    pub fn check(&self, name: &str, expected: Digest) -> Result<(), Error> {
        let path = self.file(name);
        let bytes = match read(&path) {
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let found = digests::of_file(name, &bytes);
        if found == expected {
            return Ok(());
        }
        Err(Error::Damaged { id: expected, found: format!("{} has digest {found}", path.display()) })
    }

    /// Whether all files exist.
    pub fn is_complete(&self) -> bool {
        Self::FILES.iter().all(|name| self.file(name).is_file())
    }
}

/// The files of a final model, in the order of writing: `config.json` comes last, so that a directory that has it is
/// complete.
///
/// # Errors
///
/// Those of [`load`], and [`Error::Ledger`] if the ledger, which counts the openings of the test set, or the trial log
/// is broken.
pub fn final_model(
    store: &dyn ObjectStore,
    ledger: &Ledger,
    run: &Run,
    id: ModelBundleId,
) -> Result<Vec<ViewFile>, Error> {
    let envelope = load_envelope(store, id)?;
    let bundle = &envelope.payload;
    let best: BestConfiguration = load(store, bundle.best_configuration)?;
    let seal: Seal = load(store, best.seal)?;
    let openings = openings(store, ledger, run, &best, (id, bundle.best_configuration))?;
    let trials = trials_before(store, run, &best)?;
    let verdict = Verdict::of(&Situation::of(&best, &bundle.test, openings, trials));
    let metrics = BundleMetrics {
        kind: "final_metrics".to_owned(),
        schema_version: super::VERSION,
        verdict: verdict.text(),
        test: bundle.test.clone(),
        test_set_openings: openings.of_this,
        overlapping_openings: openings.overlapping,
        untouched: openings.untouched(),
        cross_validation: best.cv_results.summary.clone(),
    };
    let card = model_card::model_card(&best, bundle, &seal, &verdict);
    let others = [
        ("model.safetensors", store.get(&bundle.weights)?),
        ("preprocessing.json", stored_object(store, best.cv_results.preprocessing)?),
        ("metrics.json", pretty_json(&metrics)?),
        ("README.md", card.into_bytes()),
    ];
    let digest = |(name, bytes): &(&str, Vec<u8>)| ((*name).to_owned(), digests::of_file(name, bytes));
    let files = others.iter().map(digest).collect();
    let plan = ledger.plan_scored(run.name(), bundle.best_configuration, stored_figures(store, id)?)?;
    let data = plan.map(|plan| load(store, plan).map(|plan| data_settings(&plan))).transpose()?;
    let config = checked_json(&config(id, &envelope, &best, &seal, data, files)?)?;
    let directory = ModelDirectory::new(run.final_model());
    let all = others.into_iter().chain([("config.json", config)]);
    Ok(all.map(|(name, bytes)| ViewFile::new(directory.file(name), bytes)).collect())
}

/// How many trials had been finished on the development rows when a configuration was chosen; `None` for the trials of an older
/// pipeline, which did not log them.
///
/// # Errors
///
/// Those of [`load`] for the study, and [`Error::Ledger`] if the trial log is broken or lacks a trial of the study: it would
/// count too few, and the verdict would be too good.
pub fn trials_before(
    store: &dyn ObjectStore,
    run: &Run,
    best: &BestConfiguration,
) -> Result<Option<usize>, Error> {
    let AnyStudy::Native(study) = Parents::new(store).study(best.study)? else {
        return Ok(None);
    };
    let log = run.trial_log();
    // A lost trial is no reason to withhold the model.
    let trials: Vec<Trial> = study.trials.iter().filter_map(|id| load(store, *id).ok()).collect();
    log.covers(study.study_key, &trials)?;
    // Up to this study's last trial, so that the card of an earlier result does not change with later trials.
    log.trials_until(best.split.development_snapshot, study.study_key, study.trials.len()).map(Some)
}

/// The settings of a plan's section `data`, by their key in it.
fn data_settings(plan: &FrozenPlan) -> FlatSettings {
    let own = |(key, value): (&String, &Value)| Some((key.strip_prefix("data.")?.to_owned(), value.clone()));
    plan.settings.iter().filter_map(own).collect()
}

fn config(
    id: ModelBundleId,
    envelope: &Envelope<ModelBundle>,
    best: &BestConfiguration,
    seal: &Seal,
    data: Option<FlatSettings>,
    files: BTreeMap<String, Digest>,
) -> Result<BundleConfig, Error> {
    let bundle = &envelope.payload;
    // Envelopes need no engine version in general, but the weights' numbers depend on it.
    let engine_version = envelope.producer.engine_version.ok_or_else(|| Error::Invalid {
        artifact: format!("model_bundle {}", id.short()),
        reason: Invalid {
            field: "producer.engine_version".to_owned(),
            found: "absent".to_owned(),
            expected: "the version of the engine that fitted the weights".to_owned(),
        },
    })?;
    Ok(BundleConfig {
        kind: BundleConfig::KIND.to_owned(),
        schema_version: super::VERSION,
        schema_minor: digests::MINOR,
        engine_version,
        weights: bundle.weights,
        model: best.model.clone(),
        params: best.params.clone(),
        tickers: best.preprocessing.tickers.clone(),
        ticker_embedding: best.preprocessing.ticker_embedding,
        training: best.training.clone(),
        decision_balance: best.cv_results.decision_balance,
        temperature: best.cv_results.temperature,
        alignment: seal.alignment,
        columns: seal.source.columns.clone(),
        data,
        files,
        epochs_trained: bundle.epochs_trained,
        lineage: Lineage {
            model_bundle: id,
            best_configuration: bundle.best_configuration,
            cross_validation: best.cross_validation,
            trial: best.trial,
            study: best.study,
            preprocessing: best.cv_results.preprocessing,
            seal: best.seal,
            snapshot: seal.snapshot,
        },
    })
}

/// How often the test set had been opened by the time these figures were computed, according to the ledger. Later
/// openings do not count: the view of an earlier result must not change.
fn openings(
    store: &dyn ObjectStore,
    ledger: &Ledger,
    run: &Run,
    best: &BestConfiguration,
    (id, tested): (ModelBundleId, BestConfigurationId),
) -> Result<Openings, Error> {
    let figures = stored_figures(store, id)?;
    ledger.openings_until_scored(best.snapshot, best.split.split_row, run.name(), tested, figures)
}
