//! How a study's objective is displayed.

use crate::format::{basis_points, decimals, percent};
use artifact_core::Component;
use metrics::{Metric, Unit};
use settings::part::Catalog;

/// A metric's display name and the unit of its values. An unregistered metric is displayed by its component name, with
/// plain numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The name in running text.
    pub title: String,
    /// The unit.
    pub unit: Unit,
}

impl Shown {
    /// How the named metric is displayed.
    pub fn of(component: &Component, metrics: &Catalog<dyn Metric>) -> Self {
        match metrics.find(component) {
            Ok(metric) => Self { title: metric.part.title(), unit: metric.part.unit() },
            Err(_) => Self { title: component.to_string(), unit: Unit::Number { decimals: 4 } },
        }
    }

    /// A value in the metric's unit.
    pub(crate) fn value(&self, value: f64) -> String {
        match self.unit {
            Unit::Number { decimals: digits } => decimals(value, digits),
            Unit::Share => percent(value),
            Unit::BasisPoints => basis_points(value),
        }
    }

    /// A value scaled to the unit, for drawing on an axis.
    pub(crate) fn on_axis(&self, value: f64) -> f64 {
        value * self.unit.scale()
    }
}
