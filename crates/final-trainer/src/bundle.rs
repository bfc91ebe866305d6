//! The final model's directory: weights, configuration, preprocessing, metrics, model card.

use crate::model_card::model_card;
use artifact_core::config::TrainingConfig;
use artifact_core::files::{read, read_json, write_atomically, write_json};
use artifact_core::schema::{
    Alignment, BestConfiguration, BestConfigurationId, CrossValidationId, CvSummary, Hyperparameters,
    ModelBundle, ModelBundleId, ModelKind, Preprocessing, PreprocessingId, Seal, SealId, SnapshotId, StudyId,
    TestMetrics, TrialId,
};
use artifact_core::views::{read_object, write_object};
use artifact_core::{Digest, Error, ObjectStore, SCHEMA_VERSION, load, load_envelope};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use trainer_core::ENGINE_VERSION;

/// `config.json`: what is needed to use the weights, and where they come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleConfig {
    /// Always `final_model`.
    pub kind: String,
    /// The schema version.
    pub schema_version: u64,
    /// The version of the engine that fitted the weights.
    pub engine_version: u32,
    /// The digest of `model.safetensors`.
    pub weights: Digest,
    /// The model.
    pub model: ModelKind,
    /// Its hyperparameters.
    pub params: Hyperparameters,
    /// The tickers, in the order of the model's inputs and outputs.
    pub tickers: Vec<String>,
    /// How models were trained and scored.
    pub training: TrainingConfig,
    /// How the tickers were put on one time axis.
    pub alignment: Alignment,
    /// The epochs trained.
    pub epochs_trained: u64,
    /// The objects it was made from.
    pub lineage: Lineage,
}

/// The objects a final model was made from.
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
    pub trial: TrialId,
    /// Its study.
    pub study: StudyId,
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
    /// The figures on the test set.
    pub test: TestMetrics,
    /// How often this test set had been opened when the file was written, this time included. From the second
    /// opening on, the figures are no longer those of an untouched test set.
    pub test_set_openings: usize,
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

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The files of a whole directory.
    pub const FILES: [&str; 5] =
        ["model.safetensors", "config.json", "preprocessing.json", "metrics.json", "README.md"];

    /// Whether every file is there.
    pub fn is_complete(&self) -> bool {
        Self::FILES.iter().all(|name| self.file(name).is_file())
    }

    /// Writes the directory from the store; `config.json` comes last, so that a directory with it is whole.
    ///
    /// # Errors
    ///
    /// As [`artifact_core::load`], and [`Error::Io`].
    pub fn write(&self, store: &dyn ObjectStore, id: ModelBundleId, openings: usize) -> Result<(), Error> {
        let bundle: ModelBundle = load(store, id)?;
        let best: BestConfiguration = load(store, bundle.best_configuration)?;
        let seal: Seal = load(store, best.seal)?;
        let preprocessing = best.cv_results.preprocessing;
        write_atomically(&self.file("model.safetensors"), &store.get(&bundle.weights)?)?;
        write_object(
            &self.file("preprocessing.json"),
            &load_envelope::<Preprocessing>(store, preprocessing)?,
        )?;
        let metrics = BundleMetrics {
            kind: "final_metrics".to_owned(),
            schema_version: SCHEMA_VERSION,
            test: bundle.test.clone(),
            test_set_openings: openings,
            cross_validation: best.cv_results.summary.clone(),
        };
        write_json(&self.file("metrics.json"), &metrics)?;
        let card = model_card(&best, &bundle, &seal, openings);
        write_atomically(&self.file("README.md"), card.as_bytes())?;
        let config = BundleConfig {
            kind: "final_model".to_owned(),
            schema_version: SCHEMA_VERSION,
            engine_version: ENGINE_VERSION,
            weights: bundle.weights,
            model: best.model,
            params: best.params.clone(),
            tickers: best.preprocessing.tickers.clone(),
            training: best.training.clone(),
            alignment: seal.alignment,
            epochs_trained: bundle.epochs_trained,
            lineage: Lineage {
                model_bundle: id,
                best_configuration: bundle.best_configuration,
                cross_validation: best.cross_validation,
                trial: best.trial,
                study: best.study,
                preprocessing,
                seal: best.seal,
                snapshot: seal.snapshot,
            },
        };
        write_json(&self.file("config.json"), &config)
    }

    /// Reads configuration, preprocessing and weights, and checks that they belong together.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] for a missing file; [`Error::Damaged`] when a file is not the one that `config.json` names;
    /// [`Error::UnsupportedVersion`] for another schema or engine version.
    pub fn read(&self) -> Result<(BundleConfig, Preprocessing, Vec<u8>), Error> {
        let path = self.file("config.json");
        let config: BundleConfig = read_json(&path)?;
        let what = path.display();
        for (name, found, supported) in [
            ("schema", config.schema_version, SCHEMA_VERSION),
            ("engine", config.engine_version.into(), ENGINE_VERSION.into()),
        ] {
            if found != supported {
                return Err(Error::UnsupportedVersion { what: format!("{what} ({name})"), found, supported });
            }
        }
        let (id, preprocessing) = read_object::<Preprocessing>(&self.file("preprocessing.json"))?;
        let belongs = |file: &str, found: Digest, expected: Digest| {
            if found == expected {
                return Ok(());
            }
            Err(Error::Damaged {
                id: expected,
                found: format!("{} has digest {found}", self.file(file).display()),
            })
        };
        belongs("preprocessing.json", id.digest(), config.lineage.preprocessing.digest())?;
        let weights = read(&self.file("model.safetensors"))?;
        belongs("model.safetensors", Digest::of(&weights), config.weights)?;
        Ok((config, preprocessing, weights))
    }
}
