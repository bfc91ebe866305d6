//! Dropout, residual connection and layer norm in one pass.

use crate::kernels::mask::{Mask, Mode};
use crate::kernels::real::Real;
use crate::kernels::simd::{dot, sum, vectorised};
use crate::model::{Layout, Slot, Start};

/// Added to the variance before the square root, so that a constant row does not divide by zero.
const EPSILON: f64 = 1e-5;

/// `LayerNorm(residual + dropout(branch))`, the end of a post-norm sublayer (layer norm: Ba, Kiros and Hinton, 2016).
///
/// Fused, because each part by itself would be limited by memory bandwidth.
#[derive(Debug, Clone)]
pub(crate) struct ResidualNorm<R> {
    gain: Slot,
    shift: Slot,
    width: usize,
    rate: f64,
    site: u32,
    mask: Mask<R>,
    /// The rows before gain and shift, `(rows, width)`.
    normalised: Vec<R>,
    /// The reciprocal standard deviation of each row.
    inverse_std: Vec<R>,
    /// One row of dropout factors.
    factors: Vec<R>,
}

impl<R: Real> ResidualNorm<R> {
    /// Lays out `<name>.gain` and `<name>.shift`. `site` distinguishes this layer's dropout masks from those of others.
    pub(crate) fn new(layout: &mut Layout, name: &str, width: usize, rate: f64, site: u32) -> Self {
        Self {
            gain: layout.undecayed(format!("{name}.gain"), &[width], Start::One),
            shift: layout.undecayed(format!("{name}.shift"), &[width], Start::Zero),
            width,
            rate,
            site,
            mask: Mask::inactive(),
            normalised: Vec::new(),
            inverse_std: Vec::new(),
            factors: vec![R::ONE; width],
        }
    }

    /// Allocates room for `rows` rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.normalised.resize(rows * self.width, R::ZERO);
        self.inverse_std.resize(rows, R::ZERO);
    }

    /// Writes `output`; it, `residual` and `branch` have the shape `(rows, width)`.
    pub(crate) fn forward(
        &mut self,
        parameters: &[R],
        residual: &[R],
        branch: &[R],
        output: &mut [R],
        mode: Mode,
    ) {
        self.mask = mode.mask(self.site, self.rate);
        let (mask, width) = (self.mask, self.width);
        let gain = &self.gain.of(parameters)[..width];
        let shift = &self.shift.of(parameters)[..width];
        let factors = &mut self.factors[..width];
        let normalised = &mut self.normalised[..output.len()];
        let inverse_std = &mut self.inverse_std[..output.len() / width];
        let per_value = R::ONE / R::from_f64(width as f64);
        let epsilon = R::from_f64(EPSILON);
        vectorised(
            #[inline(always)]
            || {
                let inputs = residual.chunks_exact(width).zip(branch.chunks_exact(width));
                let outputs = output.chunks_exact_mut(width).zip(normalised.chunks_exact_mut(width));
                let rows = inputs.zip(outputs).zip(inverse_std).enumerate();
                for (row, (((residual, branch), (output, normalised)), inverse_std)) in rows {
                    mask.write(row, factors);
                    for i in 0..width {
                        normalised[i] = branch[i].mul_add(factors[i], residual[i]);
                    }
                    // Centred first: `E[x²] - E[x]²` would cancel digits where the mean is large.
                    let mean = sum(normalised) * per_value;
                    for value in normalised.iter_mut() {
                        *value -= mean;
                    }
                    let variance = dot(normalised, normalised) * per_value;
                    *inverse_std = R::ONE / (variance + epsilon).sqrt();
                    for i in 0..width {
                        normalised[i] *= *inverse_std;
                        output[i] = normalised[i].mul_add(gain[i], shift[i]);
                    }
                }
            },
        );
    }

    /// Turns `d`, the gradient of the output, into that of the residual in place, and writes the gradient of the branch
    /// to `d_branch`.
    pub(crate) fn backward(&mut self, parameters: &[R], d: &mut [R], d_branch: &mut [R], gradient: &mut [R]) {
        let (mask, width) = (self.mask, self.width);
        let gain = &self.gain.of(parameters)[..width];
        let factors = &mut self.factors[..width];
        let normalised = &self.normalised[..d.len()];
        let inverse_std = &self.inverse_std[..d.len() / width];
        let per_value = R::ONE / R::from_f64(width as f64);
        let slots = [self.gain.range(), self.shift.range()];
        let [d_gain, d_shift] =
            gradient.get_disjoint_mut(slots).expect("slots are disjoint and lie inside the gradient");
        let (d_gain, d_shift) = (&mut d_gain[..width], &mut d_shift[..width]);
        vectorised(
            #[inline(always)]
            || {
                let gradients = d.chunks_exact_mut(width).zip(d_branch.chunks_exact_mut(width));
                let rows = gradients.zip(normalised.chunks_exact(width)).zip(inverse_std).enumerate();
                for (row, (((d, d_branch), normalised), &inverse_std)) in rows {
                    for i in 0..width {
                        d_gain[i] = d[i].mul_add(normalised[i], d_gain[i]);
                        d_shift[i] += d[i];
                        d[i] *= gain[i];
                    }
                    // The normalised row keeps mean 0 and variance 1 whatever the input, so the components of the
                    // gradient that would change either are removed.
                    let mean = sum(d) * per_value;
                    let along = dot(d, normalised) * per_value;
                    mask.write(row, factors);
                    for i in 0..width {
                        d[i] = normalised[i].mul_add(-along, d[i] - mean) * inverse_std;
                        d_branch[i] = d[i] * factors[i];
                    }
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient_check::Check;
    use crate::kernels::mask::DropoutKey;

    #[test]
    fn gradients_match_finite_differences() {
        for mode in [Mode::Evaluate, Mode::Train(DropoutKey::new(&[1; 32], 0))] {
            let (rows, width) = (3, 19);
            let size = rows * width;
            let mut layout = Layout::new();
            let layer = std::cell::RefCell::new(ResidualNorm::new(&mut layout, "norm", width, 0.3, 4));
            layer.borrow_mut().reserve(rows + 1);
            // The checked input is the residual followed by the branch.
            Check::new(layout.len(), 2 * size, size).run(
                |p, input, output| {
                    let (residual, branch) = input.split_at(size);
                    layer.borrow_mut().forward(p, residual, branch, output, mode);
                },
                |p, _, d_output, d_input, gradient| {
                    let (d, d_branch) = d_input.split_at_mut(size);
                    d.copy_from_slice(d_output);
                    layer.borrow_mut().backward(p, d, d_branch, gradient);
                },
            );
        }
    }

    #[test]
    fn output_rows_are_normalised() {
        let mut layout = Layout::new();
        let mut layer = ResidualNorm::new(&mut layout, "norm", 4, 0.0, 0);
        layer.reserve(2);
        let parameters = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        let mut output = [f64::NAN; 8];
        let residual = [1.0, 1.0, 5.0, 5.0, 7.0, 7.0, 7.0, 7.0];
        layer.forward(&parameters, &residual, &[0.0; 8], &mut output, Mode::Evaluate);
        let expected = 2.0 / (4.0 + EPSILON).sqrt();
        assert_eq!(output, [-expected, -expected, expected, expected, 0.0, 0.0, 0.0, 0.0]);
    }
}
