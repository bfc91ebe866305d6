//! AdamW and gradient clipping.

use crate::kernels::simd::{sum_of_squares, vectorised};
use crate::model::Layout;

/// The decay rate of the running mean of gradients.
const BETA_1: f64 = 0.9;
/// The decay rate of the running mean of squared gradients.
const BETA_2: f64 = 0.999;
/// Added to the divisor, to keep the step finite where all gradients were 0.
const EPSILON: f32 = 1e-8;

/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019): betas 0.9
/// and 0.999, epsilon 1e-8, bias correction.
#[derive(Debug, Clone)]
pub struct AdamW {
    weight_decay: f64,
    /// The running mean of gradients, one per parameter.
    mean: Vec<f32>,
    /// The running mean of squared gradients, one per parameter.
    square: Vec<f32>,
    /// `BETA_1` and `BETA_2` raised to the number of steps taken. They are multiplied up step by step because `powi`
    /// may not give the same bits on every platform.
    powers: [f64; 2],
}

impl AdamW {
    /// Starts at step 0 with `parameters` parameters. `weight_decay` is a rate per unit of learning rate; the default
    /// setting is 0.01.
    pub fn new(parameters: usize, weight_decay: f64) -> Self {
        Self { weight_decay, mean: vec![0.0; parameters], square: vec![0.0; parameters], powers: [1.0; 2] }
    }

    /// Resumes from a saved state: the running means of gradients and squared gradients, and the decay rates raised to
    /// the number of steps taken.
    pub(crate) fn with_state(weight_decay: f64, [mean, square]: [Vec<f32>; 2], powers: [f64; 2]) -> Self {
        Self { weight_decay, mean, square, powers }
    }

    /// The state to save, in the form that [`AdamW::with_state`] takes.
    pub(crate) fn state(&self) -> ([&[f32]; 2], [f64; 2]) {
        ([&self.mean, &self.square], self.powers)
    }

    /// Moves `parameters` by one step against `scale * gradient`. Weight decay applies only to tensors that the layout
    /// marks for it.
    pub fn step(
        &mut self,
        layout: &Layout,
        parameters: &mut [f32],
        gradient: &[f32],
        scale: f64,
        learning_rate: f64,
    ) {
        self.powers[0] *= BETA_1;
        self.powers[1] *= BETA_2;
        let rates = Rates {
            scale: scale as f32,
            step: (learning_rate / (1.0 - self.powers[0])) as f32,
            square_correction: (1.0 / (1.0 - self.powers[1])) as f32,
        };
        // Decoupled: decay shrinks the parameters directly and does not enter the running means.
        let decayed = (1.0 - learning_rate * self.weight_decay) as f32;
        let (mean, square) = (&mut self.mean, &mut self.square);
        vectorised(
            #[inline(always)]
            || {
                for tensor in layout.tensors() {
                    let keep = if tensor.decay { decayed } else { 1.0 };
                    let slot = tensor.slot;
                    update(
                        slot.of_mut(parameters),
                        slot.of(gradient),
                        slot.of_mut(mean),
                        slot.of_mut(square),
                        keep,
                        rates,
                    );
                }
            },
        );
    }
}

/// The factors of one step, shared by all parameters.
#[derive(Clone, Copy)]
struct Rates {
    /// The factor of the gradient, from clipping.
    scale: f32,
    /// The learning rate, divided by the bias correction of the running mean.
    step: f32,
    /// The reciprocal of the bias correction of the running mean of squares.
    square_correction: f32,
}

#[inline(always)]
fn update(p: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32], keep: f32, rates: Rates) {
    const B1: f32 = BETA_1 as f32;
    const B2: f32 = BETA_2 as f32;
    let moments = mean.iter_mut().zip(square);
    for ((p, &g), (mean, square)) in p.iter_mut().zip(gradient).zip(moments) {
        let g = g * rates.scale;
        *mean = B1 * *mean + (1.0 - B1) * g;
        *square = B2 * *square + (1.0 - B2) * g * g;
        *p = *p * keep - rates.step * *mean / ((*square * rates.square_correction).sqrt() + EPSILON);
    }
}

/// The Euclidean norm of `gradient`, computed in `f64` so that squares of `f32` values cannot overflow.
pub fn global_norm(gradient: &[f32]) -> f64 {
    vectorised(
        #[inline(always)]
        || sum_of_squares(gradient),
    )
    .sqrt()
}

/// The factor that clips a gradient of norm `norm` to a norm of at most `limit`; 1 if it is already short enough
/// (Pascanu, Mikolov and Bengio, 2013).
pub fn clip_scale(norm: f64, limit: f64) -> f64 {
    if norm > limit { limit / norm } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Start;

    fn layout() -> Layout {
        let mut layout = Layout::new();
        layout.weight("weight", &[1], Start::Zero);
        layout.undecayed("bias", &[1], Start::Zero);
        layout
    }

    #[test]
    fn two_steps_match_the_formulas() {
        let (rate, decay) = (0.1, 0.5);
        let mut optimizer = AdamW::new(2, decay);
        let mut parameters = [1.0f32, 1.0];
        let (mut p, mut m, mut v) = ([1.0f64, 1.0], 0.0, 0.0);
        for (step, gradient) in [(1, 0.5f64), (2, -0.25)] {
            optimizer.step(&layout(), &mut parameters, &[gradient as f32; 2], 1.0, rate);
            m = 0.9 * m + 0.1 * gradient;
            v = 0.999 * v + 0.001 * gradient * gradient;
            let moved =
                rate * (m / (1.0 - 0.9f64.powi(step))) / ((v / (1.0 - 0.999f64.powi(step))).sqrt() + 1e-8);
            p = [p[0] * (1.0 - rate * decay) - moved, p[1] - moved];
            for (found, expected) in parameters.iter().zip(p) {
                assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
    }

    #[test]
    fn clipping_bounds_the_norm_and_leaves_small_gradients_alone() {
        assert_eq!(global_norm(&[3.0, 4.0]), 5.0);
        assert_eq!(global_norm(&[f32::MAX; 4]), 2.0 * f64::from(f32::MAX));
        assert_eq!(clip_scale(5.0, 1.0), 0.2);
        assert_eq!(clip_scale(0.5, 1.0), 1.0);
        assert_eq!(clip_scale(5.0, f64::INFINITY), 1.0);
    }
}
