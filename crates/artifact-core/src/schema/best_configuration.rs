//! The chosen configuration, with everything that the final fit needs.

use super::cross_validation::{is_most_probable, validate_balance, validate_temperature};
use super::upgrade;
use super::{
    AnyStudy, AnyStudyId, AnyTrial, AnyTrialId, Calibrator, CrossValidation, CrossValidationId, Evaluation,
    Hyperparameters, Preprocessing, Role, Scope, SealId, SnapshotId, SplitPlan, SplitRule, TrainingSettings,
};
use crate::component::Component;
use crate::envelope::{Payload, Version};
use crate::error::{Invalid, ensure};
use crate::id::{Digest, Id};
use crate::parents::{Contradiction, Parents, agree, same};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The id of a [`BestConfiguration`].
pub type BestConfigurationId = Id<BestConfiguration>;

/// The one document that final-trainer reads.
///
/// Unlike those of older pipelines, it carries split, scaler and class weights, so that nothing has to be rebuilt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BestConfiguration {
    /// The sealed data.
    pub seal: SealId,
    /// The full snapshot behind the seal.
    pub snapshot: SnapshotId,
    /// The study, an imported one for older results.
    pub study: AnyStudyId,
    /// The chosen trial, imported if the study is.
    pub trial: AnyTrialId,
    /// Its number.
    pub trial_number: u64,
    /// The root seed.
    pub seed: u64,
    /// The model.
    pub model: Component,
    /// The configuration.
    pub params: Hyperparameters,
    /// How models are trained and scored.
    pub training: TrainingSettings,
    /// The metric that decided.
    pub objective: Component,
    /// The length of the learning-rate schedule, in epochs.
    pub schedule_epochs: u64,
    /// How long to train, in epochs.
    pub epochs_to_train: u64,
    /// The split.
    pub split: SplitPlan,
    /// Features, labels, scaler and class weights.
    pub preprocessing: Preprocessing,
    /// All cross-validated candidates, best first; the first is the chosen one.
    pub candidates: Vec<CrossValidationId>,
    /// The cross-validation of the chosen one.
    pub cross_validation: CrossValidationId,
    /// The cross-validation's results.
    pub cv_results: CrossValidation,
    /// The mean objective corrected for the choice: for every fold in turn, candidate, epoch and decision are chosen on the folds that
    /// share no sequence with it, and scored on it. Mostly free of the luck of the choice, unlike that of `cv_results`; not of that
    /// of the tuning that proposed the candidates. Null where no fold can score, and in results of earlier versions.
    pub corrected_objective: Option<f64>,
    /// Whether the best of the candidates is better than luck among several explains. Left out where there is nothing to test it on,
    /// and in results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superior_ability: Vec<SuperiorAbilityTest>,
    /// The linear baseline to fit alongside it.
    pub baseline: Baseline,
    /// Further baselines to fit alongside it, each of another model. Empty in results of earlier versions.
    pub further_baselines: Vec<Baseline>,
    /// Whether any of it is based on artifacts that had to be rebuilt.
    pub regenerated: bool,
}

/// A model that is fitted alongside the chosen one, for comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Baseline {
    /// Its cross-validation on the same folds.
    pub cross_validation: CrossValidationId,
    /// The model.
    pub model: Component,
    /// Its configuration.
    pub params: Hyperparameters,
    /// How long to train it, in epochs.
    pub epochs_to_train: u64,
    /// The balance of its decision between classes, as in its cross-validation; left out when it is 0.
    #[serde(default, skip_serializing_if = "is_most_probable")]
    pub decision_balance: f64,
    /// The temperature of its probabilities, as in its cross-validation; left out where none was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
}

/// A test for superior predictive ability: whether the best of the candidates is better than a benchmark, or the luckiest of
/// several (Hansen, *A Test for Superior Predictive Ability*, Journal of Business and Economic Statistics 23, 2005).
///
/// Every candidate's rows are scored by models that have not seen them, at the epoch and by the decision that the other folds
/// choose, and rows on which tuning has ranked its trials are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SuperiorAbilityTest {
    /// What is compared.
    pub of: Measure,
    /// What the candidates are compared with: the model of a baseline, or `none`, for the training frequencies of each ticker's
    /// classes (the prediction 0, where numbers are predicted) or for no position at all.
    pub benchmark: String,
    /// The number of candidates.
    pub candidates: u64,
    /// The number of the trial with the largest studentised difference.
    pub best_trial: u64,
    /// The rows or bars that all have in common.
    pub rows: u64,
    /// The mean length of the blocks that were resampled, in rows.
    pub mean_block: f64,
    /// The mean difference of that trial per row: in nats, or in the loss of predicted numbers; or a return per bar, as a fraction of
    /// the capital.
    pub difference: f64,
    /// The probability that chance alone makes the best of the candidates look this good.
    pub p_value: f64,
    /// Its lower bound, if the candidates worse than the benchmark are as good as it as far as the rows can tell.
    pub lower: f64,
    /// Its upper bound, if all candidates are just as good as the benchmark.
    pub upper: f64,
}

/// What candidates are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The loss of the task by decision row: the log loss, the squared error, or the pinball loss.
    Loss,
    /// The return after cost by bar.
    Return,
}

impl SuperiorAbilityTest {
    /// The benchmark without a model.
    pub const NO_MODEL: &'static str = "none";

    fn validate(&self) -> Result<(), Invalid> {
        ensure(self.candidates > 0, "candidates", self.candidates, "at least 1")?;
        ensure(self.rows > 0, "rows", self.rows, "at least 1")?;
        ensure(self.mean_block >= 1.0, "mean_block", self.mean_block, "a number from 1")?;
        let ordered = 0.0 <= self.lower && self.lower <= self.p_value;
        let ordered = ordered && self.p_value <= self.upper && self.upper <= 1.0;
        let found = format!("{} between {} and {}", self.p_value, self.lower, self.upper);
        ensure(ordered, "p_value", found, "probabilities in ascending order")
    }
}

impl Payload for BestConfiguration {
    const KIND: &'static str = "best_configuration";

    const VERSIONS: &'static [Version] = &[
        Version::FIRST,
        Version::COMPONENTS,
        Scope::VERSION,
        Version {
            major: 3,
            minor: 2,
            change: "The scale and the figures of predicted numbers, where a target is one, the weights of samples, \
                     where they differ, and the number of seeds, where there are several.",
        },
        Version {
            major: 3,
            minor: 3,
            change: "The rule of the decision between classes and its balance, where it is tuned, and columns that tell the \
                     tickers of inputs apart, where there are any.",
        },
        Version { major: 4, minor: 0, change: Evaluation::CHANGE },
        Version {
            major: 4,
            minor: 1,
            change: "Tests for superior predictive ability of the candidates, backtest paths, the calibration of probabilities, and \
                     bid-ask spread and market impact, where they are charged.",
        },
        Version { major: 4, minor: 2, change: "The dates of the split's boundaries may have a time of day." },
    ];

    fn minor(&self) -> u64 {
        if self.split.has_clock() {
            return 2;
        }
        let calibrated = self.baselines().any(|(_, own)| own.temperature.is_some());
        let calibrated = calibrated || self.training.calibration != Calibrator::None;
        let own = calibrated || !self.superior_ability.is_empty() || self.training.has_slippage();
        u64::from(own).max(self.cv_results.minor())
    }

    fn upgrade(from: u64, payload: Value) -> Result<Value, Invalid> {
        upgrade::best_configuration(from, payload)
    }

    fn parents(&self) -> Vec<Digest> {
        let mut parents = vec![self.seal.digest(), self.study.digest(), self.trial.digest()];
        parents.extend(self.candidates.iter().map(|id| id.digest()));
        parents.extend(self.baselines().map(|(_, own)| own.cross_validation.digest()));
        parents
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.model.validate("model")?;
        self.params.validate("params")?;
        for (field, baseline) in self.baselines() {
            baseline.validate(self.schedule_epochs).map_err(|invalid| invalid.within(&field))?;
        }
        self.training.validate().map_err(|invalid| invalid.within("training"))?;
        self.split.validate().map_err(|invalid| invalid.within("split"))?;
        self.preprocessing.validate().map_err(|invalid| invalid.within("preprocessing"))?;
        self.cv_results.validate().map_err(|invalid| invalid.within("cv_results"))?;
        for (place, test) in self.superior_ability.iter().enumerate() {
            let field = format!("superior_ability[{place}]");
            test.validate().map_err(|invalid| invalid.within(&field))?;
        }
        self.validate_choice()?;
        let (s, w) = (self.params.seq_length, self.params.time_window);
        for (field, found, expected) in [
            ("split.seq_length", self.split.seq_length, s),
            ("split.time_window", self.split.time_window, w),
            ("preprocessing.labels.time_window", self.preprocessing.labels.time_window, w),
        ] {
            ensure(found == expected, field, found, expected)?;
        }
        let (found, expected) = (self.preprocessing.split, self.cv_results.split);
        ensure(found == expected, "preprocessing.split", found.short(), expected.short())?;
        let (found, expected) = (self.preprocessing.development_snapshot, self.split.development_snapshot);
        ensure(found == expected, "preprocessing.development_snapshot", found.short(), expected.short())
    }

    fn verify(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let (seal, study) = (parents.get(self.seal)?, parents.study(self.study)?);
        same("snapshot", self.snapshot, seal.snapshot, "the seal")?;
        // Older results name no seal, objective or seed.
        if let AnyStudy::Native(study) = &study {
            same("study.seal", study.seal, self.seal, "seal")?;
            agree("objective", &self.objective, &study.objective, "the study")?;
        }
        study.holds(self.trial, self.trial_number)?;
        if let AnyTrial::Native(trial) = parents.trial(self.trial)? {
            agree("seed", self.seed, trial.seed, "the trial")?;
        }

        same("split.development_snapshot", self.split.development_snapshot, seal.development, "the seal")?;
        agree("split.rows", self.split.rows, seal.rows, "the seal")?;
        if self.split.rule == SplitRule::Calendar {
            agree("split.split_row", self.split.split_row, seal.split_row, "the seal")?;
            agree("split.split_date", self.split.split_date, seal.split_date, "the seal")?;
        }
        let own = |holds: bool, field: &str, of: &str| {
            ensure(holds, field, "different content", format!("the content of {of}"))
        };
        let cv = &self.cv_results;
        own(*parents.get(cv.split)? == self.split, "split", &format!("object {}", cv.split))?;
        let same_content = *parents.get(cv.preprocessing)? == self.preprocessing;
        own(same_content, "preprocessing", &format!("object {}", cv.preprocessing))?;
        self.verify_candidates(parents)
    }
}

impl BestConfiguration {
    /// Checks that the candidates are ranked by mean objective, and that copies equal their originals.
    fn verify_candidates(&self, parents: &Parents<'_>) -> Result<(), Contradiction> {
        let mut before = f64::INFINITY;
        for (place, &id) in self.candidates.iter().enumerate() {
            let candidate = parents.get(id)?;
            let at = |name: &str| format!("candidates[{place}].{name}");
            ensure(candidate.role == Role::Candidate, &at("role"), "baseline", "candidate")?;
            let value = candidate.summary.avg_objective;
            ensure(
                value <= before,
                &at("summary.avg_objective"),
                value,
                format!("at most {before}: best first"),
            )?;
            before = value;
            if id == self.cross_validation {
                let expected = format!("the content of object {id}");
                ensure(*candidate == self.cv_results, "cv_results", "different content", expected)?;
            }
        }
        for (field, own) in self.baselines() {
            let baseline = parents.get(own.cross_validation)?;
            own.agrees(&baseline).map_err(|invalid| invalid.within(&field))?;
        }
        Ok(())
    }

    /// The baselines, the linear one first, each with its field.
    pub fn baselines(&self) -> impl Iterator<Item = (String, &Baseline)> {
        let further = self.further_baselines.iter().enumerate();
        let further = further.map(|(place, own)| (format!("further_baselines[{place}]"), own));
        std::iter::once(("baseline".to_owned(), &self.baseline)).chain(further)
    }

    /// Checks that the chosen configuration is the one that its cross-validation describes.
    fn validate_choice(&self) -> Result<(), Invalid> {
        let cv = &self.cv_results;
        let of_cv = |value: &dyn std::fmt::Display| format!("the cross-validation's {value}");
        ensure(cv.role == Role::Candidate, "cv_results.role", "baseline", "candidate")?;
        ensure(self.trial == cv.trial, "trial", self.trial.short(), of_cv(&cv.trial.short()))?;
        ensure(self.params == cv.params, "params", "different values", "those of the cross-validation")?;
        ensure(self.model == cv.model, "model", &self.model, of_cv(&cv.model))?;
        for (field, found, objective) in [
            ("objective", &self.objective, &cv.objective),
            ("training.objective", &self.training.objective, &cv.objective),
        ] {
            ensure(found == objective, field, found, of_cv(objective))?;
        }
        ensure(self.regenerated == cv.regenerated, "regenerated", self.regenerated, of_cv(&cv.regenerated))?;
        for (field, found, expected) in [
            ("trial_number", self.trial_number, cv.trial_number),
            ("epochs_to_train", self.epochs_to_train, cv.epochs_to_train),
            ("schedule_epochs", self.schedule_epochs, cv.epochs_trained),
        ] {
            ensure(found == expected, field, found, of_cv(&expected))?;
        }
        let first = self.candidates.first() == Some(&self.cross_validation);
        ensure(first, "cross_validation", self.cross_validation.short(), "the first of candidates")?;
        let mut seen = BTreeSet::new();
        for (field, own) in self.baselines() {
            let once = seen.insert(own.cross_validation.digest());
            ensure(once, &field, format!("{}, again", own.cross_validation.short()), "each once")?;
        }
        for (place, id) in self.candidates.iter().enumerate() {
            let once = seen.insert(id.digest());
            ensure(once, &format!("candidates[{place}]"), format!("{}, again", id.short()), "each once")?;
        }
        Ok(())
    }
}

impl Baseline {
    fn validate(&self, schedule_epochs: u64) -> Result<(), Invalid> {
        self.model.validate("model")?;
        self.params.validate("params")?;
        validate_balance(self.decision_balance)?;
        validate_temperature(self.temperature)?;
        let range = format!("an epoch from 1 to {schedule_epochs}");
        let inside = (1..=schedule_epochs).contains(&self.epochs_to_train);
        ensure(inside, "epochs_to_train", self.epochs_to_train, range)
    }

    /// Checks what it copies from its cross-validation.
    fn agrees(&self, cv: &CrossValidation) -> Result<(), Invalid> {
        ensure(cv.role == Role::Baseline, "cross_validation.role", "candidate", "baseline")?;
        ensure(cv.params == self.params, "params", "different values", "those of its cross-validation")?;
        let of = "its cross-validation";
        agree("model", &self.model, &cv.model, of)?;
        agree("decision_balance", self.decision_balance, cv.decision_balance, of)?;
        let same = self.temperature == cv.temperature;
        ensure(
            same,
            "temperature",
            format!("{:?}", self.temperature),
            format!("its cross-validation's {:?}", cv.temperature),
        )?;
        agree("epochs_to_train", self.epochs_to_train, cv.epochs_to_train, of)
    }
}
