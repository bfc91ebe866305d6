//! The speed of fits, measured on `trainer_core::fit` itself.

use crate::rounds::{median, rates};
use artifact_core::{Component, IndexSet};
use clap::{Args, ValueEnum};
use data_loader::{SequenceSet, Windows};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use settings::part::PartSetting;
use std::time::Instant;
use trainer_core::{
    CLASSES, ChosenModel, Control, Costs, Decision, EpochRecord, Evaluation, FitConfig, FitSeed, ModelParts,
    Observer, Steps, fit,
};

/// The sizes of a model and its data.
#[derive(Debug, Clone, Args)]
pub(crate) struct FitArgs {
    #[arg(long, value_enum, default_value = "transformer")]
    model: Kind,
    #[arg(long, default_value_t = 64)]
    batch: usize,
    #[arg(long, default_value_t = 30)]
    seq_length: usize,
    #[arg(long, default_value_t = 20)]
    features: usize,
    #[arg(long, default_value_t = 20)]
    tickers: usize,
    #[arg(long, default_value_t = 64)]
    d_model: usize,
    #[arg(long, default_value_t = 4)]
    heads: usize,
    #[arg(long, default_value_t = 2)]
    layers: usize,
    #[arg(long, default_value_t = 256)]
    d_ff: usize,
    /// Number of fits that run in parallel
    #[arg(long, default_value_t = 1)]
    fits: usize,
    /// Number of timed epochs
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Number of steps per epoch
    #[arg(long, default_value_t = 4)]
    steps: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Transformer,
    Gru,
    Lstm,
    Tcn,
    Linear,
}

impl FitArgs {
    fn chosen(&self, parts: &ModelParts) -> anyhow::Result<ChosenModel> {
        let sizes = |name: &str| {
            PartSetting::named(name).with("d_model", self.d_model).with("num_layers", self.layers)
        };
        let setting = match self.model {
            // The version that is fitted by gradient steps, like the models it is timed beside.
            Kind::Linear => return Ok(parts.models.find(&Component::new("linear", 1))?),
            Kind::Gru => sizes("gru"),
            Kind::Lstm => sizes("lstm"),
            Kind::Tcn => sizes("tcn"),
            Kind::Transformer => sizes("transformer").with("num_heads", self.heads).with("d_ff", self.d_ff),
        };
        Ok(parts.models.choose(&setting)?)
    }

    fn config(&self) -> anyhow::Result<FitConfig> {
        let parts = ModelParts::builtin();
        // One untimed epoch to warm up.
        let epochs = self.epochs + 1;
        Ok(FitConfig {
            model: self.chosen(&parts)?,
            steps: Steps {
                learning_rate: 1e-3,
                weight_decay: 0.01,
                batch_size: self.batch,
                accumulation_steps: 1,
                warmup_fraction: 0.1,
                gradient_clip: 1.0,
                samples_per_epoch: 0,
            },
            epochs,
            schedule_epochs: epochs,
            focal_gamma: 2.0,
            class_weights: [1.0; CLASSES],
            patience: None,
            objective: parts.metrics.choose(&"mcc".into())?,
            decision: Decision::MOST_PROBABLE,
            alternatives: Vec::new(),
            costs: Costs::per_side(5.0),
            segments: Vec::new(),
            tempers: false,
        })
    }
}

/// Times each epoch.
struct Clock {
    last: Instant,
    seconds: Vec<f64>,
}

impl Observer for Clock {
    fn epoch(&mut self, _record: &EpochRecord, _evaluation: Option<&Evaluation>) -> Control {
        self.seconds.push(self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
        Control::Continue
    }
}

/// Times the epochs of one fit or of several in parallel; the rate is the sum over all of them.
pub(crate) fn measure(args: &FitArgs) -> anyhow::Result<Value> {
    let sequences = args.batch * args.steps;
    let rows = sequences + args.seq_length - 1;
    let mut generator = ChaCha8Rng::from_seed([7; 32]);
    let mut uniform = || (generator.next_u32() >> 8) as f32 / (1u32 << 23) as f32 - 1.0;
    let features = Array2::from_shape_simple_fn((rows, args.features), || 1.7 * uniform());
    let labels = Array2::from_shape_fn((rows, args.tickers), |(row, ticker)| ((row * 7 + ticker) % 3) as i8);
    let returns = Array2::zeros((rows, args.tickers));
    let indices = IndexSet::from_range(0..sequences);
    let windows = Windows { seq_length: args.seq_length, time_window: 1 };
    let set = SequenceSet::new(features.view(), labels.view(), returns.view(), &indices, windows);
    let config = args.config()?;
    let one = |trial: usize| {
        let seed = FitSeed { root: 1, trial: trial as u64, fold: 0 };
        let mut clock = Clock { last: Instant::now(), seconds: Vec::new() };
        fit(&config, &set, None, seed, &mut clock)?;
        Ok::<_, trainer_core::FitError>(median(clock.seconds.split_off(1)))
    };
    let fitted = std::thread::scope(|scope| {
        let fits: Vec<_> = (0..args.fits).map(|trial| scope.spawn(move || one(trial))).collect();
        fits.into_iter().map(|fit| fit.join().expect("a fit does not panic")).collect::<Result<Vec<_>, _>>()
    })?;
    let rate: f64 = fitted.iter().map(|seconds| args.steps as f64 / seconds).sum();
    Ok(json!({ "steps_per_second": rate }))
}

/// The best rate of a large square matrix product.
pub(crate) fn measure_gemm() -> Value {
    const SIZE: usize = 768;
    let left = Array2::from_elem((SIZE, SIZE), 0.5f32);
    let right = Array2::from_elem((SIZE, SIZE), 0.25f32);
    let mut output = Array2::<f32>::zeros((SIZE, SIZE));
    let rates = rates(9, 0.2, || product(&mut output, &left, &right, SIZE));
    let best = rates.into_iter().fold(0.0, f64::max);
    json!({ "gflops": best * 2.0 * (SIZE as f64).powi(3) / 1e9 })
}

#[allow(unsafe_code)]
fn product(output: &mut Array2<f32>, left: &Array2<f32>, right: &Array2<f32>, size: usize) {
    let stride = size as isize;
    // SAFETY: all three are dense row-major matrices of `size` rows and columns, and `output` is borrowed mutably.
    unsafe {
        gemm::gemm(
            size,
            size,
            size,
            output.as_mut_ptr(),
            1,
            stride,
            false,
            left.as_ptr(),
            1,
            stride,
            right.as_ptr(),
            1,
            stride,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
