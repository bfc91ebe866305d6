//! Fits on windows that are scaled by their own values.

// Each test file uses a part of it.
#[allow(dead_code)]
mod common;

use common::{Data, SEED, config, gru};
use data_loader::scalers::{WithinWindow, within_window};
use data_loader::{DataParts, SequenceSet};
use settings::part::PartSetting;
use trainer_core::{
    BaseRates, Checkpoint, ChosenModel, Control, EpochRecord, Evaluation, FitError, ModelParts, Observer,
    Scoring, Shape, fit, predict, resume,
};

fn named(setting: &PartSetting) -> ChosenModel {
    ModelParts::builtin().models.choose(setting).unwrap()
}

fn zscore() -> Option<WithinWindow> {
    let scaler = DataParts::builtin().scalers.choose(&"window_zscore".into()).unwrap();
    within_window(&scaler, &["x".to_owned()]).unwrap()
}

fn scaled(data: &Data, rows: std::ops::Range<usize>) -> SequenceSet<'_> {
    data.set(rows).within(zscore())
}

#[test]
fn every_learner_fits_and_predicts_scaled_windows() {
    let data = Data::planted(120, 2, 5);
    let higher = Data { features: data.features.mapv(|x| 4.0 * x), ..Data::planted(120, 2, 5) };
    let trees = PartSetting::named("gbdt").with("rows", 4).with("rounds_per_epoch", 2);
    for model in [gru(), named(&trees), named(&PartSetting::named("linear").with("rows", 4))] {
        let config = config(model, 3);
        let run = |data: &Data| {
            let (train, validation) = (scaled(data, 0..60), scaled(data, 70..100));
            let outcome = fit(&config, &train, Some(&validation), SEED, &mut ()).unwrap();
            let shape = Shape::of(&validation);
            let found = predict(&config.model, shape, &outcome.weights, &validation).unwrap();
            let best = outcome.evaluations[outcome.best_epoch - 1].clone();
            let rates = BaseRates::of(&train);
            let scoring = Scoring { base_rates: Some(&rates), ..Scoring::plain(&config.costs) };
            assert_eq!(found.evaluate(&validation, &scoring), best, "{:?}", config.model);
            (outcome, found)
        };
        // Windows of values four times as large look the same.
        assert_eq!(run(&data), run(&higher), "{:?}", config.model);
        let unscaled = fit(&config, &data.set(0..60), None, SEED, &mut ()).unwrap();
        assert_ne!(
            unscaled.weights,
            fit(&config, &scaled(&data, 0..60), None, SEED, &mut ()).unwrap().weights
        );
    }
}

/// Keeps the last checkpoint.
struct Keep(Option<Checkpoint>);

impl Observer for Keep {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        Control::Continue
    }

    fn wants_checkpoint(&self, _epoch: u64) -> bool {
        true
    }

    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Control {
        self.0 = Some(checkpoint);
        Control::Continue
    }
}

#[test]
fn a_checkpoint_belongs_to_the_scaling_of_its_windows() {
    let data = Data::planted(60, 1, 5);
    let config = config(gru(), 3);
    let mut keep = Keep(None);
    let whole = fit(&config, &scaled(&data, 0..40), None, SEED, &mut keep).unwrap();
    let checkpoint = keep.0.unwrap();
    let again = |set| resume(&config, &set, None, SEED, checkpoint.clone(), &mut ());
    assert_eq!(again(scaled(&data, 0..40)).unwrap(), whole);
    assert!(matches!(again(data.set(0..40)), Err(FitError::Checkpoint(_))));
}
