//! Multi-head attention, with queries at every position or at the last one only.

mod every;
mod head;
mod last;

pub(crate) use every::SelfAttention;
pub(crate) use last::LastAttention;

use super::Dense;
use crate::kernels::real::Real;
use crate::kernels::softmax::ROW;
use crate::model::Layout;

/// The sizes of an attention layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttentionShape {
    /// The number of values per position; a multiple of `heads`.
    pub(crate) width: usize,
    /// The number of heads.
    pub(crate) heads: usize,
    /// The number of positions per sequence.
    pub(crate) positions: usize,
}

impl AttentionShape {
    /// The number of values per position and head.
    fn head_width(self) -> usize {
        self.width / self.heads
    }

    /// The distance between the starts of two rows of attention weights, padded as the softmax needs it.
    fn weight_stride(self) -> usize {
        self.positions.next_multiple_of(ROW)
    }

    /// `1 / sqrt(head width)`: it keeps the variance of a logit, a sum of that many products, at that of one product.
    fn scale<R: Real>(self) -> R {
        R::ONE / R::from_f64(self.head_width() as f64).sqrt()
    }
}

/// The linear maps of an attention layer, shared by both forms.
#[derive(Debug, Clone, Copy)]
struct Projections {
    query: Dense,
    /// Keys in the first half of the columns, values in the second. In each half, head `h` has the `head_width` columns
    /// starting at `h * head_width`.
    key_value: Dense,
    output: Dense,
}

impl Projections {
    /// Lays out `<name>.query`, `<name>.key_value` and `<name>.output`.
    fn new(layout: &mut Layout, name: &str, width: usize) -> Self {
        Self {
            query: Dense::new(layout, &format!("{name}.query"), width, width),
            key_value: Dense::stacked(layout, &format!("{name}.key_value"), width, width, 2),
            output: Dense::new(layout, &format!("{name}.output"), width, width),
        }
    }
}
