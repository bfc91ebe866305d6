//! Fits end to end: what they learn, and that they are reproducible.

mod common;

use artifact_core::Params;
use common::{Data, SEED, STEPS, config, gru, gru_with, linear, lstm, tcn, transformer, transformer_with};
use metrics::Metric;
use settings::part::{Chosen, Declaration, Part};
use std::sync::Arc;
use trainer_core::{
    Control, Costs, EpochRecord, Evaluation, FitConfig, FitError, FitOutcome, FitSeed, Layout, Mode, Model,
    Observer, Origin, Real, Scoring, Shape, Steps, Temperature, evaluate, fit, fit_model, labelled_rows,
    predict, predict_window,
};

/// Fits and expects success.
fn fitted(config: &FitConfig, data: &Data, train: std::ops::Range<usize>, seed: FitSeed) -> FitOutcome {
    fit(config, &data.set(train), None, seed, &mut ()).expect("a valid fit")
}

/// The outcome's Matthews correlation on `range`.
fn mcc(config: &FitConfig, outcome: &FitOutcome, data: &Data, range: std::ops::Range<usize>) -> f64 {
    let set = data.set(range);
    let shape = Shape::of(&set);
    let predictions = predict(&config.model, shape, &outcome.weights, &set).expect("matching weights");
    predictions.evaluate(&set, &Scoring::plain(&config.costs)).mcc.expect("several classes")
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let data = Data::planted(120, 2, 6);
    for architecture in [transformer(), gru(), lstm(), tcn(), linear()] {
        // Batches of 16, and a last one of 3, which has fewer slices than there are threads.
        let config = config(architecture, 2);
        let with_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| fit(&config, &data.set(0..83), Some(&data.set(90..110)), SEED, &mut ()))
                .expect("a valid fit")
        };
        let alone = with_threads(1);
        for threads in [2, 3, 16] {
            assert_eq!(with_threads(threads), alone, "{threads} threads");
        }
    }
}

#[test]
fn segments_are_scored_like_sets_of_their_own() {
    let data = Data::planted(120, 2, 6);
    let (train, validation) = (data.set(0..80), data.set(90..110));
    let with = |segments: Vec<std::ops::Range<usize>>| {
        let config = FitConfig { segments, tempers: true, ..config(linear(), 2) };
        fit(&config, &train, Some(&validation), SEED, &mut ()).expect("a valid fit")
    };
    let (whole, halves) = (with(vec![0..20; 1]), with(vec![0..8, 8..20]));
    for (epoch, evaluation) in whole.evaluations.iter().enumerate() {
        let ([all], [first, second]) = (&whole.segments[epoch][..], &halves.segments[epoch][..]) else {
            panic!("one segment, and two");
        };
        assert_eq!(all.objectives, [evaluation.mcc], "one segment is the whole set");
        assert_eq!([first.skills.as_slice(), &second.skills].concat(), all.skills);
        assert_eq!(all.skills.len(), labelled_rows(&validation).len());
        // The middle temperature is 1; the log loss is a mean over samples.
        let plain = all.tempered[Temperature::COUNT / 2] / evaluation.samples as f64;
        assert!((plain - evaluation.log_loss).abs() < 1e-6, "{plain} and {}", evaluation.log_loss);
        assert!(all.returns == [Vec::<f32>::new()], "there are no prices");
    }
    assert_eq!(whole.weights, halves.weights);
    let error = |segments| {
        let config = FitConfig { segments, ..config(linear(), 1) };
        fit(&config, &train, Some(&validation), SEED, &mut ()).expect_err("outside").to_string()
    };
    assert!(error(vec![15..21; 1]).contains("segments"), "{}", error(vec![15..21; 1]));
}

#[test]
fn every_model_learns_a_planted_rule() {
    let data = Data::planted(700, 2, 6);
    for (architecture, expected) in
        [(transformer(), 0.8), (gru(), 0.8), (lstm(), 0.7), (tcn(), 0.8), (linear(), 0.6)]
    {
        let config = config(architecture, 30);
        let outcome = fitted(&config, &data, 0..500, SEED);
        let found = mcc(&config, &outcome, &data, 510..690);
        assert!(found > expected, "{:?}: {found}", config.model);
        assert_ne!(outcome.weights.digest(), outcome.initial_weights);
        let losses: Vec<f64> = outcome.history.iter().map(|record| record.train_loss).collect();
        assert!(losses[29] < 0.5 * losses[0], "{losses:?}");
    }
}

#[test]
fn a_tiny_set_is_memorised() {
    let mut data = Data::planted(30, 1, 4);
    // Nothing to generalise: the class depends on the row number alone.
    for (row, label) in data.labels.iter_mut().enumerate() {
        *label = (row % 5 % 3) as i8;
    }
    let mut config = config(transformer_with("dropout_rate", 0.0), 120);
    config.steps.weight_decay = 0.0;
    let outcome = fitted(&config, &data, 0..12, SEED);
    assert_eq!(mcc(&config, &outcome, &data, 0..12), 1.0);
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_thread() {
    let data = Data::planted(80, 2, 5);
    for architecture in [transformer(), gru(), lstm(), tcn(), linear()] {
        let config = config(architecture, 3);
        let here = fitted(&config, &data, 0..70, SEED);
        let there = std::thread::scope(|scope| {
            let fits: Vec<_> = (0..3).map(|_| scope.spawn(|| fitted(&config, &data, 0..70, SEED))).collect();
            fits.into_iter().map(|fit| fit.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(there.iter().all(|outcome| *outcome == here));
    }
}

#[test]
fn every_part_of_the_seed_gives_another_start() {
    let data = Data::planted(40, 1, 5);
    let config = config(transformer(), 1);
    let seeds =
        [SEED, FitSeed { fold: 2, ..SEED }, FitSeed { trial: 4, ..SEED }, FitSeed { root: 43, ..SEED }];
    let starts: std::collections::BTreeSet<_> =
        seeds.map(|seed| fitted(&config, &data, 0..30, seed).initial_weights).into();
    assert_eq!(starts.len(), seeds.len());
}

#[test]
fn a_refit_for_fewer_epochs_repeats_the_first_epochs() {
    let data = Data::planted(80, 2, 5);
    let long = config(transformer(), 5);
    let short = FitConfig { epochs: 3, ..long.clone() };
    let (train, validation) = (data.set(0..50), data.set(50..70));
    let refit = fit(&short, &train, None, SEED, &mut ()).unwrap();
    let cut = fit(&long, &train, None, SEED, &mut StopAt(3)).unwrap();
    assert_eq!((refit.stopped, cut.stopped), (false, true));
    assert_eq!(refit.weights, cut.weights);
    assert_eq!(refit.history, cut.history);
    let watched = fit(&long, &train, Some(&validation), SEED, &mut ()).unwrap();
    for (alone, watched) in refit.history.iter().zip(&watched.history) {
        assert_eq!(alone.train_loss, watched.train_loss, "validation must not change training");
    }
}

/// Stops after this epoch.
struct StopAt(u64);

impl Observer for StopAt {
    fn epoch(&mut self, record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        if record.epoch == self.0 { Control::Stop } else { Control::Continue }
    }
}

#[test]
fn early_stopping_restores_the_best_epoch() {
    let data = Data::planted(120, 1, 5);
    let (train, validation) = (data.set(0..60), data.set(60..110));
    let config = FitConfig {
        patience: Some(3),
        steps: Steps { learning_rate: 0.02, ..STEPS },
        ..config(transformer(), 60)
    };
    let outcome = fit(&config, &train, Some(&validation), SEED, &mut ()).unwrap();
    assert!(outcome.stopped, "60 epochs at this rate overshoot");
    assert_eq!(outcome.history.len(), outcome.best_epoch + 3);
    assert_eq!(outcome.evaluations.len(), outcome.history.len());
    let objectives: Vec<f64> = outcome.history.iter().map(|r| r.objective.unwrap()).collect();
    let best = objectives[outcome.best_epoch - 1];
    assert!(objectives[..outcome.best_epoch - 1].iter().all(|&o| o < best));
    assert!(objectives.iter().all(|&o| o <= best));

    // The weights kept are those with the best evaluation.
    let shape = Shape::of(&validation);
    let predictions = predict(&config.model, shape, &outcome.weights, &validation).unwrap();
    let again = predictions.evaluate(&validation, &Scoring::plain(&config.costs));
    assert_eq!(again.confusion, outcome.evaluations[outcome.best_epoch - 1].confusion);
}

#[test]
fn the_observer_sees_every_epoch_and_may_stop() {
    let data = Data::planted(60, 1, 5);
    let (train, validation) = (data.set(0..30), data.set(30..50));
    let outcome = fit(&config(transformer(), 5), &train, Some(&validation), SEED, &mut StopAt(2)).unwrap();
    assert_eq!((outcome.history.len(), outcome.stopped), (2, true));
    assert!(outcome.history.iter().all(|record| record.validation_loss.is_some_and(f64::is_finite)));
}

#[test]
fn without_labels_no_weight_moves() {
    let mut data = Data::planted(40, 2, 5);
    data.labels.fill(-1);
    let (train, validation) = (data.set(0..20), data.set(20..30));
    let outcome = fit(&config(transformer(), 2), &train, Some(&validation), SEED, &mut ()).unwrap();
    assert_eq!(outcome.weights.digest(), outcome.initial_weights);
    assert!(outcome.history.iter().all(|record| record.train_loss == 0.0));
    assert_eq!(outcome.evaluations[0].samples, 0);
}

#[test]
fn masked_labels_do_not_matter() {
    let data = Data::planted(60, 2, 5);
    let mut masked = Data::planted(60, 2, 5);
    masked.labels.column_mut(1).fill(-1);
    let config = config(linear(), 2);
    let outcome = fitted(&config, &masked, 0..50, SEED);
    assert_ne!(outcome.weights, fitted(&config, &data, 0..50, SEED).weights);
    masked.returns.column_mut(1).fill(f32::NAN);
    assert_eq!(outcome.weights, fitted(&config, &masked, 0..50, SEED).weights);
}

#[test]
fn a_batch_may_be_larger_than_the_set() {
    let data = Data::planted(40, 1, 5);
    let mut config = config(transformer(), 2);
    config.steps.batch_size = usize::MAX;
    let outcome = fitted(&config, &data, 0..7, SEED);
    config.steps.batch_size = 7;
    assert_eq!(outcome, fitted(&config, &data, 0..7, SEED));
}

#[test]
fn invalid_settings_are_named() {
    let data = Data::planted(40, 1, 5);
    let train = data.set(0..20);
    let refused = |change: fn(&mut FitConfig), field: &str| {
        let mut config = config(transformer(), 2);
        change(&mut config);
        match fit(&config, &train, None, SEED, &mut ()) {
            Err(FitError::Config(error)) => assert_eq!(error.field, field, "{error}"),
            other => panic!("{field}: {other:?}"),
        }
    };
    refused(|c| c.steps.learning_rate = f64::NAN, "learning_rate");
    refused(|c| c.steps.learning_rate = 0.0, "learning_rate");
    refused(|c| c.steps.weight_decay = -1.0, "weight_decay");
    refused(|c| c.steps.batch_size = 0, "batch_size");
    refused(|c| c.steps.accumulation_steps = 0, "accumulation_steps");
    refused(|c| c.epochs = 0, "epochs");
    refused(|c| c.schedule_epochs = 1, "schedule_epochs");
    refused(|c| c.steps.warmup_fraction = 1.5, "warmup_fraction");
    refused(|c| c.steps.gradient_clip = 0.0, "gradient_clip");
    refused(|c| c.focal_gamma = -1.0, "focal_gamma");
    refused(|c| c.class_weights[1] = f64::NAN, "class_weights");
    refused(|c| c.patience = Some(0), "patience");
    refused(|c| c.costs.per_side_bps = f64::INFINITY, "cost_bps");
    refused(|c| c.model.params.set("num_heads", 3), "num_heads");
}

#[test]
fn mismatched_sets_are_named() {
    let data = Data::planted(40, 1, 5);
    let other = Data::planted(40, 2, 5);
    let config = config(transformer(), 1);
    let field = |fitted: Result<FitOutcome, FitError>| match fitted {
        Err(FitError::Config(error)) => error.field.into_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(field(fit(&config, &data.set(0..0), None, SEED, &mut ())), "train");
    let (train, validation) = (data.set(0..9), other.set(0..9));
    assert_eq!(field(fit(&config, &train, Some(&validation), SEED, &mut ())), "validation");
}

#[test]
fn a_diverging_fit_names_the_place() {
    let data = Data::planted(40, 1, 5);
    let mut config = config(linear(), 3);
    config.steps.learning_rate = 1e38;
    config.steps.weight_decay = 0.0;
    let error = fit(&config, &data.set(0..30), None, SEED, &mut ()).unwrap_err();
    let FitError::NonFinite { epoch: 1..=3, step: 1..=2, origin, .. } = &error else { panic!("{error}") };
    assert!(matches!(origin, Origin::Parameter(name) if name == "linear.weight"), "{error}");
}

#[test]
fn a_non_finite_input_is_distinguished_from_divergence() {
    let mut data = Data::planted(40, 1, 5);
    data.features[[12, 0]] = f32::NAN;
    for architecture in [transformer(), gru(), lstm(), tcn(), linear()] {
        let error = fit(&config(architecture, 2), &data.set(0..30), None, SEED, &mut ()).unwrap_err();
        assert!(matches!(error, FitError::NonFinite { epoch: 1, origin: Origin::Inputs, .. }), "{error}");
    }
}

/// A metric that is no number.
struct Undefined;

impl Part for Undefined {
    fn declaration(&self) -> Declaration {
        Declaration::new("undefined", "NaN, whatever the evaluation.")
    }
}

impl Metric for Undefined {
    fn value(&self, _evaluation: &Evaluation, _params: &Params) -> f64 {
        f64::NAN
    }
}

#[test]
fn a_metric_that_is_not_finite_is_named() {
    let data = Data::planted(60, 1, 5);
    let objective = Chosen::with_defaults(Arc::new(Undefined) as Arc<dyn Metric>);
    let config = FitConfig { objective, ..config(linear(), 2) };
    let error = fit(&config, &data.set(0..30), Some(&data.set(35..50)), SEED, &mut ()).unwrap_err();
    let expected = "the metric undefined is NaN in epoch 1, expected a finite number";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_overflowing_layer_is_named() {
    let mut data = Data::planted(60, 1, 5);
    // Finite, but beyond the range of f32 once multiplied by a weight.
    data.features[[44, 0]] = 3e38;
    data.features[[45, 0]] = 3e38;
    let (train, validation) = (data.set(0..30), data.set(35..50));
    let error = fit(&config(transformer(), 2), &train, Some(&validation), SEED, &mut ()).unwrap_err();
    let FitError::NonFinite { quantity, origin, .. } = &error else { panic!("{error}") };
    assert_eq!(*quantity, "the validation loss");
    assert!(matches!(origin, Origin::Output(name) if name == "blocks.0"), "{error}");
}

#[test]
fn accumulated_batches_step_like_one_large_batch() {
    let data = Data::planted(80, 2, 5);
    // Without dropout, whose masks are per batch, only rounding differs.
    let gru = gru_with(8, 1, 0.0);
    let large = FitConfig { steps: Steps { batch_size: 32, ..STEPS }, ..config(gru, 3) };
    let small = FitConfig { steps: Steps { batch_size: 8, accumulation_steps: 4, ..STEPS }, ..large.clone() };
    let (large, small) = (fitted(&large, &data, 0..70, SEED), fitted(&small, &data, 0..70, SEED));
    for (a, b) in large.history.iter().zip(&small.history) {
        assert_eq!(a.learning_rate, b.learning_rate, "the schedule counts optimizer steps");
        assert!((a.train_loss - b.train_loss).abs() < 1e-4 * a.train_loss, "{a:?} {b:?}");
    }
    for (a, b) in large.weights.tensors.iter().zip(&small.weights.tensors) {
        let close = a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() < 2e-3);
        assert!(close, "{}", a.name);
    }
}

#[test]
fn a_window_alone_is_predicted_as_in_its_set() {
    let data = Data::planted(60, 3, 5);
    for architecture in [transformer(), gru(), lstm(), tcn(), linear()] {
        let config = config(architecture, 2);
        let outcome = fitted(&config, &data, 0..40, SEED);
        let set = data.set(40..50);
        let shape = Shape::of(&set);
        let all = predict(&config.model, shape, &outcome.weights, &set).unwrap();
        let window = data.features.slice(ndarray::s![43..48, ..]);
        let one = predict_window(&config.model, shape, &outcome.weights, window).unwrap();
        for (found, expected) in one.iter().zip(all.values.index_axis(ndarray::Axis(0), 3)) {
            assert!((found - expected).abs() < 1e-6);
        }
        let sums = all.values.sum_axis(ndarray::Axis(2));
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6));

        let narrow = data.features.slice(ndarray::s![43..47, ..]);
        assert!(predict_window(&config.model, shape, &outcome.weights, narrow).is_err());
        let mut broken = window.to_owned();
        broken[[1, 2]] = f32::NAN;
        let error = predict_window(&config.model, shape, &outcome.weights, broken.view()).unwrap_err();
        assert!(error.to_string().contains("row 1, feature 2"), "{error}");
    }
}

#[test]
fn weights_of_another_model_are_refused() {
    let data = Data::planted(60, 2, 5);
    let outcome = fitted(&config(linear(), 1), &data, 0..40, SEED);
    let set = data.set(40..50);
    let error = predict(&transformer(), Shape::of(&set), &outcome.weights, &set).unwrap_err();
    assert!(error.to_string().contains("input.weight"), "{error}");
}

/// A user's own model: the same logits for every window.
struct Constant<R> {
    shape: Shape,
    layout: Layout,
    logits: Vec<R>,
}

impl<R: Real> Constant<R> {
    fn new(shape: Shape) -> Self {
        let mut layout = Layout::new();
        layout.undecayed("logits", &[shape.logits()], trainer_core::Start::Zero);
        Self { shape, layout, logits: Vec::new() }
    }
}

impl<R: Real> Model<R> for Constant<R> {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn reserve(&mut self, batch: usize) {
        self.logits.resize(batch * self.shape.logits(), R::ZERO);
    }

    fn forward(&mut self, parameters: &[R], _inputs: &[R], batch: usize, _mode: Mode) -> &[R] {
        let logits = &mut self.logits[..batch * self.shape.logits()];
        for row in logits.chunks_exact_mut(parameters.len()) {
            row.copy_from_slice(parameters);
        }
        logits
    }

    fn backward(&mut self, _parameters: &[R], _inputs: &[R], logit_gradient: &[R], gradient: &mut [R]) {
        for row in logit_gradient.chunks_exact(gradient.len()) {
            for (sum, &slope) in gradient.iter_mut().zip(row) {
                *sum += slope;
            }
        }
    }
}

#[test]
fn a_users_own_model_is_fitted() {
    let mut data = Data::planted(60, 1, 5);
    data.labels.fill(2);
    let set = data.set(0..50);
    let mut model = Constant::new(Shape::of(&set));
    let config = FitConfig { steps: Steps { learning_rate: 0.1, ..STEPS }, ..config(linear(), 10) };
    let outcome = fit_model(&mut model, &config, &set, Some(&set), SEED, &mut ()).unwrap();
    assert_eq!(outcome.evaluations[9].accuracy, 1.0);
    let logits = &outcome.weights.tensors[0].values;
    assert!(logits[2] > logits[0] && logits[2] > logits[1], "{logits:?}");
}

#[test]
fn probabilities_are_evaluated_like_predictions() {
    let data = Data::planted(60, 2, 5);
    let config = config(linear(), 2);
    let outcome = fitted(&config, &data, 0..40, SEED);
    let set = data.set(40..50);
    let predictions = predict(&config.model, Shape::of(&set), &outcome.weights, &set).unwrap();
    let evaluation = evaluate(predictions.values.view(), &set, &Scoring::plain(&Costs::per_side(5.0)));
    assert_eq!(evaluation, predictions.evaluate(&set, &Scoring::plain(&Costs::per_side(5.0))));
    assert_eq!(evaluation.samples, 20);
    assert_eq!(evaluation.strategy, None, "these rows have no prices");
}
