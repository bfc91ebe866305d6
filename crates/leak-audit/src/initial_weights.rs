//! The weights that a fit must start from, recomputed from its seed.
//!
//! The generator is ChaCha8, seeded for (root seed, `weights`, trial, fold, epoch 0). Tensors are filled in order. A
//! weight matrix with `i` inputs and `o` outputs is uniform in `[-limit, limit)` with `limit = sqrt(6 / (i + o))`
//! (Glorot and Bengio, 2010), each value drawn from the upper 24 bits of one 32-bit word; where several maps are
//! stacked, `o` is the size of one of them. Biases and shifts are 0, but 1 for the forget gates of an LSTM; gains are 1.
//! `docs/artifact-format.md`, section 3, defines the digest.

use artifact_core::schema::Hyperparameters;
use artifact_core::seed::{FitSeed, Purpose};
use artifact_core::{Component, Digest, Params};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::ops::Range;

/// How a tensor is initialized.
enum Start {
    Zero,
    One,
    /// One at these places, and zero elsewhere.
    OneIn(Range<usize>),
    /// Uniform, for a map with this many inputs and outputs.
    Uniform(usize, usize),
}

struct Tensor {
    name: String,
    shape: Vec<usize>,
    start: Start,
}

/// The digest of the initial weights of a model that has `width` logits or numbers per ticker; `None` if the model's
/// layout is not known here or is too large to recompute. Rows have `features` columns, and then those that say which ticker
/// they are of.
///
/// With several seeds, they are those of one model per seed, one after another, whose tensors' names begin with
/// `member.<number>.`.
pub(crate) fn digest(
    model: &Component,
    params: &Hyperparameters,
    features: (usize, usize),
    (tickers, width): (usize, usize),
    seed: FitSeed,
    seeds: usize,
) -> Option<Digest> {
    let tensors = layout(model, params, features, tickers * width)
        .filter(|tensors| values(tensors).checked_mul(seeds).is_some_and(|all| all <= LARGEST))?;
    let mut bytes = b"holdfast-weights-v1\0".to_vec();
    for member in 0..seeds {
        let prefix = if seeds == 1 { String::new() } else { format!("member.{member}.") };
        append(&mut bytes, &tensors, &prefix, seed.member(member as u64));
    }
    Some(Digest::of(&bytes))
}

/// Appends what is digested of one model's tensors.
fn append(bytes: &mut Vec<u8>, tensors: &[Tensor], prefix: &str, seed: FitSeed) {
    let mut generator = ChaCha8Rng::from_seed(seed.derive(Purpose::Weights, 0));
    let number = |bytes: &mut Vec<u8>, n: usize| bytes.extend((n as u64).to_le_bytes());
    for tensor in tensors {
        number(bytes, prefix.len() + tensor.name.len());
        bytes.extend(prefix.as_bytes());
        bytes.extend(tensor.name.as_bytes());
        number(bytes, tensor.shape.len());
        tensor.shape.iter().for_each(|&size| number(bytes, size));
        for place in 0..tensor.shape.iter().product::<usize>() {
            // One word per uniform value and none for constants: the position in the stream is part of the format.
            let value = match &tensor.start {
                Start::Zero => 0.0,
                Start::One => 1.0,
                Start::OneIn(places) => f32::from(u8::from(places.contains(&place))),
                &Start::Uniform(inputs, outputs) => {
                    // Computed in `f64` and rounded once, at the end: rounding earlier would change the last bit.
                    let limit = (6.0 / (inputs + outputs) as f64).sqrt();
                    let unit = f64::from(generator.next_u32() >> 8) / f64::from(1_u32 << 24);
                    ((2.0 * unit - 1.0) * limit) as f32
                }
            };
            bytes.extend(value.to_le_bytes());
        }
    }
}

/// The digest of no weights at all: where a model starts that learns from nothing.
pub(crate) fn nothing() -> Digest {
    Digest::of(b"holdfast-weights-v1\0")
}

/// The most values that are generated: a model this large would already take a gigabyte, and sizes come from a file.
const LARGEST: usize = 1 << 28;

fn values(tensors: &[Tensor]) -> usize {
    let size = |tensor: &Tensor| tensor.shape.iter().fold(1_usize, |size, &n| size.saturating_mul(n));
    tensors.iter().fold(0, |sum, tensor| sum.saturating_add(size(tensor)))
}

/// The tensors of a model with this many logits or numbers, in storage order; `None` for an unknown model or an unusable size.
fn layout(
    model: &Component,
    params: &Hyperparameters,
    (features, ticker_columns): (usize, usize),
    logits: usize,
) -> Option<Vec<Tensor>> {
    // A trial's parameters override those given with the model.
    let given = model.params.with_all(&params.model);
    let features = ticker_columns
        + match given.size("leading_features") {
            None | Some(0) => features,
            Some(leading) => features.min(leading),
        };
    let mut tensors = Vec::new();
    match (model.name.as_str(), model.version) {
        ("linear", 2) | ("gbdt", 1) => {}
        ("linear", 1) => {
            let inputs = params.seq_length.checked_mul(features)?;
            dense(&mut tensors, "linear", inputs, logits, 1);
        }
        ("transformer", 1) => {
            let (width, blocks) = (size(&given, "d_model", 64)?, size(&given, "num_layers", 2)?);
            let multiple = size(&given, "d_ff_multiple", 4)?.checked_mul(width)?;
            let hidden = size(&given, "d_ff", multiple)?;
            dense(&mut tensors, "input", features, width, 1);
            for block in 0..blocks {
                let name = |part: &str| format!("blocks.{block}.{part}");
                dense(&mut tensors, &name("attention.query"), width, width, 1);
                dense(&mut tensors, &name("attention.key_value"), width, width, 2);
                dense(&mut tensors, &name("attention.output"), width, width, 1);
                norm(&mut tensors, &name("attention_norm"), width);
                dense(&mut tensors, &name("feed_forward.up"), width, hidden, 1);
                dense(&mut tensors, &name("feed_forward.down"), hidden, width, 1);
                norm(&mut tensors, &name("feed_forward_norm"), width);
            }
            dense(&mut tensors, "head", width, logits, 1);
        }
        ("gru", 1) => {
            let (width, layers) = (size(&given, "d_model", 64)?, size(&given, "num_layers", 2)?);
            for layer in 0..layers {
                let inputs = if layer == 0 { features } else { width };
                dense(&mut tensors, &format!("layers.{layer}.input"), inputs, width, 3);
                dense(&mut tensors, &format!("layers.{layer}.recurrent"), width, width, 3);
            }
            dense(&mut tensors, "head", width, logits, 1);
        }
        ("lstm", 1) => {
            let (width, layers) = (size(&given, "d_model", 64)?, size(&given, "num_layers", 2)?);
            for layer in 0..layers {
                let inputs = if layer == 0 { features } else { width };
                let name = |part: &str| format!("layers.{layer}.{part}");
                dense(&mut tensors, &name("input"), inputs, width, 4);
                let bias = tensors.last_mut()?;
                bias.start = Start::OneIn(width..width.checked_mul(2)?);
                dense(&mut tensors, &name("recurrent"), width, width, 4);
                // The recurrent map has no bias.
                tensors.pop();
            }
            dense(&mut tensors, "head", width, logits, 1);
        }
        ("tcn", 1) => {
            let (width, blocks) = (size(&given, "d_model", 64)?, size(&given, "num_layers", 4)?);
            let kernel = size(&given, "kernel_size", 3)?;
            for block in 0..blocks {
                let inputs = if block == 0 { features } else { width };
                let name = |part: &str| format!("blocks.{block}.{part}");
                dense(&mut tensors, &name("first"), kernel.checked_mul(inputs)?, width, 1);
                dense(&mut tensors, &name("second"), kernel.checked_mul(width)?, width, 1);
                if inputs != width {
                    dense(&mut tensors, &name("skip"), inputs, width, 1);
                }
            }
            dense(&mut tensors, "head", width, logits, 1);
        }
        _ => return None,
    }
    Some(tensors)
}

/// A size parameter, or the default of the model's version if it is absent; `None` if it is not a size or is absurdly
/// large.
fn size(given: &Params, name: &str, default: usize) -> Option<usize> {
    let size = if given.get(name).is_some() { given.size(name)? } else { default };
    let most = if name == "num_layers" { 1 << 12 } else { LARGEST };
    (size <= most).then_some(size)
}

/// Adds `maps` linear maps of the same input, stacked side by side, with their biases.
fn dense(tensors: &mut Vec<Tensor>, name: &str, inputs: usize, outputs: usize, maps: usize) {
    tensors.push(Tensor {
        name: format!("{name}.weight"),
        shape: vec![inputs, outputs * maps],
        start: Start::Uniform(inputs, outputs),
    });
    tensors.push(Tensor { name: format!("{name}.bias"), shape: vec![outputs * maps], start: Start::Zero });
}

/// Adds the gain and shift of a normalization.
fn norm(tensors: &mut Vec<Tensor>, name: &str, width: usize) {
    tensors.push(Tensor { name: format!("{name}.gain"), shape: vec![width], start: Start::One });
    tensors.push(Tensor { name: format!("{name}.shift"), shape: vec![width], start: Start::Zero });
}
