//! The layout of a model's parameters: named tensors, one after another in a single flat vector.

use crate::kernels::real::Real;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use std::ops::Range;

/// The place of one tensor in the flat parameter vector, and equally in the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    start: usize,
    length: usize,
}

impl Slot {
    /// The tensor's indices in the flat vector.
    pub fn range(self) -> Range<usize> {
        self.start..self.start + self.length
    }

    /// The tensor's values in `flat`.
    pub fn of<R>(self, flat: &[R]) -> &[R] {
        &flat[self.range()]
    }

    /// The tensor's values in `flat`, mutably.
    pub fn of_mut<R>(self, flat: &mut [R]) -> &mut [R] {
        &mut flat[self.range()]
    }
}

/// How a tensor is initialised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    /// All zero: biases and shifts.
    Zero,
    /// All one: the gains of layer norms.
    One,
    /// Uniform in `[-limit, limit)`.
    Uniform {
        /// The largest magnitude.
        limit: f64,
    },
}

impl Start {
    /// The uniform start that preserves the variance of signals and gradients through a linear map: `limit =
    /// sqrt(6 / (inputs + outputs))` (Glorot and Bengio, 2010).
    pub fn xavier(inputs: usize, outputs: usize) -> Self {
        Start::Uniform { limit: (6.0 / (inputs + outputs) as f64).sqrt() }
    }
}

/// One named tensor of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorSpec {
    /// The name, unique in the model, as in the weights file.
    pub name: String,
    /// The dimensions; values are in row-major order.
    pub shape: Vec<usize>,
    /// Whether weight decay applies: to weights, not to biases and layer norms.
    pub decay: bool,
    /// How the tensor is initialised.
    pub start: Start,
    /// Its place in the flat vector.
    pub slot: Slot,
}

/// All tensors of a model, in the order of the flat vector.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    tensors: Vec<TensorSpec>,
    length: usize,
}

impl Layout {
    /// Makes an empty layout.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a tensor with weight decay.
    pub fn weight(&mut self, name: impl Into<String>, shape: &[usize], start: Start) -> Slot {
        self.add(name.into(), shape, true, start)
    }

    /// Appends a tensor without weight decay: a bias, or a layer norm's gain or shift.
    pub fn undecayed(&mut self, name: impl Into<String>, shape: &[usize], start: Start) -> Slot {
        self.add(name.into(), shape, false, start)
    }

    fn add(&mut self, name: String, shape: &[usize], decay: bool, start: Start) -> Slot {
        let slot = Slot { start: self.length, length: shape.iter().product() };
        self.length += slot.length;
        self.tensors.push(TensorSpec { name, shape: shape.to_vec(), decay, start, slot });
        slot
    }

    /// The tensors, in order. Their slots follow each other without gaps.
    pub fn tensors(&self) -> &[TensorSpec] {
        &self.tensors
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Sets every tensor to its start, in order. `parameters` has length [`Layout::len`].
    ///
    /// A uniform value uses the upper 24 bits of one 32-bit word of the generator. The algorithm is spelt out here so
    /// that no library's choice of one determines the initial weights.
    pub fn initialise<R: Real>(&self, parameters: &mut [R], generator: &mut ChaCha8Rng) {
        for tensor in &self.tensors {
            let values = tensor.slot.of_mut(parameters);
            match tensor.start {
                Start::Zero => values.fill(R::ZERO),
                Start::One => values.fill(R::ONE),
                Start::Uniform { limit } => {
                    for value in values {
                        let unit = f64::from(generator.next_u32() >> 8) / f64::from(1u32 << 24);
                        *value = R::from_f64((2.0 * unit - 1.0) * limit);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng as _;

    #[test]
    fn slots_are_contiguous_and_initialised_as_declared() {
        let mut layout = Layout::new();
        let weight = layout.weight("weight", &[3, 4], Start::xavier(3, 4));
        let bias = layout.undecayed("bias", &[4], Start::Zero);
        let gain = layout.undecayed("gain", &[2], Start::One);
        assert_eq!((weight.range(), bias.range(), gain.range()), (0..12, 12..16, 16..18));

        let mut parameters = vec![f32::NAN; layout.len()];
        layout.initialise(&mut parameters, &mut ChaCha8Rng::from_seed([1; 32]));
        let limit = (6.0f32 / 7.0).sqrt();
        let weights = weight.of(&parameters);
        assert!(weights.iter().all(|w| (-limit..limit).contains(w)));
        assert!(weights.iter().any(|w| *w != weights[0]));
        assert_eq!(bias.of(&parameters), [0.0; 4]);
        assert_eq!(gain.of(&parameters), [1.0; 2]);
    }
}
