//! The test set: its opening recorded in the ledger, then loaded and scored once.

use crate::FinalTrainer;
use crate::refit::{FinalError, FinalFits, baseline_config, model_config};
use artifact_core::Digest;
use artifact_core::schema::{Evaluation, FrozenPlan, TestMetrics};
use data_loader::{Dataset, DatasetError, SequenceSet, Test};
use trainer_core::{FitConfig, FitOutcome, Shape, majority_evaluation, predict_test};

/// The result of the test.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// The test metrics.
    pub metrics: TestMetrics,
    /// The ledger entry that opened the test set.
    pub unsealed: Digest,
}

/// Records the opening, loads the test rows, scores the models, and records the digest of the metrics.
///
/// # Errors
///
/// [`FinalError`]; once the opening is in the ledger it stays there, whatever fails later.
pub fn open_and_score(
    trainer: &FinalTrainer<'_>,
    plan: &FrozenPlan,
    refitted: &FinalFits,
) -> Result<Tested, FinalError> {
    let best = trainer.best;
    let (now, run) = ((trainer.clock)(), trainer.run.name());
    // Before the ledger is written: preprocessing that cannot be applied must not cost an opening.
    let recipe = trainer.data.stored(best).map_err(DatasetError::from)?;
    // The entry comes before the rows are loaded: even if the process dies right after, nobody has seen test rows
    // without being on record. `unsealing` proves the entry; `Dataset::unsealed` loads nothing without it.
    let unsealing = trainer.ledger.unseal(&now, run, trainer.plan_id, plan)?;
    let unsealed = unsealing.digest();

    let dataset = Dataset::unsealed(trainer.store, best.seal, &recipe, &unsealing)?;
    let prepared = dataset.prepare(best.params.seq_length, &best.preprocessing)?;
    let test = prepared.sequences(&best.split.test);
    let cost = best.training.cost_bps;
    let metrics = TestMetrics {
        model: score(&model_config(trainer.models, best)?, &refitted.model, &test)?,
        linear: score(&baseline_config(trainer.models, best)?, &refitted.baseline, &test)?,
        majority: majority_evaluation(best.preprocessing.class_weights.counts, &test, cost),
    };
    // The digest ties exactly these figures to this opening; the figures themselves go into the bundle.
    let digest = Digest::of(&artifact_core::canonical_json(&metrics)?);
    trainer.ledger.score(&(trainer.clock)(), unsealing, digest)?;
    Ok(Tested { metrics, unsealed })
}

fn score(
    config: &FitConfig,
    fitted: &FitOutcome,
    test: &SequenceSet<'_, Test>,
) -> Result<Evaluation, FinalError> {
    let predictions = predict_test(&config.model, Shape::of(test), &fitted.weights, test)?;
    Ok(predictions.evaluate(test, &config.decision, config.cost_bps))
}
