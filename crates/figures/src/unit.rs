//! Units: how values are written for people, and what their unit is called in JSON.

use crate::digits::{count, decimals, is_zero};

/// The unit of a figure. Stored values are always fractions, never percent or basis points; those are for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number without a unit, such as a correlation.
    Number {
        /// The digits after the decimal point.
        decimals: usize,
    },
    /// A ratio of a mean to its deviation, annualised.
    PerYear,
    /// A ratio of a mean to its deviation from date to date, not annualised.
    PerDate,
    /// A fraction from 0 to 1, written in percent.
    Percent {
        /// What it is a fraction of, which is its unit's name in JSON: `share of samples`.
        of: &'static str,
    },
    /// A fraction of the capital per bar, written in basis points: 0.0001 is 1.
    BasisPointsPerBar,
    /// A fraction of the capital per bar, written in percent.
    PercentPerBar,
    /// A log loss, in nats.
    Nats,
    /// A count.
    Count,
}

/// How a unit is written: the factor, the decimals, what follows a value, and what follows a difference.
struct Form {
    factor: f64,
    decimals: usize,
    after_value: &'static str,
    after_difference: &'static str,
}

impl Unit {
    /// The unit's name in JSON, of the value as it is stored: `share of samples`, `fraction of capital per bar`, `nats`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Number { .. } => "number",
            Unit::PerYear => "per year",
            Unit::PerDate => "per date",
            Unit::Percent { of } => of,
            Unit::BasisPointsPerBar | Unit::PercentPerBar => "fraction of capital per bar",
            Unit::Nats => "nats",
            Unit::Count => "count",
        }
    }

    /// Writes a value under a title that names the unit: `0.061`, `41.2 %`, `1.23` (basis points), `2,400`. A dash
    /// where the value is not finite.
    pub fn write(self, value: f64) -> String {
        let form = self.form();
        match self {
            Unit::Count if value.is_finite() => count(value as u64),
            Unit::Percent { .. } | Unit::PercentPerBar if value.is_finite() => self.write_in_text(value),
            _ => decimals(value * form.factor, form.decimals),
        }
    }

    /// Writes a value together with its unit, for running text: `1.23 bps`, `0.9312 nats`.
    pub fn write_in_text(self, value: f64) -> String {
        if self == Unit::Count {
            return self.write(value);
        }
        let Form { factor, decimals: places, after_value, .. } = self.form();
        format!("{}{after_value}", decimals(value * factor, places))
    }

    /// Writes the difference of two values with its interval: `0.042 (95 % interval 0.010 to 0.074)`. `level` is the
    /// interval's probability, 0 to 1.
    pub(crate) fn write_difference(self, value: f64, (low, high): (f64, f64), level: f64) -> String {
        let Form { factor, decimals: places, after_difference, .. } = self.form();
        let interval = write_interval((low * factor, high * factor), places, level);
        format!("{}{after_difference} ({interval})", decimals(value * factor, places))
    }

    /// Writes a value with its interval: `0.81 (95 % interval −0.20 to 1.82)`.
    pub(crate) fn write_estimate(self, value: f64, (low, high): (f64, f64), level: f64) -> String {
        let Form { factor, decimals: places, .. } = self.form();
        let interval = write_interval((low * factor, high * factor), places, level);
        format!("{} ({interval})", self.write_in_text(value))
    }

    fn form(self) -> Form {
        let form = |factor, decimals, after_value, after_difference| Form {
            factor,
            decimals,
            after_value,
            after_difference,
        };
        match self {
            Unit::Number { decimals } => form(1.0, decimals, "", ""),
            Unit::PerYear => form(1.0, 2, "", ""),
            Unit::PerDate => form(1.0, 3, "", ""),
            // A difference in percent would read as relative.
            Unit::Percent { .. } => form(1e2, 1, " %", " percentage points"),
            Unit::PercentPerBar => form(1e2, 2, " %", " percentage points"),
            Unit::BasisPointsPerBar => form(1e4, 2, " bps", " bps"),
            Unit::Nats => form(1.0, 4, " nats", " nats"),
            Unit::Count => form(1.0, 0, "", ""),
        }
    }
}

/// Writes an interval. One that excludes 0 has as many decimals as it takes to see that, up to four more.
fn write_interval((low, high): (f64, f64), places: usize, level: f64) -> String {
    let nearest = if low > 0.0 { low } else { high };
    let excludes_zero = low > 0.0 || high < 0.0;
    let hidden = |places: usize| excludes_zero && is_zero(&decimals(nearest, places));
    let places = (places..places + 4).find(|&places| !hidden(places)).unwrap_or(places + 4);
    let percent = decimals(level * 1e2, 1);
    let percent = percent.strip_suffix(".0").unwrap_or(&percent);
    format!("{percent} % interval {} to {}", decimals(low, places), decimals(high, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_their_unit() {
        let share = Unit::Percent { of: "share of samples" };
        for (unit, value, alone, in_text, name) in [
            (Unit::Number { decimals: 3 }, -0.0614, "−0.061", "−0.061", "number"),
            (Unit::PerYear, 0.812, "0.81", "0.81", "per year"),
            (Unit::PerDate, 0.812, "0.812", "0.812", "per date"),
            (share, 0.4123, "41.2 %", "41.2 %", "share of samples"),
            (Unit::BasisPointsPerBar, 0.000_123, "1.23", "1.23 bps", "fraction of capital per bar"),
            (Unit::PercentPerBar, 0.1, "10.00 %", "10.00 %", "fraction of capital per bar"),
            (Unit::Nats, 0.9312, "0.9312", "0.9312 nats", "nats"),
            (Unit::Count, 2400.0, "2,400", "2,400", "count"),
        ] {
            assert_eq!(unit.write(value), alone);
            assert_eq!(unit.write_in_text(value), in_text);
            assert_eq!(unit.name(), name);
            assert_eq!(unit.write(f64::NAN), "–");
        }
    }

    #[test]
    fn differences_of_shares_are_percentage_points() {
        let share = Unit::Percent { of: "share of samples" };
        let text = share.write_difference(0.032, (-0.01, 0.074), 0.95);
        assert_eq!(text, "3.2 percentage points (95 % interval −1.0 to 7.4)");
        let text = Unit::PerYear.write_estimate(0.812, (-0.2, 1.824), 0.975);
        assert_eq!(text, "0.81 (97.5 % interval −0.20 to 1.82)");
    }

    #[test]
    fn an_interval_that_excludes_zero_shows_it() {
        let number = Unit::Number { decimals: 3 };
        let written = |interval| number.write_difference(0.02, interval, 0.95);
        assert_eq!(written((0.000_32, 0.04)), "0.020 (95 % interval 0.0003 to 0.0400)");
        assert_eq!(written((-0.04, -0.000_02)), "0.020 (95 % interval −0.04000 to −0.00002)");
        assert_eq!(written((-0.000_3, 0.04)), "0.020 (95 % interval 0.000 to 0.040)");
    }
}
