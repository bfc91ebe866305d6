//! A run's results, read without trust.

use crate::findings::Findings;
use crate::objects::Objects;
use artifact_core::schema::{
    BestConfiguration, BestConfigurationId, CrossValidation, CrossValidationId, ModelBundle, ModelBundleId,
    Preprocessing, PreprocessingId, Role, SplitPlan, SplitPlanId, Study, StudyId, Trial, TrialId,
};
use artifact_core::{Component, Digest, Id, Phase, RunRecord};
use data_loader::Recipe;
use std::collections::BTreeMap;

/// The finished study.
pub(crate) struct Tuned {
    pub(crate) id: StudyId,
    pub(crate) study: Study,
    /// Trial `n` at index `n`; `None` if it cannot be read.
    pub(crate) trials: Vec<Option<(TrialId, Trial)>>,
}

/// A cross-validation and its subject in findings.
pub(crate) struct Validated {
    pub(crate) subject: String,
    pub(crate) cv: CrossValidation,
}

/// The chosen configuration.
pub(crate) struct Chosen {
    pub(crate) id: BestConfigurationId,
    pub(crate) best: BestConfiguration,
    /// In the document's order; `None` for one that cannot be read.
    pub(crate) candidates: Vec<Option<Validated>>,
    pub(crate) baselines: Vec<Option<Validated>>,
    pub(crate) split: Option<SplitPlan>,
    pub(crate) preprocessing: Option<Preprocessing>,
}

/// The final model.
pub(crate) struct FinalModel {
    pub(crate) id: ModelBundleId,
    pub(crate) bundle: ModelBundle,
}

/// The split and the preprocessing of a result.
pub(crate) struct Data<'a> {
    pub(crate) split: Digest,
    pub(crate) plan: &'a SplitPlan,
    pub(crate) preprocessing: Digest,
    pub(crate) own: &'a Preprocessing,
}

/// A run's results, as far as it got.
pub(crate) struct Results {
    pub(crate) tuned: Option<Tuned>,
    pub(crate) chosen: Option<Chosen>,
    pub(crate) final_model: Option<FinalModel>,
    /// Every split that any result refers to, with its users.
    pub(crate) splits: BTreeMap<Digest, Named<SplitPlan>>,
    /// Every preprocessing that any result refers to, with its users.
    pub(crate) preprocessings: BTreeMap<Digest, Named<Preprocessing>>,
}

/// An object that several results share.
pub(crate) struct Named<P> {
    pub(crate) object: Option<P>,
    users: Vec<String>,
}

impl<P: artifact_core::Payload> Named<P> {
    /// The object's kind and short id, and the results that use it.
    pub(crate) fn subject(&self, id: Digest) -> String {
        let users =
            if self.users.is_empty() { String::new() } else { format!(" ({})", self.users.join(", ")) };
        format!("{} {}{users}", P::KIND.replace('_', " "), id.short())
    }
}

impl Results {
    /// Reads everything that the record refers to.
    pub(crate) fn read(objects: &Objects<'_>, record: &RunRecord, findings: &mut Findings) -> Self {
        let tuned =
            record.output(Phase::Tuning, "study").and_then(|id| tuned(objects, Id::new(id), findings));
        let chosen = record
            .output(Phase::CrossValidation, "best_configuration")
            .and_then(|id| chosen(objects, Id::new(id), findings));
        let final_model = record.output(Phase::Final, "model_bundle").and_then(|id| {
            let id = ModelBundleId::new(id);
            Some(FinalModel { id, bundle: objects.read(id, findings)? })
        });
        let mut results =
            Self { tuned, chosen, final_model, splits: BTreeMap::new(), preprocessings: BTreeMap::new() };
        for (user, split, preprocessing) in results.users() {
            name(objects, &mut results.splits, split, &user, findings);
            name(objects, &mut results.preprocessings, preprocessing, &user, findings);
        }
        results
    }

    /// The trials that can be read, in number order.
    pub(crate) fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.tuned.iter().flat_map(|tuned| tuned.trials.iter().flatten()).map(|(_, trial)| trial)
    }

    /// The cross-validations that can be read, candidates first.
    pub(crate) fn validated(&self) -> impl Iterator<Item = &Validated> {
        self.chosen.iter().flat_map(|chosen| chosen.candidates.iter().chain(&chosen.baselines).flatten())
    }

    /// The configured list of features, if it is known, and every other list that a result uses.
    pub(crate) fn features(&self, recipe: Option<&Recipe>) -> Vec<Vec<Component>> {
        let configured =
            recipe.map(|recipe| recipe.features.iter().map(|one| one.component.clone()).collect());
        let mut sets: Vec<Vec<Component>> = configured.into_iter().collect();
        for own in self.preprocessings.values().filter_map(|named| named.object.as_ref()) {
            if !sets.contains(&own.features) {
                sets.push(own.features.clone());
            }
        }
        sets
    }

    /// A result's split and preprocessing, if both can be read.
    pub(crate) fn data(
        &self,
        split: Option<SplitPlanId>,
        preprocessing: Option<PreprocessingId>,
    ) -> Option<Data<'_>> {
        let (split, preprocessing) = (split?.digest(), preprocessing?.digest());
        let plan = self.splits.get(&split)?.object.as_ref()?;
        let own = self.preprocessings.get(&preprocessing)?.object.as_ref()?;
        Some(Data { split, plan, preprocessing, own })
    }

    /// Every result with the split and preprocessing that it refers to.
    fn users(&self) -> Vec<(String, Option<SplitPlanId>, Option<PreprocessingId>)> {
        let mut users = Vec::new();
        for trial in self.trials() {
            users.push((format!("trial {}", trial.number), trial.split, trial.preprocessing));
        }
        for Validated { subject, cv } in self.validated() {
            users.push((subject.clone(), Some(cv.split), Some(cv.preprocessing)));
        }
        users
    }
}

fn name<P: artifact_core::Payload>(
    objects: &Objects<'_>,
    named: &mut BTreeMap<Digest, Named<P>>,
    id: Option<Id<P>>,
    user: &str,
    findings: &mut Findings,
) {
    let Some(id) = id else { return };
    // Read once however many results share it, so that damage is one finding and not one per user.
    let entry = named
        .entry(id.digest())
        .or_insert_with(|| Named { object: objects.read(id, findings), users: Vec::new() });
    entry.users.push(user.to_owned());
}

fn tuned(objects: &Objects<'_>, id: StudyId, findings: &mut Findings) -> Option<Tuned> {
    let study = objects.read(id, findings)?;
    let trials = study.trials.iter().map(|&id| Some((id, objects.read(id, findings)?))).collect();
    Some(Tuned { id, study, trials })
}

fn chosen(objects: &Objects<'_>, id: BestConfigurationId, findings: &mut Findings) -> Option<Chosen> {
    let best: BestConfiguration = objects.read(id, findings)?;
    let mut validated = |id: CrossValidationId| {
        let cv = objects.read(id, findings)?;
        Some(Validated { subject: subject(&cv), cv })
    };
    let candidates = best.candidates.iter().map(|&id| validated(id)).collect();
    let baselines = best.baselines().map(|(_, own)| validated(own.cross_validation)).collect();
    let split = objects.read(best.cv_results.split, findings);
    let preprocessing = objects.read(best.cv_results.preprocessing, findings);
    Some(Chosen { id, best, candidates, baselines, split, preprocessing })
}

fn subject(cv: &CrossValidation) -> String {
    match cv.role {
        Role::Candidate => format!("cross-validation of trial {}", cv.trial_number),
        Role::Baseline => format!("cross-validation of the {} baseline", cv.model.name),
    }
}
