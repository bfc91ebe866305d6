//! Claims about features, labels, scaler and class weights.

use crate::context::Context;
use crate::findings::Findings;
use crate::labels::Labels;
use crate::rows::{Marks, Reach};
use crate::scaler_and_weights::{class_weights, mean_and_deviation, same_bits, scale, ulps};
use artifact_core::schema::{Claim, ClassWeights, FittedScaler, Preprocessing};
use artifact_core::{Component, IndexSet};
use data_loader::scalers::fit_cells;

/// Checks a preprocessing against the training sequences `train` of its split. Without `labels`, class weights are not
/// checked.
pub(crate) fn check(
    context: &Context<'_>,
    subject: &str,
    preprocessing: &Preprocessing,
    train: &IndexSet,
    reach: Reach,
    labels: Option<&Labels>,
    findings: &mut Findings,
) {
    settings(context, subject, preprocessing, findings);
    let window = preprocessing.labels.time_window;
    findings.equal(Claim::SettingsKept, subject, "labels over rows", window, reach.time_window);
    let found = format!("snapshot {}", preprocessing.development_snapshot.short());
    let same_rows = preprocessing.development_snapshot == context.seal.development;
    findings.check(Claim::DevelopmentRows, subject, same_rows, found, context.seal.development.short());
    names(context, subject, preprocessing, findings);
    fitted_scaler(context, subject, &preprocessing.features, &preprocessing.scaler, train, reach, findings);
    if let Some(labels) = labels {
        let weights = (&preprocessing.class_weights, preprocessing.target_scale);
        counted(subject, weights, train, reach, labels, findings);
    }
}

/// Checks that a preprocessing was made with the run's settings.
fn settings(context: &Context<'_>, subject: &str, found: &Preprocessing, findings: &mut Findings) {
    let (claim, config) = (Claim::SettingsKept, context.config);
    let seed = config.labels.permute.then_some(config.seed);
    let (labels, scaler) = (&found.labels, &found.scaler);
    match context.parts.target(&config.labels) {
        Ok(chosen) => {
            let same = labels.rule == chosen.component;
            findings.check(claim, subject, same, format!("labels by {}", labels.rule), &chosen.component);
        }
        Err(fault) => findings.unchecked(claim, subject, format!("the target of the settings: {fault}")),
    }
    for (name, holds) in [
        ("permutation of labels", labels.permutation_seed == seed),
        ("pooling of the scaler", scaler.per == config.scaler.per),
        ("scope of the model's inputs", found.scope == config.training.scope),
        ("telling apart of tickers", found.ticker_embedding == config.features.ticker_embedding),
    ] {
        findings.check(claim, subject, holds, format_args!("another {name}"), "the run's own");
    }
    // Without the recipe, features and scaler have nothing to be compared with; `Audit` reports that once for the run.
    let Ok(recipe) = &context.recipe else {
        return findings.evidence(claim, subject, &[("settings", 7)]);
    };
    let features: Vec<&Component> = recipe.features.iter().map(|chosen| &chosen.component).collect();
    for (name, holds) in [
        ("list of features", found.features.iter().eq(features)),
        ("scaler", scaler.kind == recipe.scaler.component),
    ] {
        findings.check(claim, subject, holds, format_args!("another {name}"), "the run's own");
    }
    findings.evidence(claim, subject, &[("settings", 9)]);
}

/// Checks tickers and feature columns, in order.
fn names(context: &Context<'_>, subject: &str, found: &Preprocessing, findings: &mut Findings) {
    let (claim, tickers) = (Claim::TickersAndOrder, &context.development.tickers);
    let list = |names: &[String]| names.join(", ");
    findings.equal(claim, subject, "tickers", list(&found.tickers), list(tickers));
    let Some(known) = context.features(&found.features) else {
        return findings.unchecked(
            claim,
            subject,
            "its features were not computed, so their columns are not known",
        );
    };
    let mut columns = Vec::new();
    for ticker in tickers {
        for column in &known.columns {
            columns.push(format!("{ticker}.{column}"));
        }
    }
    findings.equal(claim, subject, "columns", list(&found.feature_names), list(&columns));
    findings.evidence(claim, subject, &[("tickers", tickers.len()), ("columns", columns.len())]);
}

/// Computes centre and scale of the cells that share statistics.
type FitCells = fn(&[f64]) -> (f64, f64);

/// Checks that the scaler is what a fit on exactly the input rows of the training sequences gives, bit for bit.
pub(crate) fn fitted_scaler(
    context: &Context<'_>,
    subject: &str,
    features: &[Component],
    scaler: &FittedScaler,
    train: &IndexSet,
    reach: Reach,
    findings: &mut Findings,
) {
    let claim = Claim::ScalerRefit;
    let Some(matrix) = context.features(features).map(|known| &known.matrix) else {
        return findings.unchecked(claim, subject, "its features were not computed");
    };
    let rows = Marks::of(train, |sequence| reach.inputs(sequence)).rows();
    // The matrix ends at the test rows: a training set that reaches beyond would index past its end.
    if rows.last().is_some_and(|last| last >= matrix.rows()) {
        let found = format!("training rows up to {}", rows.last().unwrap_or(0));
        findings.check(claim, subject, false, found, format!("rows below {}", matrix.rows()));
        return;
    }
    let found = format!("fitted rows {}", scaler.fitted_rows);
    let expected = format!("{rows}, which the training sequences read");
    findings.check(claim, subject, scaler.fitted_rows == rows, found, expected);
    let digest = matrix.digest(&rows);
    let found = format!("rows with the digest {}", scaler.rows_digest.short());
    findings.check(claim, subject, scaler.rows_digest == digest, found, digest.short());
    // The built-in scalers are reimplemented here; any other is called again on the same cells.
    let own: Option<FitCells> = match (scaler.kind.name.as_str(), scaler.kind.version) {
        ("standard", 1) => Some(mean_and_deviation),
        // They fit nothing: what they do within a window depends on that window alone.
        ("by_last" | "window_zscore", 1) => Some(|_| (0.0, 1.0)),
        _ => None,
    };
    let refitted = if let Some(own) = own {
        Ok(scale(matrix, scaler.per, &rows, &|cells| Ok(own(cells))))
    } else {
        context.parts.scalers.find(&scaler.kind).map(|chosen| {
            scale(matrix, scaler.per, &rows, &|cells| {
                let affine = fit_cells(&chosen, cells, 0)?;
                Ok((affine.centre, affine.scale.unwrap_or(1.0)))
            })
        })
    };
    let refitted = match refitted {
        Ok(Ok(refitted)) => refitted,
        Ok(Err(error)) => {
            findings.check(claim, subject, false, error, "figures by which features can be scaled");
            return;
        }
        Err(error) => return findings.unchecked(claim, subject, error),
    };
    for (name, found, expected) in
        [("mean", &scaler.mean, &refitted.mean), ("std", &scaler.std, &refitted.std)]
    {
        findings.equal(claim, subject, &format!("{name}s:"), found.len(), expected.len());
        let differing = found.iter().zip(expected).enumerate().filter(|(_, (a, b))| !same_bits(**a, **b));
        let differing: Vec<_> = differing.collect();
        let Some(&(column, (a, b))) = differing.first() else { continue };
        let found = format!(
            "{} of {} values of {name} differ, the first in column {column}: {a}, {} ulps away",
            differing.len(),
            expected.len(),
            ulps(*a, *b)
        );
        findings.check(claim, subject, false, found, format!("{b}, refitted"));
    }
    let recomputed = if own.is_some() { matrix.columns } else { 0 };
    let counts =
        [("rows", rows.len()), ("columns", matrix.columns), ("recomputed_independently", recomputed)];
    findings.evidence_with(claim, subject, &counts, Some(digest));
}

/// Checks that class counts and weights, and the scale of numbers, are those of the labels of exactly the training
/// sequences.
pub(crate) fn counted(
    subject: &str,
    weights: (&ClassWeights, Option<f64>),
    train: &IndexSet,
    reach: Reach,
    labels: &Labels,
    findings: &mut Findings,
) {
    let (weights, scale) = weights;
    let claim = Claim::ClassWeightsRefit;
    let expected = labels.scale(train.iter().map(|sequence| reach.decision(sequence)));
    let same = match (scale, expected) {
        (Some(found), Some(expected)) => same_bits(found, expected),
        (found, expected) => found.is_none() && expected.is_none(),
    };
    let text =
        |scale: Option<f64>| scale.map_or("no target scale".into(), |scale| format!("target scale {scale}"));
    findings.check(claim, subject, same, text(scale), format!("{}, recomputed", text(expected)));
    let counts = labels.counts(train.iter().map(|sequence| reach.decision(sequence)));
    let found = format!("{:?} labels by class", weights.counts);
    findings.check(claim, subject, weights.counts == counts, found, format!("{counts:?}, recounted"));
    let alpha = class_weights(counts);
    for (class, (&a, &b)) in weights.alpha.iter().zip(&alpha).enumerate() {
        let found = format!("alpha[{class}] = {a}, {} ulps away", ulps(a, b));
        findings.check(claim, subject, same_bits(a, b), found, format!("{b}, recomputed"));
    }
    let [hold, up, down] = counts.map(|count| count as usize);
    let counts = [("sequences", train.len()), ("hold", hold), ("up", up), ("down", down)];
    findings.evidence(claim, subject, &counts);
}
