//! Rebuilds the views of a whole run from the store.

use crate::file::ViewFile;
use artifact_core::{Digest, Error, Id, Ledger, ObjectStore, Phase, Run, RunRecord};

/// The views of one finished phase, or why they cannot be built.
#[derive(Debug)]
pub struct PhaseViews {
    /// The phase.
    pub phase: Phase,
    /// Its views.
    pub views: Result<Vec<ViewFile>, Error>,
}

/// The views of every finished phase of a run. Lost objects of one phase do not hide the views of the others.
pub fn of_run(store: &dyn ObjectStore, ledger: &Ledger, run: &Run, record: &RunRecord) -> Vec<PhaseViews> {
    let views = |phase, id: Digest| match phase {
        Phase::Tuning => Some(super::tuning(store, run, Id::new(id))),
        Phase::CrossValidation => {
            let views = super::cross_validation(store, run, Id::new(id));
            let plan = record.output(phase, "frozen_plan");
            let plan = plan.map(|id| super::frozen_plan(store, run, Id::new(id))).transpose();
            Some(views.and_then(|views| Ok(views.into_iter().chain(plan?).collect())))
        }
        Phase::Final => Some(super::final_model(store, ledger, run, Id::new(id))),
        Phase::Audit => Some(super::leak_certificate(store, run, Id::new(id))),
        // Not rendered again: the page would then show openings and trials that came after it.
        Phase::Report => Some(store.get(&id).map(|page| vec![ViewFile::new(run.report(), page)])),
        Phase::Import | Phase::Data => None,
    };
    let output = |phase| match phase {
        Phase::Tuning => Some("study"),
        Phase::CrossValidation => Some("best_configuration"),
        Phase::Final => Some("model_bundle"),
        Phase::Audit => Some("leak_certificate"),
        Phase::Report => Some("page"),
        Phase::Import | Phase::Data => None,
    };
    let of = |phase| Some(PhaseViews { phase, views: views(phase, record.output(phase, output(phase)?)?)? });
    Phase::ALL.into_iter().filter_map(of).collect()
}
