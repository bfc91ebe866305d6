//! Splits and preprocessings, which many results share and which are checked only once.

use crate::context::Context;
use crate::findings::Findings;
use crate::labels::Labels;
use crate::rows::Reach;
use crate::run::{Data, Results};
use crate::{preprocessing, splits, targets};
use artifact_core::Digest;
use artifact_core::schema::Claim;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What the checks of single results need from their splits and preprocessings.
pub(crate) struct SharedData {
    /// The geometry of each split whose sequences passed the bounds checks.
    reaches: BTreeMap<Digest, Reach>,
    /// The recomputed labels of each preprocessing.
    labels: BTreeMap<Digest, Labels>,
}

impl SharedData {
    /// Checks every split and every preprocessing once, regardless of how many results use it.
    pub(crate) fn check(context: &Context<'_>, results: &Results, findings: &mut Findings) -> Self {
        let reaches = check_splits(context, results, findings);
        let labels = check_preprocessings(context, results, &reaches, findings);
        Self { reaches, labels }
    }

    /// The geometry and the labels of a result, if both are usable.
    pub(crate) fn of(&self, data: &Data<'_>) -> Option<(Reach, &Labels)> {
        Some((*self.reaches.get(&data.split)?, self.labels.get(&data.preprocessing)?))
    }
}

fn check_splits(
    context: &Context<'_>,
    results: &Results,
    findings: &mut Findings,
) -> BTreeMap<Digest, Reach> {
    let checked: Vec<_> = results
        .splits
        .par_iter()
        .filter_map(|(&id, named)| {
            let mut found = Findings::default();
            let plan = named.object.as_ref()?;
            let reach = splits::check(context, &named.subject(id), plan, &mut found);
            Some((id, reach, found))
        })
        .collect();
    // Merged in the order of the digests, not in the order of completion.
    let mut reaches = BTreeMap::new();
    for (id, reach, found) in checked {
        findings.merge(found);
        reaches.extend(reach.map(|reach| (id, reach)));
    }
    reaches
}

fn check_preprocessings(
    context: &Context<'_>,
    results: &Results,
    reaches: &BTreeMap<Digest, Reach>,
    findings: &mut Findings,
) -> BTreeMap<Digest, Labels> {
    let checked: Vec<_> = results
        .preprocessings
        .par_iter()
        .filter_map(|(&id, named)| {
            let mut found = Findings::default();
            let own = named.object.as_ref()?;
            let subject = named.subject(id);
            let labels = targets::labels(context, &subject, &own.labels, &mut found);
            let split = own.split.digest();
            let plan = results.splits.get(&split).and_then(|named| named.object.as_ref());
            match plan.zip(reaches.get(&split)) {
                Some((plan, &reach)) => {
                    preprocessing::check(
                        context,
                        &subject,
                        own,
                        &plan.train,
                        reach,
                        labels.as_ref(),
                        &mut found,
                    );
                }
                None => {
                    for claim in [Claim::ScalerRefit, Claim::ClassWeightsRefit] {
                        found.unchecked(
                            claim,
                            &subject,
                            format!("its split {} cannot be used", own.split.short()),
                        );
                    }
                }
            }
            Some((id, labels, found))
        })
        .collect();
    let mut all = BTreeMap::new();
    for (id, labels, found) in checked {
        findings.merge(found);
        all.extend(labels.map(|labels| (id, labels)));
    }
    all
}
