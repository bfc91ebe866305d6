//! The position-wise feed-forward sublayer with GELU.

use super::Dense;
use crate::kernels::gemm::Target;
use crate::kernels::mask::{Mask, Mode};
use crate::kernels::real::Real;
use crate::kernels::simd::{multiply_by, vectorised};
use crate::model::Layout;

/// `dropout(gelu(x W1 + b1)) W2 + b2`, where `gelu(x) = x P(X <= x)` for a standard normal `X` (Hendrycks and Gimpel,
/// 2016): the exact form, not the tanh approximation.
#[derive(Debug, Clone)]
pub(crate) struct FeedForward<R> {
    up: Dense,
    down: Dense,
    hidden_width: usize,
    rate: f64,
    site: u32,
    /// `x W1 + b1`, which the forward pass replaces by the slope of GELU and dropout there, `(rows, hidden_width)`.
    hidden: Vec<R>,
    /// The hidden values after GELU and dropout, `(rows, hidden_width)`.
    activated: Vec<R>,
    /// One row of dropout factors.
    factors: Vec<R>,
}

impl<R: Real> FeedForward<R> {
    /// Lays out `<name>.up` and `<name>.down`. `site` distinguishes this layer's dropout masks from those of others.
    pub(crate) fn new(
        layout: &mut Layout,
        name: &str,
        width: usize,
        hidden_width: usize,
        rate: f64,
        site: u32,
    ) -> Self {
        Self {
            up: Dense::new(layout, &format!("{name}.up"), width, hidden_width),
            down: Dense::new(layout, &format!("{name}.down"), hidden_width, width),
            hidden_width,
            rate,
            site,
            hidden: Vec::new(),
            activated: Vec::new(),
            factors: vec![R::ONE; hidden_width],
        }
    }

    /// Allocates room for `rows` rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.hidden.resize(rows * self.hidden_width, R::ZERO);
        self.activated.resize(rows * self.hidden_width, R::ZERO);
    }

    /// Writes `output`; it and `input` have the shape `(rows, width)`.
    pub(crate) fn forward(
        &mut self,
        parameters: &[R],
        input: &[R],
        output: &mut [R],
        rows: usize,
        mode: Mode,
    ) {
        let mask = mode.mask(self.site, self.rate);
        let hidden = &mut self.hidden[..rows * self.hidden_width];
        let activated = &mut self.activated[..rows * self.hidden_width];
        self.up.forward(parameters, input, hidden);
        gelu(hidden, mask, &mut self.factors, activated);
        self.down.forward(parameters, activated, output);
    }

    /// Adds the gradients of the parameters to `gradient`, and that of the input to `d_input`.
    pub(crate) fn backward(
        &mut self,
        parameters: &[R],
        input: &[R],
        d_output: &[R],
        d_input: &mut [R],
        rows: usize,
        gradient: &mut [R],
    ) {
        let slopes = &self.hidden[..rows * self.hidden_width];
        let activated = &mut self.activated[..rows * self.hidden_width];
        self.down.add_gradient(activated, d_output, gradient);
        // The activations are no longer needed, so their buffer takes their gradient.
        let d_hidden = activated;
        self.down.input_gradient(parameters, d_output, d_hidden, Target::Overwrite);
        multiply_by(d_hidden, slopes);
        self.up.add_gradient(input, d_hidden, gradient);
        self.up.input_gradient(parameters, d_hidden, d_input, Target::Accumulate);
    }
}

/// Writes `mask * gelu(x)` to `y` and replaces `x` by the derivative. `factors` is scratch of one row.
///
/// Both need the same exponential. With the derivative computed here, the backward pass is a single multiplication.
fn gelu<R: Real>(x: &mut [R], mask: Mask<R>, factors: &mut [R], y: &mut [R]) {
    let width = factors.len();
    vectorised(
        #[inline(always)]
        || {
            // An inactive mask has the same factors in every row: this fills them once for all.
            mask.write(0, factors);
            for (row, (x, y)) in x.chunks_exact_mut(width).zip(y.chunks_exact_mut(width)).enumerate() {
                if mask.is_active() {
                    mask.write(row, factors);
                }
                for ((x, y), &factor) in x.iter_mut().zip(y).zip(&*factors) {
                    let (cumulative, density) = x.normal();
                    *y = *x * cumulative * factor;
                    // gelu'(x) = P(X <= x) + x density(x).
                    *x = x.mul_add(density, cumulative) * factor;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::Check;
    use crate::kernels::mask::DropoutKey;
    use std::cell::RefCell;

    #[test]
    fn gradients_match_finite_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[1; 32], 0))] {
            let (rows, width) = (3, 4);
            let mut layout = Layout::new();
            let layer = RefCell::new(FeedForward::new(&mut layout, "feed_forward", width, 7, 0.3, 4));
            layer.borrow_mut().reserve(rows + 1);
            Check::new(layout.len(), rows * width, rows * width).run(
                |p, input, output| layer.borrow_mut().forward(p, input, output, rows, mode),
                |p, input, d_output, d_input, gradient| {
                    layer.borrow_mut().backward(p, input, d_output, d_input, rows, gradient);
                },
            );
        }
    }

    #[test]
    fn gelu_has_its_known_values() {
        // `x P(X <= x)`, from a table of the normal distribution.
        let mut x = [0.0, 1.0, -1.0, 2.0, -10.0];
        let mut y = [f64::NAN; 5];
        gelu(&mut x, Mask::inactive(), &mut [0.0; 5], &mut y);
        for (found, expected) in y.into_iter().zip([0.0, 0.841_344_746, -0.158_655_254, 1.954_499_736, 0.0]) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }
}
