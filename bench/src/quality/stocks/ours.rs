//! The scores of a finished run.

use super::super::finished::Finished;
use super::cases::{Stocks, answers};
use super::rank::{Case, RankScores, rank_scores};
use anyhow::{Context as _, ensure};
use artifact_core::schema::{Evaluation, Hyperparameters};
use artifact_core::{Component, Digest, canonical_json};
use data_loader::SequenceSet;
use serde_json::{Value, json};
use trainer_core::{Predictions, Shape, predict};

/// How far two computations of one mean correlation may differ by rounding.
const ROUNDING: f64 = 1e-9;

/// Scores the final model and the linear baseline of a run, and compares the scores with those that the run states.
///
/// # Errors
///
/// If the run predicts something else, or its scores differ from those found here.
pub(super) fn score(run: &Finished) -> anyhow::Result<Value> {
    let (bundle, best) = (&run.bundle, &run.best);
    let stocks = Stocks::of(&run.store, best.snapshot, &best.split, &best.preprocessing)?;
    let test = stocks.cases(&best.split.test);
    let scores = |model: &Component, params: &Hyperparameters, weights: Digest, stated: &Evaluation| {
        let (model, weights) = run.model(model, params, weights)?;
        let predictions = predict(&model, Shape::of(&test), &weights, &test)?;
        let found = rank_scores(&cases(&predictions, &test))?;
        compare(&found, stated)?;
        anyhow::Ok(found)
    };
    let baseline = &best.baseline;
    let linear = bundle.test.baseline("linear").context("the run's test has no linear baseline")?;
    let mut found = run.described()?;
    found["model"] = json!(scores(&best.model, &best.params, bundle.weights, &bundle.test.model)?);
    found["linear"] = json!(scores(&baseline.model, &baseline.params, bundle.baseline_weights, linear)?);
    // Everything that the peers' arrays depend on.
    let data = canonical_json(&(best.snapshot, &best.split, &best.preprocessing))?;
    found["data"] = json!(Digest::of(&data));
    Ok(found)
}

/// The samples of a set with what was predicted of them.
fn cases(predictions: &Predictions, set: &SequenceSet<'_>) -> Vec<Case> {
    let predicted = set.samples().iter().map(|own| predictions.values[[own.position, own.ticker, 0]]);
    let cases = predicted.zip(answers(set));
    cases
        .map(|(predicted, (row, value))| Case { row, predicted: predicted.into(), value: value.into() })
        .collect()
}

/// Checks that the scores found are those of an evaluation.
fn compare(found: &RankScores, stated: &Evaluation) -> anyhow::Result<()> {
    let numbers = stated.numbers.as_ref().context("the run's test has no figures of numbers")?;
    let same = (found.cases as u64, found.dates as u64) == (stated.samples, numbers.dates)
        && (found.ic - numbers.ic).abs() < ROUNDING
        && (found.rank_ic - numbers.rank_ic).abs() < ROUNDING;
    ensure!(
        same,
        "the run's test states {} cases on {} dates, IC {} and rank IC {}, but its model has {found:?}",
        stated.samples,
        numbers.dates,
        numbers.ic,
        numbers.rank_ic
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::cases::tests::stocks;
    use super::*;
    use ndarray::Array3;
    use trainer_core::{Costs, Scoring};

    #[test]
    fn the_scores_are_those_of_an_evaluation() -> anyhow::Result<()> {
        let (stocks, split) = stocks()?;
        for sequences in [&split.validation, &split.test] {
            let set = stocks.cases(sequences);
            // Rounded, so that some are equal.
            let value = |(row, ticker, _): (usize, usize, usize)| {
                (4.0 * libm::sinf((row * 4 + ticker * ticker) as f32)).round()
            };
            let predictions = Predictions { values: Array3::from_shape_fn((set.len(), 4, 1), value) };
            let (found, stated) = (
                rank_scores(&cases(&predictions, &set))?,
                predictions.evaluate(&set, &Scoring::plain(Costs::FREE)),
            );
            compare(&found, &stated)?;
            assert!(found.ic != 0.0 && found.ic != found.rank_ic, "{found:?}");
            assert!(compare(&RankScores { ic: found.ic + 1e-6, ..found }, &stated).is_err());
            assert!(compare(&RankScores { cases: found.cases + 1, ..found }, &stated).is_err());
        }
        Ok(())
    }
}
