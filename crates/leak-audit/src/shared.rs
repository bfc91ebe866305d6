//! What many results share, checked once: splits and preprocessings.

use crate::context::Context;
use crate::findings::Findings;
use crate::labels::Labels;
use crate::rows::Geometry;
use crate::run::{Data, Results};
use crate::{preprocessing, splits};
use artifact_core::Digest;
use artifact_core::schema::Claim;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What the checks of single results need of their splits and preprocessings.
pub(crate) struct Shared {
    /// The geometries of the splits that can be computed with.
    geometries: BTreeMap<Digest, Geometry>,
    /// The labels of each preprocessing, computed anew.
    labels: BTreeMap<Digest, Labels>,
}

impl Shared {
    /// Checks every split and every preprocessing once, whoever uses it.
    pub(crate) fn check(context: &Context<'_>, results: &Results, findings: &mut Findings) -> Self {
        let geometries = check_splits(context, results, findings);
        let labels = check_preprocessings(context, results, &geometries, findings);
        Self { geometries, labels }
    }

    /// The geometry and the labels of a result, if both can be used.
    pub(crate) fn of(&self, data: &Data<'_>) -> Option<(Geometry, &Labels)> {
        Some((*self.geometries.get(&data.split)?, self.labels.get(&data.preprocessing)?))
    }
}

fn check_splits(
    context: &Context<'_>,
    results: &Results,
    findings: &mut Findings,
) -> BTreeMap<Digest, Geometry> {
    let checked: Vec<_> = results
        .splits
        .par_iter()
        .filter_map(|(&id, named)| {
            let mut found = Findings::default();
            let plan = named.object.as_ref()?;
            let geometry = splits::check(context, &named.subject(id), plan, &mut found);
            Some((id, geometry, found))
        })
        .collect();
    let mut geometries = BTreeMap::new();
    for (id, geometry, found) in checked {
        findings.merge(found);
        geometries.extend(geometry.map(|geometry| (id, geometry)));
    }
    geometries
}

fn check_preprocessings(
    context: &Context<'_>,
    results: &Results,
    geometries: &BTreeMap<Digest, Geometry>,
    findings: &mut Findings,
) -> BTreeMap<Digest, Labels> {
    let checked: Vec<_> = results
        .preprocessings
        .par_iter()
        .filter_map(|(&id, named)| {
            let mut found = Findings::default();
            let own = named.object.as_ref()?;
            let subject = named.subject(id);
            let labels = Labels::of(&context.development, &own.labels, context.seal.split_row);
            let split = own.split.digest();
            let plan = results.splits.get(&split).and_then(|named| named.object.as_ref());
            match plan.zip(geometries.get(&split)) {
                Some((plan, &geometry)) => {
                    preprocessing::check(context, &subject, own, &plan.train, geometry, &labels, &mut found);
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
        all.insert(id, labels);
    }
    all
}
