//! Linear scales with ticks at round numbers.

use crate::format::decimals;

/// A linear scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
}

/// A tick: its value and its label.
pub(crate) type Tick = (f64, String);

impl Scale {
    /// Covers all finite `values`, with a margin of 5% on both sides.
    ///
    /// A single value, or several equal ones, lie in the middle; without any values, the scale runs from 0 to 1.
    pub(crate) fn padded(values: impl IntoIterator<Item = f64>) -> Self {
        let Some((low, high)) = bounds(values) else {
            return Self { low: 0.0, high: 1.0 };
        };
        let margin = match high - low {
            0.0 => (low.abs() * 0.1).max(0.01),
            width => width * 0.05,
        };
        Self { low: low - margin, high: high + margin }
    }

    /// Covers all finite `values`, which are counts, with a margin of 2% but at least half a step on both sides.
    pub(crate) fn counting(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = bounds(values).unwrap_or((0.0, 1.0));
        let margin = ((high - low) * 0.02).max(0.5);
        Self { low: low - margin, high: high + margin }
    }

    /// The relative position of `value`: 0 at the low end, 1 at the high end.
    pub(crate) fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Round values within the scale, about `wanted` at most, with labels of equal precision.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<Tick> {
        let step = round_step((self.high - self.low) / wanted as f64);
        self.ticks_every(step)
    }

    /// Whole values within the scale, about `wanted` at most.
    pub(crate) fn whole_ticks(&self, wanted: usize) -> Vec<Tick> {
        let step = round_step((self.high - self.low) / wanted as f64);
        self.ticks_every(step.max(1.0))
    }

    fn ticks_every(&self, step: f64) -> Vec<Tick> {
        let places = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        let count = (last - first).clamp(-1.0, 100.0) as i64 + 1;
        // Multiplied instead of added up, so that rounding errors do not accumulate.
        (0..count)
            .map(|place| (first + place as f64) * step)
            .map(|value| (value, decimals(value, places)))
            .collect()
    }
}

/// The smallest number of the form 1, 2 or 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    // The tolerance keeps a rounding error from pushing a step that is already round up to the next one.
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= step * 0.999);
    factor.unwrap_or(10.0) * power
}

fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |bounds, value| match bounds {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale) -> Vec<String> {
        scale.ticks(5).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_of_equal_precision() {
        assert_eq!(labels(Scale::padded([0.0, 1.0])), ["0.0", "0.5", "1.0"]);
        assert_eq!(labels(Scale::padded([-0.02, 0.05])), ["−0.02", "0.00", "0.02", "0.04"]);
        assert_eq!(labels(Scale::padded([0.0, 4000.0])), ["0", "1000", "2000", "3000", "4000"]);
        let whole: Vec<String> =
            Scale::counting([1.0, 3.0]).whole_ticks(8).into_iter().map(|t| t.1).collect();
        assert_eq!(whole, ["1", "2", "3"]);
    }

    #[test]
    fn degenerate_values_have_a_scale() {
        for values in [&[][..], &[0.0], &[3.0, 3.0], &[-1e-9], &[1e12], &[f64::NAN, f64::INFINITY, 2.0]] {
            let scale = Scale::padded(values.iter().copied());
            assert!(scale.high > scale.low, "{values:?}");
            assert!(!scale.ticks(5).is_empty(), "{values:?}");
            for value in values.iter().filter(|v| v.is_finite()) {
                assert!((0.0..=1.0).contains(&scale.share(*value)), "{values:?}");
            }
        }
        assert_eq!(Scale::padded([7.0]).share(7.0), 0.5);
    }
}
