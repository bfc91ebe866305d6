//! What a sampler is.

use super::told::Told;
use crate::search_space::{Point, Space};
use artifact_core::Params;
use rand_chacha::ChaCha8Rng;
use settings::part::Part;

/// How trials are suggested.
pub trait Sampler: Part {
    /// Suggests a valid point.
    ///
    /// `told` are all visible trials in the order of their numbers; `params` are complete. The same arguments give the same
    /// point: whatever is drawn comes from `rng`, which is reseeded for each trial.
    fn suggest(&self, space: &Space, told: &[Told], params: &Params, rng: &mut ChaCha8Rng) -> Point;
}
