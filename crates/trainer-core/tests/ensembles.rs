//! Several seeds are one model that predicts the mean of its members.

// Each test file uses a part of it.
#[allow(dead_code)]
mod common;

use common::{Data, SEED, STEPS, config, gru, linear, transformer};
use settings::part::PartSetting;
use trainer_core::{
    BaseRates, Checkpoint, ChosenModel, Control, EpochRecord, Evaluation, FitConfig, FitError, FitOutcome,
    FitSeed, ModelParts, Observer, Predictions, Scoring, Shape, Steps, WeightsError, fit, predict,
    predict_window, resume, with_seeds,
};

fn named(setting: &PartSetting) -> ChosenModel {
    ModelParts::builtin().models.choose(setting).unwrap()
}

fn gbdt() -> ChosenModel {
    named(&PartSetting::named("gbdt").with("rows", 4).with("rounds_per_epoch", 2))
}

fn ran(config: &FitConfig, data: &Data, seed: FitSeed) -> FitOutcome {
    fit(config, &data.set(0..60), Some(&data.set(70..90)), seed, &mut ()).unwrap()
}

#[test]
fn the_mean_of_the_members_is_what_is_validated_and_predicted() {
    let data = Data::planted(120, 2, 5);
    let (validation, later) = (data.set(70..90), data.set(95..115));
    for model in [gru(), transformer(), linear(), gbdt()] {
        let config = config(with_seeds(&model, 3), 3);
        let outcome = ran(&config, &data, SEED);
        // Without patience every epoch runs, so the members' epochs do not depend on how they are judged.
        let epochs = outcome.best_epoch;
        let single = FitConfig { model: model.clone(), epochs, ..config.clone() };
        let alone = |member| fit(&single, &data.set(0..60), None, SEED.member(member), &mut ()).unwrap();
        let members: Vec<FitOutcome> = (0..3).map(alone).collect();
        assert_ne!(members[0].weights, members[1].weights, "{model:?}");
        assert_ne!(members[1].weights, members[2].weights, "{model:?}");

        let probabilities = |model: &ChosenModel, outcome: &FitOutcome, set| {
            predict(model, Shape::of(set), &outcome.weights, set).unwrap().values
        };
        for set in [&validation, &later] {
            let found = probabilities(&config.model, &outcome, set);
            let of: Vec<_> = members.iter().map(|member| probabilities(&model, member, set)).collect();
            for (place, &found) in found.indexed_iter() {
                let [a, b, c] = [0, 1, 2].map(|member| f64::from(of[member][place]));
                assert_eq!(found, ((a + b + c) / 3.0) as f32, "{model:?} at {place:?}");
            }
        }
        let found = Predictions { values: probabilities(&config.model, &outcome, &validation) };
        let rates = BaseRates::of(&data.set(0..60));
        let scoring = Scoring { base_rates: Some(&rates), ..Scoring::plain(&config.costs) };
        assert_eq!(found.evaluate(&validation, &scoring), outcome.evaluations[epochs - 1]);
        let losses: f64 = members.iter().map(|member| member.history[epochs - 1].train_loss).sum();
        assert_eq!(outcome.history[epochs - 1].train_loss, losses / 3.0, "{model:?}");
    }
}

#[test]
fn one_seed_is_the_model_itself() {
    let data = Data::planted(100, 2, 5);
    for model in [gru(), gbdt()] {
        let config = config(model.clone(), 3);
        let expected = ran(&config, &data, SEED);
        let same = FitConfig { model: with_seeds(&model, 1), ..config };
        assert_eq!(ran(&same, &data, SEED), expected, "{model:?}");
    }
}

#[test]
fn a_model_without_randomness_is_fitted_once() {
    let data = Data::planted(100, 1, 5);
    let all = named(
        &PartSetting::named("gbdt").with("rows", 4).with("feature_fraction", 1.0).with("row_fraction", 1.0),
    );
    for model in [named(&"linear".into()), all] {
        let config = config(model.clone(), 3);
        let expected = ran(&config, &data, SEED);
        let several = FitConfig { model: with_seeds(&model, 4), ..config };
        assert_eq!(ran(&several, &data, SEED), expected, "{model:?}");
        assert_eq!(ran(&several, &data, SEED.member(1)), expected, "{model:?}");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let data = Data::planted(100, 2, 5);
    for model in [gru(), gbdt()] {
        let config = config(with_seeds(&model, 2), 2);
        let with_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ran(&config, &data, SEED))
        };
        let alone = with_threads(1);
        assert!([2, 3, 7].iter().all(|&threads| with_threads(threads) == alone), "{model:?}");
    }
}

/// Collects the checkpoint of every epoch, in its file form.
#[derive(Default)]
struct Collect(Vec<Vec<u8>>);

impl Observer for Collect {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        Control::Continue
    }

    fn wants_checkpoint(&self, _epoch: u64) -> bool {
        true
    }

    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Control {
        self.0.push(checkpoint.to_safetensors().unwrap());
        Control::Continue
    }
}

#[test]
fn an_ensemble_resumes_from_any_checkpoint_to_the_same_bits() {
    let mut data = Data::planted(90, 1, 5);
    // Steps without a label move nothing; the members meet them at different times.
    data.labels.slice_mut(ndarray::s![10..40, ..]).fill(-1);
    let (train, held_back) = (data.set(0..50), data.set(55..80));
    for model in [gru(), linear()] {
        for validation in [None, Some(&held_back)] {
            let steps = Steps { batch_size: 2, ..STEPS };
            let config = FitConfig { steps, ..config(with_seeds(&model, 2), 4) };
            let mut checkpoints = Collect::default();
            let whole = fit(&config, &train, validation, SEED, &mut checkpoints).unwrap();
            assert_eq!(checkpoints.0.len(), 3);
            for bytes in &checkpoints.0 {
                let checkpoint = Checkpoint::from_safetensors(bytes).unwrap();
                let resumed = resume(&config, &train, validation, SEED, checkpoint, &mut ()).unwrap();
                assert!(resumed == whole, "{model:?}");
                // Another number of seeds is another fit.
                for seeds in [1, 3] {
                    let other = FitConfig { model: with_seeds(&model, seeds), ..config.clone() };
                    let checkpoint = Checkpoint::from_safetensors(bytes).unwrap();
                    let resumed = resume(&other, &train, validation, SEED, checkpoint, &mut ());
                    assert!(matches!(resumed, Err(FitError::Checkpoint(_))), "{seeds} seeds");
                }
            }
        }
    }
}

#[test]
fn weights_of_another_number_of_members_are_refused() {
    let data = Data::planted(100, 1, 5);
    let set = data.set(70..90);
    for model in [gru(), gbdt()] {
        let config = config(with_seeds(&model, 2), 1);
        let weights = ran(&config, &data, SEED).weights;
        assert!(
            weights.tensors.iter().all(|tensor| {
                tensor.name.starts_with("member.0.") || tensor.name.starts_with("member.1.")
            })
        );
        let shape = Shape::of(&set);
        predict(&config.model, shape, &weights, &set).unwrap();
        for seeds in [1, 3] {
            let found = predict(&with_seeds(&model, seeds), shape, &weights, &set);
            assert!(found.is_err(), "{model:?}: {seeds}");
        }
        let single = ran(&FitConfig { model: model.clone(), ..config.clone() }, &data, SEED).weights;
        let error = predict(&config.model, shape, &single, &set).unwrap_err();
        let expected = |error: &trainer_core::PredictError| {
            matches!(error, trainer_core::PredictError::Weights(WeightsError::Layout { .. }))
        };
        assert!(expected(&error), "{error}");
        let window =
            ndarray::Array2::from_shape_vec((shape.seq_length, shape.features), set.window(0).to_vec())
                .unwrap();
        let one = predict_window(&config.model, shape, &weights, window.view()).unwrap();
        let all = predict(&config.model, shape, &weights, &set).unwrap().values;
        assert!(one.iter().zip(&all).all(|(one, all)| (one - all).abs() < 1e-6), "{one} {all}");
    }
}

#[test]
fn a_divergence_names_the_member() {
    let data = Data::planted(100, 1, 5);
    let steps = Steps { learning_rate: 1e30, gradient_clip: 1e30, ..STEPS };
    let config = FitConfig { steps, ..config(with_seeds(&gru(), 2), 3) };
    let error = fit(&config, &data.set(0..60), None, SEED, &mut ()).unwrap_err().to_string();
    assert!(error.contains("member.0."), "{error}");
}
