//! The interface of samplers.

use super::told::Told;
use crate::search_space::{Point, Space};
use artifact_core::Params;
use rand_chacha::ChaCha8Rng;
use settings::part::Part;

/// A strategy for suggesting trials.
pub trait Sampler: Part {
    /// Suggests a valid point.
    ///
    /// `told` holds all visible trials in the order of their numbers; `params` are complete, with defaults filled in.
    /// The same arguments must give the same point: all randomness comes from `rng`, which is reseeded for each trial.
    fn suggest(&self, space: &Space, told: &[Told], params: &Params, rng: &mut ChaCha8Rng) -> Point;
}
