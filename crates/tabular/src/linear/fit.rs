//! Fits of a problem at one penalty.

use super::coefficients::Coefficients;
use super::error::Error;
use super::newton::minimise;
use super::pinball::{SmoothPinball, pinball};
use super::problem::Problem;
use super::smooth::{Point, Smooth};
use super::softmax::{Basis, Softmax};
use super::squared::SquaredError;
use super::task::{Level, Task};
use super::units::{Outputs, round, squared_norm, standardise};

/// Logistic and ridge fits end when the objective is, by estimate, this part of itself above its minimum.
pub const SMOOTH_ACCURACY: f64 = 1e-12;

/// Quantile fits end when the objective is at most this part of it, or a thousandth of this part of the loss of
/// intercepts alone, above its minimum.
pub const QUANTILE_ACCURACY: f64 = 1e-7;

/// The width of the smooth pinball loss, as a part of the loss without weights, that a fit from nothing starts with.
const FIRST_WIDTH: f64 = 1.0;

/// The same for a fit that starts from coefficients.
const FIRST_WIDTH_FROM_START: f64 = 1.0 / 64.0;

/// How much narrower the smooth pinball loss gets at a time.
const NARROWER: f64 = 0.25;

/// A fitted model, and how well it fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The coefficients, rounded to `f32`.
    pub coefficients: Coefficients,
    /// The mean loss of the rounded coefficients, without the penalty.
    pub loss: f64,
    /// The loss plus half the penalty times the sum of squared weights, of the rounded coefficients.
    pub objective: f64,
    /// The Newton iterations made.
    pub iterations: usize,
    /// How far, by estimate, the objective was above its minimum before the coefficients were rounded; for quantiles
    /// mostly a bound, from duality. The estimate is from before the last step and so usually much too high.
    pub gap: f64,
    /// The Euclidean norm of the objective's gradient by the coefficients, before they were rounded; for quantiles, that
    /// of the smooth objective last used.
    pub gradient_norm: f64,
}

impl Problem<'_> {
    /// Fits the coefficients at a penalty, from `start` or from intercepts alone.
    ///
    /// The result is a function of the problem, the penalty, and `start`, to the bit. Since it is rounded before anything
    /// starts from it, a path of penalties that is resumed from stored coefficients gives the bits of an unbroken one.
    ///
    /// # Errors
    ///
    /// When the penalty is not a positive number, `start` has another shape or is not finite, a coefficient is out of
    /// range for `f32`, or the minimum is not reached.
    pub fn fit(&self, penalty: f64, start: Option<&Coefficients>) -> Result<Fit, Error> {
        if !penalty.is_finite() || penalty <= 0.0 {
            return Err(Error::Penalty { found: penalty });
        }
        if let Some(start) = start {
            start.check(self.outputs, self.rows.columns())?;
            if !start.is_finite() {
                return Err(Error::Start);
            }
        }
        let mut ridge: Vec<f64> =
            self.rows.deviations().iter().map(|width| penalty / width / width).collect();
        ridge.resize(self.rows.stride(), 0.0);
        let mut fit = Fit {
            coefficients: Coefficients {
                outputs: self.outputs,
                columns: self.rows.columns(),
                weights: vec![0.0; self.rows.columns() * self.outputs],
                intercepts: vec![0.0; self.outputs],
            },
            loss: 0.0,
            objective: 0.0,
            iterations: 0,
            gap: 0.0,
            gradient_norm: 0.0,
        };
        match &self.task {
            Task::Logistic { of, logs } => self.fit_logistic(of, logs, &ridge, start, &mut fit)?,
            Task::Squared { values, scale } => {
                let loss = SquaredError { values };
                let smooth = Smooth { rows: &self.rows, shares: &self.shares, loss: &loss, ridge: &ridge };
                let outputs = Outputs::One { output: 0, offset: values.offset };
                let mut point = self.start(&smooth, &outputs, start);
                // Nothing is left to fit where the loss is that of rounding.
                let floor = 1e-28 * scale;
                self.fit_smooth(&smooth, &outputs, &mut point, floor, &mut fit)?;
            }
            Task::Quantiles(levels) => {
                for (output, level) in levels.iter().enumerate() {
                    self.fit_quantile(output, level, &ridge, start, &mut fit)?;
                }
            }
        }
        fit.objective = fit.loss + penalty / 2.0 * fit.coefficients.squares();
        fit.gradient_norm = fit.gradient_norm.sqrt();
        Ok(fit)
    }

    fn fit_logistic(
        &self,
        of: &[u8],
        logs: &[f64],
        ridge: &[f64],
        start: Option<&Coefficients>,
        fit: &mut Fit,
    ) -> Result<(), Error> {
        let loss = Softmax::new(of, logs.len());
        let smooth = Smooth { rows: &self.rows, shares: &self.shares, loss: &loss, ridge };
        let outputs = Outputs::All(&loss.basis);
        let mut point = match start {
            Some(_) => self.start(&smooth, &outputs, start),
            None => smooth.point(intercepts(&loss.basis, logs, self.rows.columns(), self.rows.stride())),
        };
        self.fit_smooth(&smooth, &outputs, &mut point, 0.0, fit)
    }

    fn fit_smooth(
        &self,
        smooth: &Smooth<'_>,
        outputs: &Outputs<'_>,
        point: &mut Point,
        floor: f64,
        fit: &mut Fit,
    ) -> Result<(), Error> {
        let end = minimise(smooth, &self.gram, point, &mut false, |value| SMOOTH_ACCURACY * value + floor)?;
        let rounded = self.finish(smooth, point, outputs, fit)?;
        fit.loss = smooth.local(&rounded).loss;
        fit.iterations = end.iterations;
        fit.gap = end.gap;
        fit.gradient_norm = squared_norm(&self.rows, &end.gradient);
        Ok(())
    }

    /// Follows the minima of smooth losses that close in on the pinball loss.
    ///
    /// Each is a Newton fit of its own, begun at the last one's end; few iterations suffice, since a quarter of the
    /// width moves the minimum little. At the end, the derivatives of the smooth loss are a feasible point of the dual
    /// problem, whose value is the gap below the pinball loss.
    fn fit_quantile(
        &self,
        output: usize,
        level: &Level,
        ridge: &[f64],
        start: Option<&Coefficients>,
        fit: &mut Fit,
    ) -> Result<(), Error> {
        let outputs = Outputs::One { output, offset: level.values.offset };
        // Only values that are all the same have no loss; there the intercept is the fit.
        let start = start.filter(|_| level.loss > 0.0);
        let first = if start.is_some() { FIRST_WIDTH_FROM_START } else { FIRST_WIDTH };
        let mut width = first * level.loss;
        let smooth_at = |width: f64| SmoothPinball { values: &level.values, level: level.level, width };
        let loss = smooth_at(width);
        let smooth = Smooth { rows: &self.rows, shares: &self.shares, loss: &loss, ridge };
        let mut point = self.start(&smooth, &outputs, start);
        let mut hard = false;
        while width > 0.0 {
            let loss = smooth_at(width);
            let smooth = Smooth { loss: &loss, ..smooth };
            let end = minimise(&smooth, &self.gram, &mut point, &mut hard, |_| 1e-3 * width)?;
            fit.iterations += end.iterations;
            let (value, below) = self.bounds(&smooth, &point, level);
            let gap = below + end.gap;
            width *= NARROWER;
            if gap <= QUANTILE_ACCURACY * (value + 1e-3 * level.loss) {
                fit.gap += gap;
                fit.gradient_norm += squared_norm(&self.rows, &end.gradient);
                width = 0.0;
            }
        }
        let rounded = self.finish(&smooth, &point, &outputs, fit)?;
        fit.loss += smooth.mean(|row| pinball(level.level, level.values.at(row) - rounded.outputs[row]));
        Ok(())
    }

    /// The objective with the pinball loss, and its distance from the dual objective at the derivatives of the smooth
    /// loss, if the smooth objective is at its minimum.
    fn bounds(&self, smooth: &Smooth<'_>, point: &Point, level: &Level) -> (f64, f64) {
        let residual = |row: usize| level.values.at(row) - point.outputs[row];
        let value = smooth.mean(|row| pinball(level.level, residual(row))) + smooth.penalty(&point.weights);
        let gap = smooth.mean(|row| {
            let (mut slope, mut state) = ([0.0], [0.0]);
            smooth.loss.slopes(row, &point.outputs[row..=row], &mut slope, &mut state);
            pinball(level.level, residual(row)) + slope[0] * residual(row)
        });
        (value, gap)
    }

    fn start(&self, smooth: &Smooth<'_>, outputs: &Outputs<'_>, start: Option<&Coefficients>) -> Point {
        match start {
            Some(start) => smooth.point(standardise(&self.rows, start, outputs)),
            None => smooth.point(vec![0.0; smooth.loss.outputs() * self.rows.stride()]),
        }
    }

    /// Rounds the weights of a point into the fit; returns the point of the rounded ones.
    fn finish(
        &self,
        smooth: &Smooth<'_>,
        point: &Point,
        outputs: &Outputs<'_>,
        fit: &mut Fit,
    ) -> Result<Point, Error> {
        let coefficients = &mut fit.coefficients;
        round(&self.rows, &point.weights, outputs, coefficients);
        let all = coefficients.weights.iter().chain(&coefficients.intercepts);
        if let Some(place) = all.clone().position(|number| !number.is_finite()) {
            return Err(Error::Overflow { column: (place / self.outputs).min(self.rows.columns()) });
        }
        Ok(smooth.point(standardise(&self.rows, coefficients, outputs)))
    }
}

/// Weights of 0 and the intercepts whose softmax is the classes' shares.
pub(super) fn intercepts(basis: &Basis, logs: &[f64], columns: usize, stride: usize) -> Vec<f64> {
    let mut reduced = vec![0.0; logs.len() - 1];
    basis.reduce(logs, &mut reduced);
    let mut weights = vec![0.0; reduced.len() * stride];
    weights.iter_mut().skip(columns).step_by(stride).zip(reduced).for_each(|(place, number)| *place = number);
    weights
}
