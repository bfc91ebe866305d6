//! The test set: its opening recorded in the ledger, then loaded and scored once.

use crate::FinalTrainer;
use crate::refit::{FinalError, FinalFits, baseline_config, model_config, of_stored};
use artifact_core::Digest;
use artifact_core::schema::{BaselineFigures, DailyReturns, FrozenPlan, TestMetrics};
use artifact_core::seed::{Purpose, derive};
use data_loader::{Dataset, DatasetError, SequenceSet, Test};
use trainer_core::{
    Contender, Costs, Decision, FitConfig, FitOutcome, Scoring, Shape, Terms, buy_and_hold, calibration,
    evaluate, infer, majority, predict_test, strategy, ticker_figures,
};

/// The result of the test.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// The test metrics.
    pub metrics: TestMetrics,
    /// The returns behind them, bar by bar, by what they are of; empty where there are none.
    pub returns: Vec<(String, DailyReturns)>,
    /// The ledger entry that opened the test set.
    pub unsealed: Digest,
}

/// Records the opening, loads the test rows, scores the models, and records the digest of the metrics.
///
/// # Errors
///
/// [`FinalError`]; once the opening is in the ledger it stays there, whatever fails later, and the next call for the same
/// run and plan resumes it.
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
    let opened = unsealing.entry();
    tracing::debug!("test rows opened by line {} of the ledger, of {}", opened.index, opened.at);
    let unsealed = unsealing.digest();

    let dataset = Dataset::unsealed(trainer.store, best.seal, &recipe, &unsealing)?;
    let prepared = dataset.prepare(best.params.seq_length, &best.preprocessing)?;
    let test = prepared.sequences(&best.split.test);
    let (metrics, returns) = judge(trainer, refitted, &test, &dataset.panel().tickers)?;
    // The digest ties exactly these figures to this opening; the figures themselves go into the bundle.
    let digest = Digest::of(&artifact_core::canonical_json(&metrics)?);
    trainer.ledger.score(&(trainer.clock)(), unsealing, digest)?;
    Ok(Tested { metrics, returns, unsealed })
}

/// The figures of the model and of everything that it is compared with, and their returns.
fn judge(
    trainer: &FinalTrainer<'_>,
    refitted: &FinalFits,
    test: &SequenceSet<'_, Test>,
    tickers: &[String],
) -> Result<(TestMetrics, Vec<(String, DailyReturns)>), FinalError> {
    let best = trainer.best;
    let costs = &Costs::from(&best.training);
    let predicted = |config: &FitConfig, fitted: &FitOutcome, temperature: Option<f64>| {
        let found = predict_test(&config.model, Shape::of(test), &fitted.weights, test);
        found.map(|mut found| {
            of_stored(temperature).apply(&mut found.values);
            found.values
        })
    };
    let model_config = model_config(trainer.models, best)?;
    let model_values = predicted(&model_config, &refitted.model, best.cv_results.temperature)?;
    let mut compared = Vec::new();
    for ((_, own), fitted) in
        best.baselines().zip(std::iter::once(&refitted.baseline).chain(&refitted.further))
    {
        let config = baseline_config(trainer.models, best, own)?;
        let values = predicted(&config, fitted, own.temperature)?;
        compared.push((own.model.name.as_str(), values, config.decision));
    }
    let base_rates = &refitted.base_rates;
    let counts = best.preprocessing.class_weights.counts;
    compared.push((TestMetrics::MAJORITY, majority(counts, test), Decision::MOST_PROBABLE));
    compared.push((TestMetrics::TICKER_MAJORITY, base_rates.ticker_majority(test), Decision::MOST_PROBABLE));
    let model =
        Contender { name: "model", predictions: model_values.view(), decision: &model_config.decision };
    let baselines: Vec<Contender<'_>> = compared
        .iter()
        .map(|(name, values, decision)| Contender { name, predictions: values.view(), decision })
        .collect();
    let base = Scoring { base_rates: Some(base_rates), ..Scoring::plain(costs) };
    let evaluated =
        |own: &Contender<'_>| evaluate(own.predictions, test, &Scoring { decision: own.decision, ..base });

    let followed = |own: &Contender<'_>| strategy(own.predictions, test, own.decision, costs);
    let own = followed(&model);
    let held =
        own.as_ref().zip(test.market()).and_then(|(own, market)| buy_and_hold(market, own.rows(), costs));
    let all = std::iter::once(&model).chain(&baselines);
    let mut returns: Vec<(String, Vec<f64>)> =
        all.filter_map(|own| Some((own.name.to_owned(), followed(own)?.returns()))).collect();
    returns.extend(held.iter().map(|(returns, _)| (TestMetrics::BUY_AND_HOLD.to_owned(), returns.clone())));

    let seed = |number| derive(best.seed, Purpose::Intervals, best.trial_number, 0, number);
    let terms = Terms { base_rates, costs, seeds: [seed(0), seed(1)] };
    let metrics = TestMetrics {
        model: evaluated(&model),
        baselines: baselines
            .iter()
            .map(|own| BaselineFigures { name: own.name.to_owned(), evaluation: evaluated(own) })
            .collect(),
        buy_and_hold: held.map(|(_, figures)| figures),
        inference: Some(infer(&model, &baselines, test, &terms)),
        tickers: ticker_figures(&model, test, tickers, &base),
        calibration: calibration(model.predictions, test),
        costs: own.map(|own| own.costs()).unwrap_or_default(),
    };
    let returns = returns.into_iter().map(|(of, values)| (of, DailyReturns { values }));
    Ok((metrics, returns.collect()))
}
