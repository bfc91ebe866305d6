//! Claims about single fits: the true classes they were scored on, and the weights they started from.

use crate::context::Context;
use crate::findings::Findings;
use crate::initial_weights;
use crate::label_rules;
use crate::labels::Labels;
use crate::rows::Reach;
use artifact_core::schema::{Claim, Evaluation, Hyperparameters, Scope};
use artifact_core::seed::FitSeed;
use artifact_core::{Component, Digest, IndexSet};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Checks that the row sums of the confusion matrix are the label counts of the evaluated sequences.
pub(crate) fn evaluated(
    subject: &str,
    evaluation: &Evaluation,
    sequences: &IndexSet,
    reach: Reach,
    labels: &Labels,
    findings: &mut Findings,
) {
    let claim = Claim::EvaluatedLabels;
    // The row sums do not depend on what the model predicted, so they can be recounted without running it.
    let counts = labels.counts(sequences.iter().map(|sequence| reach.decision(sequence)));
    let judged = evaluation.confusion.map(|row| row.iter().sum::<u64>());
    let found = format!("{judged:?} samples by true class");
    findings.check(claim, subject, judged == counts, found, format!("{counts:?}, recounted"));
    findings.equal(claim, subject, "samples:", evaluation.samples, counts.iter().sum());
    let [hold, up, down] = counts.map(|count| count as usize);
    let counts = [("sequences", sequences.len()), ("hold", hold), ("up", up), ("down", down)];
    findings.evidence(claim, subject, &counts);
}

/// What determines the initial weights of a fit, and the weights it recorded.
pub(crate) struct Fit<'a> {
    pub(crate) subject: String,
    pub(crate) model: &'a Component,
    pub(crate) params: &'a Hyperparameters,
    pub(crate) seed: FitSeed,
    pub(crate) initial_weights: Digest,
}

/// The numbers that a model has for each ticker, by the configured target; `None` if that is not known here.
fn width(context: &Context<'_>) -> Option<usize> {
    let target = context.parts.target(&context.config.labels).ok()?;
    label_rules::width(&target.component).or_else(|| Some(target.part.task(&target.params).width()))
}

/// Checks the initial weights of every fit of a run: they follow from the fit's seed, no other fit shares them, and no
/// other fit ended on them. `ends` names the fit that ended on each digest.
pub(crate) fn starts(
    context: &Context<'_>,
    fits: &[Fit<'_>],
    ends: &BTreeMap<Digest, String>,
    findings: &mut Findings,
) {
    let claim = Claim::FreshWeights;
    // One set of weights for the columns of one ticker, or one for those of all tickers side by side.
    let tickers = match context.config.training.scope {
        Scope::Shared => 1,
        Scope::Joint => context.development.tickers.len(),
    };
    let seeds = context.config.training.seeds;
    // One more for each ticker where inputs say which one they are of.
    let told = context.config.features.ticker_embedding;
    let told = if told { context.development.tickers.len() } else { 0 };
    let columns = context.configured_columns().map(|columns| (tickers * columns, told));
    let width = width(context);
    let expected: Vec<Option<Digest>> = fits
        .par_iter()
        .map(|fit| {
            initial_weights::digest(fit.model, fit.params, columns?, (tickers, width?), fit.seed, seeds)
        })
        .collect();
    let mut seen: BTreeMap<Digest, &Fit<'_>> = BTreeMap::new();
    for (fit, start) in fits.iter().zip(expected) {
        let found = format!("initial weights {}", fit.initial_weights.short());
        match start {
            Some(start) => {
                let expected = format!("{}, which its seed gives", start.short());
                findings.check(claim, &fit.subject, fit.initial_weights == start, &found, expected);
            }
            None => {
                let reason = match columns {
                    Some(_) => {
                        format!("the initial weights of a {} of this size are not known here", fit.model)
                    }
                    None => {
                        "without all configured parts, the number of feature columns is not known".to_owned()
                    }
                };
                findings.unchecked(claim, &fit.subject, reason);
            }
        }
        // A warm start carries over what another fit learned, perhaps from the very rows that this one is scored on.
        if let Some(end) = ends.get(&fit.initial_weights) {
            findings.check(
                claim,
                &fit.subject,
                false,
                format!("{found}, where {end} ended"),
                "a fresh start",
            );
        }
        // A model that starts from nothing starts where every other one does.
        if fit.initial_weights == initial_weights::nothing() {
            continue;
        }
        // The same trial and fold can be fitted twice, as candidate and as baseline: equal seeds must start alike.
        let other = seen.insert(fit.initial_weights, fit).filter(|other| other.seed != fit.seed);
        if let Some(other) = other {
            let found = format!("{found}, as in {}", other.subject);
            findings.check(claim, &fit.subject, false, found, "a start of its own");
        }
    }
    if !fits.is_empty() {
        let digests: Vec<u8> = fits.iter().flat_map(|fit| *fit.initial_weights.as_bytes()).collect();
        let counts = [("fits", fits.len()), ("different_starts", seen.len())];
        findings.evidence_with(claim, "all fits", &counts, Some(Digest::of(&digests)));
    }
}
