//! Full training steps per second (forward, loss, backward, AdamW), single-threaded: `cargo bench -p trainer-core`.
//!
//! Prints the median of several rounds. It asserts nothing: speed depends on the machine.

use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::time::Instant;
use trainer_core::{
    AdamW, CLASSES, ChaCha8Rng, DropoutKey, FocalLoss, Mode, Model as _, Shape, Transformer,
    TransformerConfig, clip_scale, global_norm,
};

/// The rounds behind a median.
const ROUNDS: usize = 9;
/// The shortest round, in seconds.
const ROUND_SECONDS: f64 = 1.0;

fn main() {
    report("small", 64, [30, 20, 20], [64, 4, 2, 256]);
    report("medium", 64, [60, 50, 50], [128, 4, 3, 512]);
}

fn report(
    name: &str,
    batch: usize,
    [seq_length, features, tickers]: [usize; 3],
    [d_model, num_heads, num_layers, d_ff]: [usize; 4],
) {
    let shape = Shape { seq_length, features, tickers };
    let config = TransformerConfig { d_model, num_heads, num_layers, d_ff, dropout: 0.1 };
    let mut step = stepper(&config, shape, batch);
    step();
    let mut rates: Vec<f64> = (0..ROUNDS).map(|_| rate(&mut step)).collect();
    rates.sort_by(f64::total_cmp);
    let (lowest, median, highest) = (rates[0], rates[ROUNDS / 2], rates[ROUNDS - 1]);
    println!("{name:8} median {median:7.2} steps/s  (lowest {lowest:.2}, highest {highest:.2})");
}

/// Makes a closure that does one full training step on a fixed batch.
fn stepper(config: &TransformerConfig, shape: Shape, batch: usize) -> impl FnMut() + use<> {
    let mut generator = ChaCha8Rng::from_seed([7; 32]);
    let mut model = Transformer::<f32>::new(config, shape).expect("a valid configuration");
    model.reserve(batch);
    let mut parameters = vec![0.0; model.layout().len()];
    model.initialise(&mut parameters, &mut generator);
    let mut uniform = || (generator.next_u32() >> 8) as f32 / (1u32 << 23) as f32 - 1.0;
    let inputs: Vec<f32> = (0..batch * shape.window()).map(|_| 1.7 * uniform()).collect();
    let labels: Vec<i8> = (0..batch * shape.tickers).map(|i| ((i * 7919 + i / 13) % 3) as i8).collect();
    let loss = FocalLoss::new(2.0, [1.0, 2.0, 0.5]).expect("a valid loss");
    let mut optimizer = AdamW::new(parameters.len(), 0.01);
    let mut gradient = vec![0.0; parameters.len()];
    let mut logit_gradient = vec![0.0; labels.len() * CLASSES];
    let mut count = 0;
    move || {
        count += 1;
        let mode = Mode::Train(DropoutKey::new(&[1; 32], count));
        let logits = model.forward(&parameters, &inputs, batch, mode);
        loss.sum_and_gradient(logits, &labels, &mut logit_gradient);
        gradient.fill(0.0);
        model.backward(&parameters, &inputs, &logit_gradient, &mut gradient);
        let scale = clip_scale(global_norm(&gradient), 1.0);
        optimizer.step(model.layout(), &mut parameters, &gradient, scale, 1e-3);
    }
}

/// Runs one round; gives steps per second.
fn rate(step: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut steps = 0;
    while start.elapsed().as_secs_f64() < ROUND_SECONDS {
        step();
        steps += 1;
    }
    f64::from(steps) / start.elapsed().as_secs_f64()
}
