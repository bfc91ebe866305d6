//! The axis that maps the values of a range to positions from 0 to 1.

/// A range mapped to positions from 0 to 1, linearly or by logarithm.
///
/// On a grid every value sits in the middle of its own cell, and the cells tile the axis; so the outermost values are
/// as likely as the others. In a continuous range `low` is at 0 and `high` at 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    low: f64,
    high: f64,
    log: bool,
    step: Option<f64>,
    /// The value, or its logarithm, at position 0.
    start: f64,
    /// The length of the axis, in values or in their logarithms.
    length: f64,
}

impl Axis {
    /// The axis of a checked domain with `low < high`.
    pub(super) fn new(low: f64, high: f64, log: bool, step: Option<f64>) -> Self {
        // Half a step beyond both ends, or the outermost values would get only half a cell. A logarithmic grid has a
        // step of 1 and a low of at least 1, so the start stays positive.
        let half = step.unwrap_or(0.0) / 2.0;
        let (start, end) = (scaled(low - half, log), scaled(high + half, log));
        Self { low, high, log, step, start, length: end - start }
    }

    /// Whether the values lie on a grid.
    pub fn is_grid(&self) -> bool {
        self.step.is_some()
    }

    /// The position of a value, from 0 to 1.
    pub fn position(&self, value: f64) -> f64 {
        self.place(value).clamp(0.0, 1.0)
    }

    /// The value at a position; on a grid, the value whose cell contains it.
    pub fn value(&self, position: f64) -> f64 {
        let scaled = self.start + position * self.length;
        let value = if self.log { libm::exp(scaled) } else { scaled };
        // Rounding happens in values, not in logarithms: cells reach half a step to each side of their value.
        let value = match self.step {
            Some(step) => self.low + ((value - self.low) / step).round() * step,
            None => value,
        };
        value.clamp(self.low, self.high)
    }

    /// The two ends of a value's cell; without a grid, its position twice.
    pub fn cell(&self, value: f64) -> (f64, f64) {
        let half = self.step.unwrap_or(0.0) / 2.0;
        (self.position(value - half), self.position(value + half))
    }

    fn place(&self, value: f64) -> f64 {
        (scaled(value, self.log) - self.start) / self.length
    }
}

// `libm` instead of the platform's functions, whose last bits differ between machines.
fn scaled(value: f64, log: bool) -> f64 {
    if log { libm::log(value) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_tile_the_axis_and_contain_their_value() {
        for axis in [Axis::new(1.0, 64.0, true, Some(1.0)), Axis::new(-1.0, 1.0, false, Some(0.25))] {
            let values: Vec<f64> = if axis.log {
                (1..=64).map(f64::from).collect()
            } else {
                (0..=8).map(|k| -1.0 + 0.25 * f64::from(k)).collect()
            };
            let mut end = 0.0;
            for value in values {
                let (left, right) = axis.cell(value);
                assert!((left - end).abs() < 1e-12 && left < right, "{value}: {left} {right}");
                assert_eq!(axis.value((left + right) / 2.0), value);
                assert_eq!(axis.value(axis.position(value)), value);
                end = right;
            }
            assert!((end - 1.0).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn positions_and_values_round_trip(position in 0.0f64..=1.0, log: bool, step in prop::option::of(Just(1.0))) {
            let (low, high) = if step.is_some() { (1.0, 9.0) } else { (1e-5, 5e-3) };
            let axis = Axis::new(low, high, log, step);
            let value = axis.value(position);
            prop_assert!((low..=high).contains(&value));
            let back = axis.value(axis.position(value));
            prop_assert!((back - value).abs() <= 1e-12 * value);
        }
    }
}
