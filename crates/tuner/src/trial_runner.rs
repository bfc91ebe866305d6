//! The function that a study maximises: one trial, from its hyperparameters to its score.

use crate::pruners::{Curve, Judge};
use crate::stopping::{halves, stopping_bias};
use artifact_core::schema::{
    DailyReturns, EpochRecord, Evaluation, Hyperparameters, PreprocessingId, Pruning, Seal, SplitPlanId,
    Trial, TrialMetrics, TrialState,
};
use artifact_core::seed::FitSeed;
use artifact_core::{Digest, Error, ObjectStore};
use data_loader::{Dataset, DatasetError, SampleWeights, Windows};
use settings::Config;
use std::panic::{AssertUnwindSafe, catch_unwind};
use trainer_core::{
    CheckpointError, Checkpoints, Control, FitConfig, FitError, FitOutcome, Observer, PredictError,
    SavedFitError, Shape, Training, Weights, predict, strategy,
};

/// Runs the trials of a study: holds what they all share.
pub struct TrialRunner<'a> {
    /// The object store.
    pub store: &'a dyn ObjectStore,
    /// The sealed data.
    pub seal: &'a Seal,
    /// The rows before the test rows.
    pub dataset: &'a Dataset,
    /// The configuration.
    pub config: &'a Config,
    /// The models, of which each trial fits one, with the objective that is maximised; at least one.
    pub trainings: &'a [Training],
    /// The study's key.
    pub study_key: Digest,
    /// Where unfinished fits are saved.
    pub checkpoints: &'a Checkpoints,
}

/// A trial to run.
#[derive(Debug, Clone)]
pub struct Request {
    /// The trial's number.
    pub number: u64,
    /// The name of the stage that suggested it.
    pub stage: String,
    /// The largest number of epochs.
    pub epochs: u64,
    /// The name of its model.
    pub model: String,
    /// Its hyperparameters.
    pub params: Hyperparameters,
}

/// Why a trial failed. It is recorded, and the study continues.
#[derive(Debug, thiserror::Error)]
enum TrialError {
    #[error(transparent)]
    Data(#[from] DatasetError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Checkpoint(Error),
    #[error(transparent)]
    Predict(#[from] PredictError),
    #[error("the fit panicked: {0}")]
    Panic(String),
}

impl From<SavedFitError> for TrialError {
    fn from(error: SavedFitError) -> Self {
        match error {
            SavedFitError::Fit(error) => TrialError::Fit(error),
            SavedFitError::File(error) => TrialError::Checkpoint(error),
        }
    }
}

/// The artifacts that a trial was fitted from, as far as it got: a failed trial names those it has.
#[derive(Default)]
struct Inputs {
    split: Option<SplitPlanId>,
    preprocessing: Option<PreprocessingId>,
}

impl TrialRunner<'_> {
    /// Runs a trial, which `judge` may stop early. A failed trial is a result too, but has no weights.
    ///
    /// # Errors
    ///
    /// Only when an artifact or a checkpoint cannot be read or written: that says nothing about the trial.
    pub fn run(
        &self,
        request: &Request,
        judge: &Judge,
        observer: &mut dyn Observer,
    ) -> Result<(Trial, Option<Weights>), Error> {
        let mut inputs = Inputs::default();
        let mut judged = Judged::new(request, judge, observer);
        // A panic in one fit must not end the study: it is recorded as this trial's failure.
        let fitted = catch_unwind(AssertUnwindSafe(|| self.fit(request, &mut inputs, &mut judged)))
            .unwrap_or_else(|panic| Err(TrialError::Panic(panic_text(&*panic))));
        let (metrics, weights, error) = match fitted {
            Ok((outcome, returns)) => {
                let returns = self.store.put(&returns.to_bytes())?;
                (Some(self.metrics(&outcome, returns)), Some(outcome.weights), None)
            }
            Err(TrialError::Data(DatasetError::Artifact(error)) | TrialError::Checkpoint(error)) => {
                return Err(error);
            }
            Err(error) => (None, None, Some(error.to_string())),
        };
        // A pruned fit whose predictions then fail is a failed trial, not a pruned one.
        let pruning = judged.pruning().filter(|_| metrics.is_some());
        let trial = Trial {
            study_key: self.study_key,
            number: request.number,
            stage: request.stage.clone(),
            model: self.training(request).model.component.clone(),
            seed: self.config.seed,
            params: request.params.clone(),
            development_snapshot: self.seal.development,
            split: inputs.split,
            preprocessing: inputs.preprocessing,
            state: match (&metrics, &pruning) {
                (None, _) => TrialState::Failed,
                (Some(_), Some(_)) => TrialState::Pruned,
                (Some(_), None) => TrialState::Complete,
            },
            error,
            metrics,
            pruning,
        };
        Ok((trial, weights))
    }

    /// The model that a trial fits; the first one if none has the requested name.
    fn training(&self, request: &Request) -> &Training {
        let named = |training: &&Training| training.model.component.name == request.model;
        self.trainings.iter().find(named).unwrap_or(&self.trainings[0])
    }

    fn fit(
        &self,
        request: &Request,
        inputs: &mut Inputs,
        observer: &mut dyn Observer,
    ) -> Result<(FitOutcome, DailyReturns), TrialError> {
        let params = &request.params;
        let planned = self.dataset.store_plan(self.store, self.seal, self.config, Windows::from(params))?;
        inputs.split = Some(planned.split_id);
        inputs.preprocessing = Some(planned.preprocessing_id);
        let prepared = self.dataset.prepare(params.seq_length, &planned.preprocessing)?;
        let seed = FitSeed { root: self.config.seed, trial: request.number, fold: 0 };
        let weights = SampleWeights::from(&self.training(request).settings);
        let train = prepared.training_sequences(&planned.split.train, weights);
        let validation = prepared.sequences(&planned.split.validation);
        let config = FitConfig {
            patience: Some(self.config.training.patience),
            segments: halves(validation.len(), params.time_window),
            ..FitConfig::new(
                &self.training(request).model,
                params,
                self.training(request),
                &planned.preprocessing.class_weights,
                request.epochs as usize,
            )
            .map_err(FitError::from)?
        };
        let name = format!("trial-{:05}", request.number);
        let outcome = self.checkpoints.fit(&name, &config, &train, Some(&validation), seed, observer)?;
        let shape = Shape::of(&validation);
        let predictions = predict(&config.model, shape, &outcome.weights, &validation)?;
        // The same rows whatever the trial's windows, so that the returns of all trials can be compared.
        let rows = planned.split.validation_row + 1..planned.split.split_row;
        let returns = match strategy(predictions.values.view(), &validation, &config.decision, &config.costs)
        {
            Some(strategy) => strategy.returns_on(rows),
            None => DailyReturns { values: vec![0.0; rows.len()] },
        };
        Ok((outcome, returns))
    }

    fn metrics(&self, outcome: &FitOutcome, daily_returns: Digest) -> TrialMetrics {
        let objective = &self.trainings[0].objective;
        let validation = outcome.evaluations[outcome.best_epoch - 1].clone();
        let best = &outcome.history[outcome.best_epoch - 1];
        TrialMetrics {
            objective: objective.component.clone(),
            objective_value: objective.part.value(&validation, &objective.params),
            validation_accuracy: validation.accuracy,
            training_loss: best.train_loss,
            final_loss: best.validation_loss.unwrap_or(best.train_loss),
            best_epoch: outcome.best_epoch as u64,
            epochs_trained: outcome.history.len() as u64,
            history: outcome.history.clone(),
            initial_weights: outcome.initial_weights,
            best_weights: outcome.weights.digest(),
            daily_returns,
            stopping_bias: stopping_bias(&outcome.segments),
            validation,
        }
    }
}

/// An observer that also asks the pruner after each epoch.
struct Judged<'a> {
    judge: &'a Judge,
    curve: Curve,
    pruned: bool,
    observer: &'a mut dyn Observer,
}

impl<'a> Judged<'a> {
    fn new(request: &Request, judge: &'a Judge, observer: &'a mut dyn Observer) -> Self {
        let (number, epochs_allowed) = (request.number, request.epochs);
        let curve = Curve { number, epochs_allowed, values: Vec::new(), complete: false };
        Self { judge, curve, pruned: false, observer }
    }

    fn pruning(&self) -> Option<Pruning> {
        let pruning =
            Pruning { pruner: self.judge.name().to_owned(), epochs_allowed: self.curve.epochs_allowed };
        self.pruned.then_some(pruning)
    }
}

impl Observer for Judged<'_> {
    fn epoch(&mut self, record: &EpochRecord, evaluation: Option<&Evaluation>) -> Control {
        let control = self.observer.epoch(record, evaluation);
        self.curve.values.extend(record.objective);
        // An interrupted fit is not judged yet: its epochs are replayed when it resumes.
        self.pruned = control == Control::Continue && self.judge.prunes(&self.curve);
        if self.pruned { Control::Stop } else { control }
    }

    fn resumed(&mut self, from: Result<u64, &CheckpointError>) {
        self.observer.resumed(from);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
