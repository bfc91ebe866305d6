//! Fits of both scopes, by every kind of learner.

// Each test file uses a part of it.
#[allow(dead_code)]
mod common;

use artifact_core::IndexSet;
use common::{Data, SEED, config, gru};
use data_loader::{Sample, SequenceSet, TickerColumns, Windows};
use ndarray::{Array3, Axis, s};
use settings::part::PartSetting;
use trainer_core::{
    ChosenModel, Costs, Evaluation, FitConfig, FitOutcome, ModelParts, Scoring, Shape, Weights, fit, predict,
};

fn named(setting: &PartSetting) -> ChosenModel {
    ModelParts::builtin().models.choose(setting).unwrap()
}

fn linear() -> ChosenModel {
    named(&PartSetting::named("linear").with("rows", 4))
}

fn gbdt() -> ChosenModel {
    named(&PartSetting::named("gbdt").with("rows", 4).with("rounds_per_epoch", 2))
}

/// The features of `data`, one per ticker, as one block per ticker.
fn blocks(data: &Data) -> Array3<f32> {
    data.features.t().as_standard_layout().into_owned().insert_axis(Axis(2))
}

fn shared<'a>(data: &'a Data, blocks: &'a Array3<f32>, rows: std::ops::Range<usize>) -> SequenceSet<'a> {
    let windows = Windows { seq_length: data.seq_length, time_window: 1 };
    let (labels, returns) = (data.labels.view(), data.returns.view());
    SequenceSet::shared(blocks.view(), labels, returns, &IndexSet::from_range(rows), windows)
}

fn evaluated(config: &FitConfig, outcome: &FitOutcome, set: &SequenceSet<'_>) -> Evaluation {
    let predictions = predict(&config.model, Shape::of(set), &outcome.weights, set).unwrap();
    predictions.evaluate(set, &Scoring::plain(&Costs::per_side(1.0)))
}

fn mcc(config: &FitConfig, outcome: &FitOutcome, set: &SequenceSet<'_>) -> f64 {
    evaluated(config, outcome, set).mcc.expect("several classes")
}

/// The correlation over all samples, to which knowing the ticker counts.
fn pooled(config: &FitConfig, outcome: &FitOutcome, set: &SequenceSet<'_>) -> f64 {
    evaluated(config, outcome, set).mcc_pooled
}

#[test]
fn every_learner_learns_a_rule_that_tickers_share() {
    let data = Data::planted(400, 3, 6);
    let blocks = blocks(&data);
    let (train, validation, test) =
        (shared(&data, &blocks, 0..250), shared(&data, &blocks, 260..310), shared(&data, &blocks, 320..390));
    for (model, expected) in [(gru(), 0.8), (linear(), 0.6), (gbdt(), 0.9)] {
        let config = FitConfig { focal_gamma: 0.0, ..config(model, 30) };
        let outcome = fit(&config, &train, Some(&validation), SEED, &mut ()).unwrap();
        let found = mcc(&config, &outcome, &test);
        assert!(found > expected, "{:?}: {found}", config.model);
        // The recorded evaluation is that of the weights that come out.
        let kept = mcc(&config, &outcome, &validation);
        assert_eq!(Some(kept), outcome.evaluations[outcome.best_epoch - 1].mcc, "{:?}", config.model);
    }
}

/// The same sequences, told of their tickers.
fn told(set: SequenceSet<'_>) -> SequenceSet<'_> {
    let names: Vec<String> = (0..set.ticker_count()).map(|number| number.to_string()).collect();
    set.telling(TickerColumns::new(&names, &names))
}

#[test]
fn only_models_that_tell_tickers_apart_learn_what_these_answer_in_opposite_ways() {
    let mut data = Data::planted(600, 2, 6);
    let mirrored = |label: &mut i8| *label = [0, 2, 1][*label as usize];
    data.labels.column_mut(1).iter_mut().for_each(mirrored);
    let blocks = blocks(&data);
    let sets = [0..400, 410..480, 490..590].map(|rows| shared(&data, &blocks, rows));
    for (model, expected) in [(gru(), 0.7), (gbdt(), 0.8)] {
        // The Hold rows are the same for both, so that what is left without the columns is to tell these from the others.
        let config = FitConfig { focal_gamma: 0.0, ..config(model, 30) };
        let directions = |sets: &[SequenceSet<'_>; 3]| {
            let [train, validation, test] = sets;
            let outcome = fit(&config, train, Some(validation), SEED, &mut ()).unwrap();
            let found = predict(&config.model, Shape::of(test), &outcome.weights, test).unwrap();
            // The share of right ones among the predicted directions of what moves.
            let moves = (0..test.samples().len()).filter_map(|sample| {
                let label = test.sample_labels(sample)[0];
                let Sample { position, ticker } = test.samples()[sample];
                let values = found.values.slice(s![position, ticker, ..]);
                (label > 0).then_some((values[1] > values[2]) == (label == 1))
            });
            let moves: Vec<bool> = moves.collect();
            moves.iter().filter(|right| **right).count() as f64 / moves.len() as f64
        };
        let blind = directions(&sets);
        assert!((blind - 0.5).abs() < 0.15, "{:?}: {blind}", config.model);
        let seen = directions(&sets.clone().map(told));
        assert!(seen > 0.5 + expected / 2.0, "{:?}: {seen}", config.model);
    }
}

#[test]
fn a_linear_model_has_an_intercept_per_ticker() {
    let mut data = Data::planted(300, 2, 6);
    // Noise alone, so that there is no skill within tickers; but the second ticker rises most of the time and the first falls.
    let salt = data.labels.clone();
    data.labels.indexed_iter_mut().for_each(|((row, ticker), label)| {
        *label = if salt[[(row + 150) % 300, ticker]] == 0 { 0 } else { 2 - ticker as i8 };
    });
    let blocks = blocks(&data);
    let rows = [0..200, 210..240, 250..290];
    let objective = ModelParts::builtin().metrics.choose(&"mcc_pooled".into()).unwrap();
    let config = FitConfig { objective, ..config(linear(), 20) };
    let run = |sets: [SequenceSet<'_>; 3]| {
        let outcome = fit(&config, &sets[0], Some(&sets[1]), SEED, &mut ()).unwrap();
        let weight = outcome.weights.tensors.iter().find(|tensor| tensor.name == "outputs.0.weight").unwrap();
        (pooled(&config, &outcome, &sets[2]), weight.shape.clone())
    };
    let (blind, shape) = run(rows.clone().map(|rows| shared(&data, &blocks, rows)));
    assert!(blind.abs() < 0.2 && shape == [4, 3], "{blind}, {shape:?}");
    let (seen, shape) = run(rows.map(|rows| told(shared(&data, &blocks, rows))));
    assert!(seen > 0.5, "{seen}");
    assert_eq!(shape, [6, 3], "four rows, and each ticker once");
}

#[test]
fn models_of_tables_fit_each_ticker_on_its_own_in_the_joint_scope() {
    let data = Data::planted(500, 2, 6);
    for (model, expected) in [(linear(), 0.6), (gbdt(), 0.8)] {
        let config = config(model, 20);
        let outcome = fit(&config, &data.set(0..400), Some(&data.set(410..440)), SEED, &mut ()).unwrap();
        let found = mcc(&config, &outcome, &data.set(445..490));
        assert!(found > expected, "{:?}: {found}", config.model);
    }
}

#[test]
fn the_number_of_threads_changes_no_bit_of_a_model_of_tables() {
    let data = Data::planted(160, 3, 6);
    let blocks = blocks(&data);
    for model in [linear(), gbdt()] {
        let config = config(model, 3);
        let with_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (train, validation) = (shared(&data, &blocks, 0..100), shared(&data, &blocks, 110..150));
            pool.install(|| fit(&config, &train, Some(&validation), SEED, &mut ())).unwrap()
        };
        let alone = with_threads(1);
        for threads in [2, 3] {
            assert_eq!(with_threads(threads), alone, "{threads} threads");
        }
    }
}

#[test]
fn a_refit_for_fewer_epochs_is_the_beginning_of_the_longer_fit() {
    let data = Data::planted(160, 2, 6);
    let blocks = blocks(&data);
    let train = shared(&data, &blocks, 0..120);
    for model in [linear(), gbdt()] {
        let long = config(model, 6);
        let short = FitConfig { epochs: 4, ..long.clone() };
        let [long, short] = [long, short].map(|config| fit(&config, &train, None, SEED, &mut ()).unwrap());
        assert_eq!(long.history[..4], short.history[..]);
        assert_eq!(short.initial_weights, Weights::default().digest(), "they start from nothing");
    }
}

#[test]
fn a_class_without_training_labels_is_never_predicted() {
    let mut data = Data::planted(200, 1, 6);
    data.labels.mapv_inplace(|label| label % 2);
    let (train, test) = (data.set(0..120), data.set(130..190));
    for model in [linear(), gbdt()] {
        let config = config(model, 3);
        let outcome = fit(&config, &train, None, SEED, &mut ()).unwrap();
        let found = predict(&config.model, Shape::of(&test), &outcome.weights, &test).unwrap();
        assert!(found.values.outer_iter().all(|sample| sample[[0, 2]] == 0.0));
    }
    // With one class left there is nothing to learn.
    data.labels.fill(1);
    let (train, test) = (data.set(0..120), data.set(130..190));
    for model in [linear(), gbdt()] {
        let config = config(model, 2);
        let outcome = fit(&config, &train, None, SEED, &mut ()).unwrap();
        let found = predict(&config.model, Shape::of(&test), &outcome.weights, &test).unwrap();
        assert!(found.values.outer_iter().all(|sample| sample[[0, 1]] == 1.0));
    }
}

#[test]
fn a_class_that_weighs_nothing_is_left_out_of_the_fit() {
    let data = Data::planted(200, 1, 6);
    let (train, test) = (data.set(0..120), data.set(130..190));
    for model in [linear(), gbdt()] {
        let config = FitConfig { class_weights: [0.5, 0.5, 0.0], ..config(model, 3) };
        let outcome = fit(&config, &train, Some(&test), SEED, &mut ()).unwrap();
        let found = predict(&config.model, Shape::of(&test), &outcome.weights, &test).unwrap();
        assert!(found.values.outer_iter().all(|sample| sample[[0, 2]] == 0.0));
        assert!(outcome.history.iter().all(|record| record.validation_loss.unwrap().is_finite()));
    }
}

#[test]
fn damaged_weights_of_a_model_of_tables_are_refused() {
    let data = Data::planted(120, 2, 6);
    let blocks = blocks(&data);
    let set = shared(&data, &blocks, 0..100);
    for model in [linear(), gbdt()] {
        let config = config(model, 2);
        let outcome = fit(&config, &set, None, SEED, &mut ()).unwrap();
        let refused = |change: &dyn Fn(&mut Weights)| {
            let mut weights = outcome.weights.clone();
            change(&mut weights);
            predict(&config.model, Shape::of(&set), &weights, &set).unwrap_err().to_string()
        };
        refused(&|w| drop(w.tensors.pop()));
        refused(&|w| w.tensors[0].values[0] = 7.0);
        refused(&|w| w.tensors.iter_mut().for_each(|tensor| tensor.values.truncate(1)));
        refused(&|w| w.tensors[1].name = "outputs.0.other".into());
        refused(&|w| w.tensors[1].name = "outputs.9.weight".into());
        let wide = Shape { features: 2, ..Shape::of(&set) };
        assert!(predict(&config.model, wide, &outcome.weights, &set).is_err());
    }
}

#[test]
fn an_epoch_draws_no_more_samples_than_allowed() {
    let data = Data::planted(120, 2, 6);
    let blocks = blocks(&data);
    let set = shared(&data, &blocks, 0..100);
    let with = |samples_per_epoch: usize| {
        let mut config = config(gru(), 2);
        config.steps.samples_per_epoch = samples_per_epoch;
        fit(&config, &set, None, SEED, &mut ()).unwrap()
    };
    assert_eq!(set.samples().len(), 200);
    assert_eq!(with(0), with(200));
    assert_eq!(with(0), with(9999));
    assert_ne!(with(0).weights, with(40).weights);
}

/// A small network that reads so many features of a row.
fn network(name: &str, leading: usize) -> ChosenModel {
    let setting = PartSetting::named(name).with("d_model", 8).with("num_layers", 1);
    let setting = if name == "transformer" { setting.with("num_heads", 2) } else { setting };
    named(&setting.with("leading_features", leading))
}

#[test]
fn a_network_of_the_leading_features_is_that_of_data_without_the_others() {
    let data = Data::planted(120, 2, 5);
    let own = blocks(&data);
    let more = own.mapv(|value| value * value);
    let both = ndarray::concatenate![Axis(2), own, more].as_standard_layout().into_owned();
    for told_of_tickers in [false, true] {
        let set = |blocks| {
            let set = shared(&data, blocks, 0..100);
            if told_of_tickers { told(set) } else { set }
        };
        let (few, many) = (set(&own), set(&both));
        for name in ["gru", "lstm", "tcn", "transformer"] {
            let fitted = |leading: usize, set: &SequenceSet<'_>| {
                let config = config(network(name, leading), 2);
                let outcome = fit(&config, set, None, SEED, &mut ()).unwrap();
                (outcome.weights.digest(), mcc(&config, &outcome, set))
            };
            let expected = fitted(0, &few);
            assert_eq!(fitted(1, &many), expected, "{name}, told of tickers: {told_of_tickers}");
            assert_eq!(fitted(7, &few), expected, "{name}: at most all");
            assert_ne!(fitted(0, &many), expected, "{name}: all by default");
        }
    }
    // Side by side, the first features would be those of the first ticker.
    let error = fit(&config(network("gru", 1), 1), &data.set(0..50), None, SEED, &mut ()).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("leading_features") && message.contains("joint"), "{message}");
}
