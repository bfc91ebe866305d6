//! How the figures of backtest paths spread.

use crate::digits::{count, decimals};
use crate::shown::LEAST_BARS;
use crate::unit::Unit;
use artifact_core::schema::{CrossValidation, PathFigures, PathReturns};

/// How a figure spreads over backtest paths.
#[derive(Debug, Clone, PartialEq)]
pub struct PathSpread {
    /// The figure's title.
    pub title: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The values, ascending; at least one.
    pub values: Vec<f64>,
}

impl PathSpread {
    /// A quantile of the values, by linear interpolation; `level` from 0 to 1.
    pub fn quantile(&self, level: f64) -> f64 {
        let place = level.clamp(0.0, 1.0) * (self.values.len() - 1) as f64;
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        self.values[low] + (place - low as f64) * (self.values[high] - self.values[low])
    }

    /// The least value, the quartiles and the largest one, written.
    pub fn written(&self) -> [String; 5] {
        [0.0, 0.25, 0.5, 0.75, 1.0].map(|level| self.unit.write_in_text(self.quantile(level)))
    }
}

/// The figures of the paths of a cross-validation that have one on every path; none from fewer than [`LEAST_BARS`] bars.
pub fn path_spreads(cv: &CrossValidation) -> Vec<PathSpread> {
    let of = |title, unit, value: &dyn Fn(&PathFigures) -> Option<f64>| {
        let mut values: Vec<f64> = cv.paths.iter().map(value).collect::<Option<_>>()?;
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then_some(PathSpread { title, unit, values })
    };
    let money = |value: fn(&PathReturns) -> Option<f64>| {
        move |path: &PathFigures| {
            let returns = path.returns.as_ref().filter(|own| own.bars >= LEAST_BARS)?;
            value(returns)
        }
    };
    let spreads = [
        of("Sharpe ratio, annualised", Unit::PerYear, &money(|own| own.sharpe)),
        of("Mean return per bar after cost", Unit::BasisPointsPerBar, &money(|own| Some(own.mean_return))),
        of(
            "Largest drawdown",
            Unit::Percent { of: "fraction of capital" },
            &money(|own| Some(own.max_drawdown)),
        ),
    ];
    spreads.into_iter().flatten().collect()
}

/// The Sharpe ratios along the backtest paths, in a sentence; `None` where they say nothing.
pub fn paths_in_words(cv: &CrossValidation) -> Option<String> {
    let spreads = path_spreads(cv);
    let sharpe = spreads.iter().find(|own| own.unit == Unit::PerYear)?;
    let bars = cv.paths.first()?.returns.as_ref()?.bars;
    let after = "after cost, at the chosen epoch";
    Some(match sharpe.values.as_slice() {
        [only] => format!(
            "Over all {} bars of the folds, each decided by a model that has not seen it, the Sharpe ratio is {} {after}.",
            count(bars),
            decimals(*only, 2)
        ),
        several => format!(
            "Along the {} backtest paths, of {} bars each, the Sharpe ratio is {} at the median and {} to {} at the ends {after}; it is \
             below 0 on {} of them.",
            several.len(),
            count(bars),
            decimals(sharpe.quantile(0.5), 2),
            decimals(sharpe.quantile(0.0), 2),
            decimals(sharpe.quantile(1.0), 2),
            several.iter().filter(|value| **value < 0.0).count(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_values() {
        let spread = PathSpread { title: "", unit: Unit::PerYear, values: vec![-1.0, 0.0, 0.5, 2.0] };
        assert_eq!([0.0, 0.5, 1.0].map(|level| spread.quantile(level)), [-1.0, 0.25, 2.0]);
        assert_eq!(spread.quantile(1.0 / 6.0), -0.5);
        assert_eq!(spread.written()[0], "−1.00");
    }
}
