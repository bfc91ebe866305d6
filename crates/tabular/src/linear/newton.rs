//! Newton's method with conjugate gradients and a search along each direction.

use super::error::Error;
use super::kernels::{add_scaled, dot};
use super::loss::pairs;
use super::precondition::Inverse;
use super::smooth::{Local, Point, Smooth};

/// Newton iterations after which a fit is given up. Ordinary fits take 2 to 10, nearly separable ones up to about 60.
const ITERATIONS: usize = 300;

/// Conjugate gradient iterations per Newton iteration.
const PRODUCTS: usize = 500;

/// The length, in the norm of the preconditioner, that the residual of a direction keeps of the gradient.
const RESIDUAL: f64 = 0.01;

/// The unknowns up to which second derivatives are written out.
const UNKNOWNS: usize = 2048;

/// The cost of writing out second derivatives, in conjugate gradient iterations, up to which it is always done.
const CHEAP: f64 = 6.0;

/// Below this part of the value, an estimated distance from the minimum is lost in rounding when no step helps.
const ROUNDING: f64 = 1e-9;

/// The end of a minimisation.
pub(super) struct Outcome {
    /// The Newton iterations made.
    pub(super) iterations: usize,
    /// The estimated distance of the value from the minimum, before the last step.
    pub(super) gap: f64,
    /// The gradient after the last step.
    pub(super) gradient: Vec<f64>,
}

/// Moves `point` to the minimum; stops when the estimated distance from it is at most `tolerance` of the value.
///
/// `gram` is the columns' second moments. The distance is half the Newton decrement, and the step that it was computed
/// for is still made, after which the distance is smaller by orders of magnitude.
///
/// Conjugate gradients are preconditioned with the second derivatives of a loss that bends the same in every row, which
/// suits weak signals: there a handful of products does. Where it takes many, or few rows bend, the second derivatives
/// are written out and factorised instead; `hard` says that it has come to that.
pub(super) fn minimise(
    smooth: &Smooth<'_>,
    gram: &[f64],
    point: &mut Point,
    hard: &mut bool,
    tolerance: impl Fn(f64) -> f64,
) -> Result<Outcome, Error> {
    let mut mean: Option<(f64, Inverse)> = None;
    let mut iterations = 0;
    let gap = loop {
        let local = smooth.local(point);
        let value = local.loss + smooth.penalty(&point.weights);
        let gradient = smooth.gradient(point, &local);
        let active = smooth.active(&local);
        let cost = own_cost(smooth, active.len());
        let (direction, products) = if cost.is_some_and(|cost| *hard || cost <= CHEAP) {
            solve(smooth, &local, &Inverse::own(smooth, &local, &active), &gradient)
        } else {
            let curvature = smooth.mean_curvature(&local);
            let trace: f64 = curvature.iter().step_by(smooth.loss.outputs() + 1).sum();
            let inverse = match mean.take() {
                Some((built, inverse)) if trace <= 1.5 * built && built <= 1.5 * trace => (built, inverse),
                _ => (trace, Inverse::mean(smooth, gram, curvature)),
            };
            let solved = solve(smooth, &local, &inverse.1, &gradient);
            mean = Some(inverse);
            solved
        };
        *hard |= cost.is_some_and(|cost| products as f64 > cost.max(10.0));
        let slope = dot(&gradient, &direction);
        let gap = -slope / 2.0;
        let mut change = vec![0.0; point.outputs.len()];
        smooth.rows.forward(&direction, smooth.loss.outputs(), &mut change);
        let step = search(|step| smooth.along(point, &direction, &change, step), value, slope);
        add_scaled(&mut point.weights, step, &direction);
        add_scaled(&mut point.outputs, step, &change);
        iterations += 1;
        if gap <= tolerance(value) || (step == 0.0 && gap <= ROUNDING * value) {
            break gap.max(0.0);
        }
        if step == 0.0 || iterations == ITERATIONS {
            return Err(Error::NotConverged { iterations, gap });
        }
    };
    let gradient = smooth.gradient(point, &smooth.local(point));
    Ok(Outcome { iterations, gap, gradient })
}

/// The cost of writing out and factorising the second derivatives, in conjugate gradient iterations, or none if it must
/// not be done or gives nothing that the mean curvature does not.
fn own_cost(smooth: &Smooth<'_>, active: usize) -> Option<f64> {
    let outputs = smooth.loss.outputs();
    let allowed = !smooth.loss.is_quadratic() && outputs * smooth.rows.side() <= UNKNOWNS;
    let (rows, side) = (smooth.rows.count() as f64, smooth.rows.side() as f64);
    // Multiplications, those of an iteration being a product and a solution with the factors of the mean curvature.
    let blocks = pairs(outputs) as f64 * active as f64 * side * side / 2.0;
    let unknowns = outputs as f64 * side;
    let iteration = 2.0 * rows * unknowns + unknowns * side;
    allowed.then(|| (blocks + unknowns * unknowns * unknowns / 6.0) / iteration)
}

/// Solves for the Newton direction; also returns the products that it took.
fn solve(smooth: &Smooth<'_>, local: &Local, inverse: &Inverse, gradient: &[f64]) -> (Vec<f64>, usize) {
    let mut residual: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut conjugate = inverse.times(smooth, &residual);
    if inverse.is_exact() {
        return (conjugate, 0);
    }
    let mut direction = vec![0.0; gradient.len()];
    let mut length = dot(&residual, &conjugate);
    let enough = RESIDUAL * RESIDUAL * length;
    for products in 1..=PRODUCTS {
        let product = smooth.product(local, &conjugate);
        let bend = dot(&conjugate, &product);
        if bend.is_nan() || bend <= 0.0 {
            // Rounding has eaten the curvature; before any step, the preconditioned gradient still leads down.
            return (if products == 1 { conjugate } else { direction }, products);
        }
        add_scaled(&mut direction, length / bend, &conjugate);
        add_scaled(&mut residual, -length / bend, &product);
        let next = inverse.times(smooth, &residual);
        let shorter = dot(&residual, &next);
        if shorter.is_nan() || shorter <= enough {
            return (direction, products);
        }
        let ratio = shorter / length;
        length = shorter;
        conjugate.iter_mut().zip(&next).for_each(|(conjugate, next)| *conjugate = next + ratio * *conjugate);
    }
    (direction, PRODUCTS)
}

/// A step at which a convex function is lower than at 0 and its slope at most a quarter of that at 0, or 0 if rounding
/// hides every such step. `along` returns value and slope.
fn search(along: impl Fn(f64) -> (f64, f64), start: f64, slope: f64) -> f64 {
    if slope.is_nan() || slope >= 0.0 {
        return 0.0;
    }
    let (mut low, mut low_slope) = (0.0, slope);
    let mut high: Option<(f64, f64)> = None;
    let mut step = 1.0;
    for evaluation in 0..100 {
        let (value, at) = along(step);
        if at.abs() <= -0.25 * slope && (at <= 0.0 || value <= start) {
            return step;
        }
        // NaN, of an overflow far out, counts as too far.
        if at <= 0.0 {
            (low, low_slope) = (step, at);
        } else {
            high = Some((step, at));
        }
        step = match high {
            None => 4.0 * step,
            Some((high, high_slope)) => {
                let part = low_slope / (low_slope - high_slope);
                let part = if part.is_finite() && evaluation % 3 != 2 { part.clamp(0.05, 0.95) } else { 0.5 };
                if high - low <= 1e-13 * high {
                    return low;
                }
                low + part * (high - low)
            }
        };
    }
    low
}

#[cfg(test)]
mod tests {
    use super::search;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_search_ends_where_the_function_is_lower_and_flatter(bottom in 1e-6..1e6f64, corner in 0.0..1e6f64) {
            let along = |t: f64| {
                let beyond = (t - corner).max(0.0);
                ((t - bottom) * (t - bottom) + 3.0 * beyond, 2.0 * (t - bottom) + if beyond > 0.0 { 3.0 } else { 0.0 })
            };
            let (value, slope) = along(0.0);
            let step = search(along, value, slope);
            prop_assert!(step > 0.0 && along(step).0 <= value);
            prop_assert!(along(step).1.abs() <= -0.25 * slope || corner < bottom);
        }
    }

    #[test]
    fn a_search_that_cannot_go_down_stays() {
        assert_eq!(search(|t| (t, 1.0), 0.0, 1.0), 0.0);
        assert_eq!(search(|t| (t, 1.0), 0.0, -1e-300), 0.0);
    }
}
