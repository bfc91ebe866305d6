//! The stored intervals that can be written.

use artifact_core::schema::{FigureInterval, Inference};

/// A value, or a difference of two, with the interval that holds the true one with probability `level`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) level: f64,
}

impl Interval {
    /// The interval of one of the model's figures.
    pub(crate) fn of(inference: Option<&Inference>, figure: &str) -> Option<Self> {
        let inference = inference?;
        Self::checked(inference.level, inference.of(figure)?)
    }

    /// The interval of the difference of the model's figure from that of something it is compared with.
    pub(crate) fn of_difference(inference: Option<&Inference>, from: &str, figure: &str) -> Option<Self> {
        let inference = inference?;
        Self::checked(inference.level, inference.difference(from, figure)?)
    }

    /// An interval that is not one of finite numbers says nothing, and is treated as missing.
    fn checked(level: f64, stored: &FigureInterval) -> Option<Self> {
        let &FigureInterval { value, low, high, .. } = stored;
        let finite = [value, low, high].into_iter().all(f64::is_finite);
        (finite && low <= high && level > 0.0 && level < 1.0).then_some(Self { value, low, high, level })
    }

    pub(crate) fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The same in another unit; `factor` is positive.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self { value: self.value * factor, low: self.low * factor, high: self.high * factor, ..self }
    }
}
