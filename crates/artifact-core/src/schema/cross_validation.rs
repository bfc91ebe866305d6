//! One configuration on k folds.

use super::figures::{mean, sample_deviation};
use super::planned::Planned;
use super::upgrade;
use super::{
    AnyTrial, AnyTrialId, ClassWeights, EpochRecord, Evaluation, FittedScaler, Hyperparameters,
    ImportedTrial, NumberFigures, PreprocessingId, SplitPlan, SplitPlanId, Trial,
};
use crate::component::Component;
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, close, ensure, ensure_close};
use crate::id::{Digest, Id};
use crate::index_set::IndexSet;
use crate::parents::{Contradiction, Parents, agree, same};
use crate::schema::split::label_overlap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The id of a [`CrossValidation`].
pub type CrossValidationId = Id<CrossValidation>;

/// The cross-validation of one configuration inside the development rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CrossValidation {
    /// The trial whose configuration it is, an imported one for older results; for the baseline the trial whose data
    /// it shares.
    pub trial: AnyTrialId,
    /// That trial's number.
    pub trial_number: u64,
    /// Whether the configuration may be chosen.
    pub role: Role,
    /// The model.
    pub model: Component,
    /// The configuration.
    pub params: Hyperparameters,
    /// The split.
    pub split: SplitPlanId,
    /// The preprocessing.
    pub preprocessing: PreprocessingId,
    /// Whether split and preprocessing had to be rebuilt because the trial's own were missing.
    pub regenerated: bool,
    /// The splitter that cut the development sequences.
    pub method: Component,
    /// Whether each fold used the frozen scaler and class weights (`false`) or its own (`true`).
    pub refitted_preprocessing: bool,
    /// The metric that is maximised.
    pub objective: Component,
    /// The epochs each fold was trained for.
    pub epochs_trained: u64,
    /// The epoch whose mean objective over the folds is highest, from 1: how long the final fit trains.
    pub epochs_to_train: u64,
    /// The balance of the decision between classes, from 0, the most probable class, to 1, the class whose probability most
    /// exceeds its frequency; left out when it is 0.
    #[serde(default, skip_serializing_if = "is_most_probable")]
    pub decision_balance: f64,
    /// The temperature of its probabilities, above 0, with the least log loss over all folds; left out where none was fitted. The
    /// figures of the folds, on whose rows it was fitted, are those of the probabilities before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The folds, each evaluated at `epochs_to_train`.
    pub folds: Vec<FoldResult>,
    /// Means and deviations over the folds.
    pub summary: CvSummary,
    /// What the folds say along each backtest path: a way through all evaluated sequences, each evaluated by one of the folds that
    /// hold it. One path where each sequence is evaluated once; empty in results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathFigures>,
}

/// The figures along one backtest path, at the chosen epoch (Lopez de Prado, *Advances in Financial Machine Learning*, 2018,
/// chapter 12). They spread by which rows a model was trained on, and share the luck of the choice with the folds' figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PathFigures {
    /// The mean objective over the path's segments; null where one has none.
    pub objective: Option<f64>,
    /// What the path's decisions would have earned; null without prices.
    pub returns: Option<PathReturns>,
}

/// What the decisions of a backtest path would have earned, after cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PathReturns {
    /// The number of returns.
    pub bars: u64,
    /// The bars of a year.
    pub bars_per_year: f64,
    /// The mean return per bar, a fraction of the capital.
    pub mean_return: f64,
    /// The annualised Sharpe ratio; null where returns do not vary.
    pub sharpe: Option<f64>,
    /// The largest fall of the compounded returns from their peak, a fraction from 0 to 1.
    pub max_drawdown: f64,
}

impl PathReturns {
    fn validate(&self) -> Result<(), Invalid> {
        ensure(self.bars > 0, "bars", self.bars, "at least 1")?;
        ensure(self.bars_per_year > 0.0, "bars_per_year", self.bars_per_year, "a number above 0")?;
        let inside = (0.0..=1.0).contains(&self.max_drawdown);
        ensure(inside, "max_drawdown", self.max_drawdown, "a number from 0 to 1")
    }
}

pub(super) fn is_most_probable(balance: &f64) -> bool {
    *balance == 0.0
}

pub(super) fn validate_temperature(temperature: Option<f64>) -> Result<(), Invalid> {
    let value = temperature.unwrap_or(1.0);
    ensure(value > 0.0, "temperature", value, "a number above 0")
}

pub(super) fn validate_balance(balance: f64) -> Result<(), Invalid> {
    ensure((0.0..=1.0).contains(&balance), "decision_balance", balance, "a number from 0 to 1")
}

/// Whether a cross-validated configuration may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// One of the best trials.
    Candidate,
    /// The linear model, for comparison.
    Baseline,
}

/// One fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoldResult {
    /// The fold, from 1.
    pub fold: u64,
    /// The sequences it trained on, after purge and embargo.
    pub train: IndexSet,
    /// The sequences it was evaluated on: one block or several, as the splitter cut them.
    pub evaluated: IndexSet,
    /// Its own scaler and class weights; present exactly where it did not use the frozen ones.
    pub refitted: Option<Refitted>,
    /// The digest of its weights before training.
    pub initial_weights: Digest,
    /// The figures at the chosen epoch.
    pub evaluation: Evaluation,
    /// The learning curve.
    pub history: Vec<EpochRecord>,
}

/// What a fold fitted on its own training sequences, instead of the frozen scaler and class weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refitted {
    /// The scaler.
    pub scaler: FittedScaler,
    /// The class weights of the loss.
    pub class_weights: ClassWeights,
    /// The scale of numbers to predict; left out where classes are predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_scale: Option<f64>,
}

/// Means and sample standard deviations over folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CvSummary {
    /// The mean objective.
    pub avg_objective: f64,
    /// Its sample standard deviation (n - 1).
    pub std_objective: f64,
    /// The mean accuracy.
    pub avg_accuracy: f64,
    /// Its sample standard deviation (n - 1).
    pub std_accuracy: f64,
    /// The mean over folds of the strategy's mean return per bar after cost; in results of earlier versions, of the mean return per
    /// decision.
    pub avg_return: f64,
}

impl Payload for CrossValidation {
    const KIND: &'static str = "cross_validation";

    const VERSIONS: &'static [Version] = &[
        Version::FIRST,
        Version::COMPONENTS,
        Version { major: 3, minor: 1, change: NumberFigures::CHANGE },
        Version {
            major: 3,
            minor: 2,
            change: "The balance of the decision between classes, where it is tuned.",
        },
        Version { major: 4, minor: 0, change: Evaluation::CHANGE },
        Version {
            major: 4,
            minor: 1,
            change: "Backtest paths, the temperature of probabilities, and bid-ask spread and market impact, where they are charged.",
        },
    ];

    fn minor(&self) -> u64 {
        let charged = self.folds.iter().map(|fold| fold.evaluation.minor()).max().unwrap_or(0);
        charged.max(u64::from(self.temperature.is_some() || !self.paths.is_empty()))
    }

    fn upgrade(from: u64, payload: Value) -> Result<Value, Invalid> {
        upgrade::cross_validation(from, payload)
    }

    fn parents(&self) -> Vec<Digest> {
        vec![self.trial.digest(), self.split.digest(), self.preprocessing.digest()]
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.model.validate("model")?;
        self.objective.validate("objective")?;
        self.params.validate("params")?;
        ensure(self.folds.len() >= 2, "folds", self.folds.len(), "at least 2 folds")?;
        self.method.validate("method")?;
        for (place, fold) in self.folds.iter().enumerate() {
            let field = format!("folds[{place}]");
            let number = place as u64 + 1;
            ensure(fold.fold == number, &format!("{field}.fold"), fold.fold, number)?;
            fold.validate().map_err(|invalid| invalid.within(&field))?;
            let presence = |present: bool| if present { "present" } else { "absent" };
            let (found, expected) = (fold.refitted.is_some(), self.refitted_preprocessing);
            ensure(found == expected, &format!("{field}.refitted"), presence(found), presence(expected))?;
            let length = fold.history.len() as u64;
            ensure(length == self.epochs_trained, &format!("{field}.history"), length, self.epochs_trained)?;
        }
        validate_balance(self.decision_balance)?;
        validate_temperature(self.temperature)?;
        for (place, path) in self.paths.iter().enumerate() {
            let field = format!("paths[{place}].returns");
            path.returns
                .iter()
                .try_for_each(PathReturns::validate)
                .map_err(|invalid| invalid.within(&field))?;
        }
        self.validate_epoch()?;
        self.validate_summary().map_err(|invalid| invalid.within("summary"))
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let planned = parents.planned(self.split, self.preprocessing, &self.params)?;
        match parents.trial(self.trial)? {
            AnyTrial::Native(trial) => self.verify_trial(&trial, &planned.split)?,
            AnyTrial::Imported(trial) => self.verify_imported(&trial, &planned)?,
        }
        let split = &planned.split;
        for (place, fold) in self.folds.iter().enumerate() {
            let at = |name: &str| format!("folds[{place}].{name}");
            for (name, set) in [("train", &fold.train), ("evaluated", &fold.evaluated)] {
                let inside = set.is_subset(&split.development);
                ensure(
                    inside,
                    &at(name),
                    "outside development",
                    "a part of the split's development sequences",
                )?;
            }
            let off_limits = split.off_limits(&fold.evaluated);
            let expected = format!("none of {off_limits}, by purge and embargo");
            ensure(fold.train.is_disjoint(&off_limits), &at("train"), &fold.train, expected)?;
            planned.holds(&fold.evaluation, fold.evaluated.len(), &at("evaluation"))?;
            if let Some(refitted) = &fold.refitted {
                let inputs = split.input_rows(&fold.train);
                let fitted = &refitted.scaler.fitted_rows;
                let expected = format!("rows of {inputs}, which the fold's training sequences read");
                ensure(fitted.is_subset(&inputs), &at("refitted.scaler.fitted_rows"), fitted, expected)?;
            }
        }
        Ok(())
    }
}

impl CrossValidation {
    /// How many training sequences of all folds have a label that reads a row of an evaluated label: 0 when purged.
    pub fn label_overlap(&self) -> usize {
        let of_fold =
            |fold: &FoldResult| label_overlap(&fold.train, &fold.evaluated, self.params.time_window);
        self.folds.iter().map(of_fold).sum()
    }

    /// The largest number of models that evaluate any one sequence, which is the number of backtest paths: 1 if each
    /// sequence is evaluated once.
    pub fn paths(&self) -> usize {
        let mut times: BTreeMap<usize, usize> = BTreeMap::new();
        for sequence in self.folds.iter().flat_map(|fold| fold.evaluated.iter()) {
            *times.entry(sequence).or_default() += 1;
        }
        times.into_values().max().unwrap_or(0)
    }

    /// How many sequences are evaluated, each counted once.
    pub fn evaluated(&self) -> usize {
        self.folds.iter().flat_map(|fold| fold.evaluated.iter()).collect::<IndexSet>().len()
    }

    /// Checks what it states about a trial of this program.
    fn verify_trial(&self, trial: &Trial, split: &SplitPlan) -> Result<(), Invalid> {
        agree("trial_number", self.trial_number, trial.number, "the trial")?;
        if self.role == Role::Candidate {
            ensure(self.params == trial.params, "params", "different values", "the trial's")?;
            agree("model", &self.model, &trial.model, "the trial")?;
        }
        let (found, seen) = (split.development_snapshot, trial.development_snapshot);
        same("split.development_snapshot", found, seen, "the trial")?;
        if !self.regenerated {
            ensure(trial.split == Some(self.split), "split", self.split.short(), "the trial's own")?;
            let own = trial.preprocessing == Some(self.preprocessing);
            ensure(own, "preprocessing", self.preprocessing.short(), "the trial's own")?;
        }
        Ok(())
    }

    /// Checks what it states about an imported trial. There are no bars behind one, so artifacts that are not
    /// regenerated must repeat what the trial states.
    fn verify_imported(&self, trial: &ImportedTrial, planned: &Planned) -> Result<(), Invalid> {
        agree("trial_number", self.trial_number, trial.number, "the imported trial")?;
        if self.role == Role::Candidate {
            let params = trial.hyperparameters()?;
            ensure(self.params == params, "params", "different values", "the imported trial's")?;
        }
        match trial.artifacts.as_ref().filter(|artifacts| artifacts.is_complete()) {
            Some(own) if !self.regenerated => own.agrees_with_native(&planned.split, &planned.preprocessing),
            _ => Ok(()),
        }
    }

    /// Checks that the chosen epoch has the highest mean objective.
    fn validate_epoch(&self) -> Result<(), Invalid> {
        let (epochs, chosen) = (self.epochs_trained, self.epochs_to_train);
        let inside = (1..=epochs).contains(&chosen);
        ensure(inside, "epochs_to_train", chosen, format!("an epoch from 1 to {epochs}"))?;
        let means: Vec<f64> = (0..self.folds.first().map_or(0, |fold| fold.history.len()))
            .map(|epoch| mean(&self.objectives_at(epoch)))
            .collect();
        let place = chosen as usize - 1;
        let reached = means.get(place).copied().unwrap_or(f64::NEG_INFINITY);
        // A mean that is higher by rounding alone does not refute the choice.
        let better = means.iter().position(|&mean| mean > reached && !close(mean, reached));
        let expected =
            format!("epoch {}, whose mean objective is higher", better.map_or(0, |epoch| epoch + 1));
        ensure(better.is_none(), "epochs_to_train", chosen, expected)
    }

    /// The objective of each fold at an epoch, counted from 0.
    fn objectives_at(&self, epoch: usize) -> Vec<f64> {
        self.folds.iter().filter_map(|fold| fold.history.get(epoch)?.objective).collect()
    }

    fn validate_summary(&self) -> Result<(), Invalid> {
        let column = |figure: fn(&Evaluation) -> f64| -> Vec<f64> {
            self.folds.iter().map(|fold| figure(&fold.evaluation)).collect()
        };
        // Only the metric knows whether the recorded objectives follow from the evaluations.
        let objectives = self.objectives_at(self.epochs_to_train as usize - 1);
        let accuracies = column(|evaluation| evaluation.accuracy);
        let returns = column(Evaluation::mean_return);
        let summary = &self.summary;
        for (field, found, expected) in [
            ("avg_objective", summary.avg_objective, mean(&objectives)),
            ("std_objective", summary.std_objective, sample_deviation(&objectives)),
            ("avg_accuracy", summary.avg_accuracy, mean(&accuracies)),
            ("std_accuracy", summary.std_accuracy, sample_deviation(&accuracies)),
            ("avg_return", summary.avg_return, mean(&returns)),
        ] {
            ensure_close(found, expected, field, "the folds")?;
        }
        Ok(())
    }
}

impl FoldResult {
    fn validate(&self) -> Result<(), Invalid> {
        ensure(!self.train.is_empty(), "train", "empty", "at least one sequence")?;
        ensure(!self.evaluated.is_empty(), "evaluated", "empty", "at least one sequence")?;
        ensure(self.train.is_disjoint(&self.evaluated), "train", "overlapping", "disjoint from evaluated")?;
        if let Some(refitted) = &self.refitted {
            refitted.validate().map_err(|invalid| invalid.within("refitted"))?;
        }
        EpochRecord::validate_curve(&self.history, true, "history")?;
        self.evaluation.validate("evaluation")
    }
}

impl Refitted {
    fn validate(&self) -> Result<(), Invalid> {
        self.scaler.validate_rows().map_err(|invalid| invalid.within("scaler"))?;
        self.class_weights.validate().map_err(|invalid| invalid.within("class_weights"))
    }
}
