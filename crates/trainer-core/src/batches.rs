//! The order of an epoch's samples, and the buffers that a batch is gathered into.

use crate::model::Shape;
use data_loader::{Labels, SequenceSet, Subset, Truth};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A permutation of `0..count`, a pure function of `seed`.
///
/// A Fisher-Yates shuffle from the end. Each index is the upper half of the product of a 64-bit ChaCha8 word and the
/// number of choices. Both are spelt out here so that no library's choice of algorithm determines the order.
pub(crate) fn shuffled(count: usize, seed: [u8; 32]) -> Vec<usize> {
    let mut generator = ChaCha8Rng::from_seed(seed);
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let choices = last as u128 + 1;
        let chosen = (u128::from(generator.next_u64()) * choices) >> 64;
        order.swap(last, chosen as usize);
    }
    order
}

/// The gathered values of one batch; the buffers are reused from step to step.
pub(crate) struct Batch {
    shape: Shape,
    inputs: Vec<f32>,
    labels: Labels,
}

impl Batch {
    /// Allocates for `largest` samples.
    pub(crate) fn new(shape: Shape, largest: usize) -> Self {
        Self { shape, inputs: vec![0.0; largest * shape.window()], labels: Labels::default() }
    }

    /// Gathers `samples`: inputs `(batch, seq_length, features)` and labels `(batch, tickers)`.
    pub(crate) fn gather<P: Subset>(
        &mut self,
        set: &SequenceSet<'_, P>,
        samples: &[usize],
    ) -> (&[f32], Truth<'_>) {
        let inputs = &mut self.inputs[..samples.len() * self.shape.window()];
        set.gather(samples, inputs, &mut self.labels);
        (inputs, self.labels.truth())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_sample_occurs_once(count in 0usize..300, seed in any::<[u8; 32]>()) {
            let mut order = shuffled(count, seed);
            prop_assert_eq!(&order, &shuffled(count, seed));
            order.sort_unstable();
            prop_assert!(order.into_iter().eq(0..count));
        }
    }

    #[test]
    fn every_place_is_about_equally_likely() {
        let mut counts = [[0u32; 4]; 4];
        for seed in 0..4000u32 {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&seed.to_le_bytes());
            for (place, item) in shuffled(4, bytes).into_iter().enumerate() {
                counts[place][item] += 1;
            }
        }
        assert!(counts.iter().flatten().all(|count| (880..1120).contains(count)), "{counts:?}");
    }
}
