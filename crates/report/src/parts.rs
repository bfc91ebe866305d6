//! The parts of a run, one per phase.

use crate::ReportError;
use crate::shown::Shown;
use artifact_core::schema::{
    BestConfiguration, BestConfigurationId, CrossValidation, CrossValidationId, ModelBundle, ModelBundleId,
    Preprocessing, Seal, SealId, Snapshot, SplitPlan, Study, StudyId, Trial, TrialId, TrialState,
};
use artifact_core::{Digest, Id, ObjectStore, load, load_study};
use metrics::{Metric, Ranking, is_comparable};
use settings::part::Catalog;

/// The frozen bars. Only manifests are read, never a bar.
#[derive(Debug, Clone)]
pub struct DataPart {
    /// The seal's id.
    pub id: SealId,
    /// Where the test rows begin, and where the bars came from.
    pub seal: Seal,
    /// All rows.
    pub snapshot: Snapshot,
    /// The rows before the test rows.
    pub development: Snapshot,
}

/// The finished study.
#[derive(Debug, Clone)]
pub struct TuningPart {
    /// The study's id.
    pub id: StudyId,
    /// The study.
    pub study: Study,
    /// Its trials, in number order.
    pub trials: Vec<(TrialId, Trial)>,
    /// How its objective is displayed.
    pub objective: Shown,
    /// Whether scores of different tasks can be compared.
    pub comparable: bool,
    /// The best trial's split and preprocessing, if any trial completed.
    pub best_data: Option<(SplitPlan, Preprocessing)>,
}

/// The cross-validations and the chosen configuration.
#[derive(Debug, Clone)]
pub struct CrossValidationPart {
    /// The chosen configuration's id.
    pub id: BestConfigurationId,
    /// The chosen configuration.
    pub best: BestConfiguration,
    /// Every candidate, best first.
    pub candidates: Vec<(CrossValidationId, CrossValidation)>,
    /// How its objective is displayed.
    pub objective: Shown,
    /// The linear baseline on the same folds.
    pub baseline: CrossValidation,
    /// The further baselines on the same folds.
    pub further_baselines: Vec<CrossValidation>,
}

/// The final model.
#[derive(Debug, Clone)]
pub struct FinalPart {
    /// The bundle's id.
    pub id: ModelBundleId,
    /// The model and its test figures.
    pub bundle: ModelBundle,
}

impl DataPart {
    pub(crate) fn load(store: &dyn ObjectStore, id: Digest) -> Result<Self, ReportError> {
        let id = Id::new(id);
        let seal: Seal = load(store, id)?;
        Ok(Self {
            id,
            snapshot: load(store, seal.snapshot)?,
            development: load(store, seal.development)?,
            seal,
        })
    }
}

impl TuningPart {
    pub(crate) fn load(
        store: &dyn ObjectStore,
        metrics: &Catalog<dyn Metric>,
        id: Digest,
    ) -> Result<Self, ReportError> {
        let id = Id::new(id);
        let (study, trials) = load_study(store, id)?;
        let objective = Shown::of(&study.objective, metrics);
        let comparable = is_comparable(metrics, &study.objective);
        let mut part = Self { id, study, trials, objective, comparable, best_data: None };
        if let Some((split, preprocessing)) = part.best().and_then(|best| best.split.zip(best.preprocessing))
        {
            part.best_data = Some((load(store, split)?, load(store, preprocessing)?));
        }
        Ok(part)
    }

    /// The complete trials that can be compared, best first.
    pub fn ranking(&self) -> Ranking<&Trial> {
        Ranking::of_trials(self.trials.iter().map(|(_, trial)| trial), self.comparable)
    }

    /// The best complete trial of those that can be compared.
    pub fn best(&self) -> Option<&Trial> {
        self.ranking().best().copied()
    }

    /// The trial with this number.
    pub fn trial(&self, number: u64) -> Option<&Trial> {
        let trials = self.trials.iter().map(|(_, trial)| trial);
        trials.into_iter().find(|trial| trial.number == number)
    }

    /// The trials that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Trial> {
        let trials = self.trials.iter().map(|(_, trial)| trial);
        trials.filter(|trial| trial.state == TrialState::Failed)
    }
}

impl CrossValidationPart {
    pub(crate) fn load(
        store: &dyn ObjectStore,
        metrics: &Catalog<dyn Metric>,
        id: Digest,
    ) -> Result<Self, ReportError> {
        let id = Id::new(id);
        let best: BestConfiguration = load(store, id)?;
        let objective = Shown::of(&best.objective, metrics);
        let candidates = best
            .candidates
            .iter()
            .map(|&candidate| Ok((candidate, load(store, candidate)?)))
            .collect::<Result<_, ReportError>>()?;
        let baseline = load(store, best.baseline.cross_validation)?;
        let further = best.further_baselines.iter().map(|own| Ok(load(store, own.cross_validation)?));
        let further_baselines = further.collect::<Result<_, ReportError>>()?;
        Ok(Self { id, best, candidates, objective, baseline, further_baselines })
    }
}

impl FinalPart {
    pub(crate) fn load(store: &dyn ObjectStore, id: Digest) -> Result<Self, ReportError> {
        let id = Id::new(id);
        Ok(Self { id, bundle: load(store, id)? })
    }
}
