//! Tree-structured Parzen estimators (Bergstra et al. 2011), by the `tpe` crate.

use super::{Outcome, first_valid, random};
use crate::search_space::{Point, Scale, Space};
use rand_chacha::ChaCha8Rng;
use tpe::TpeOptimizer;
use tpe::density_estimation::DefaultEstimatorBuilder;

/// Suggests a valid point from one optimizer per dimension.
pub(super) fn suggest(space: &Space, outcomes: &[Outcome], rng: &mut ChaCha8Rng) -> Point {
    let mut optimizers: Vec<Option<TpeOptimizer>> =
        space.dimensions().iter().map(|dimension| optimizer(&dimension.scale)).collect();
    for outcome in outcomes {
        // The crate minimises. A failure is worse than every score: it only repels.
        let loss = outcome.objective.map_or(f64::INFINITY, |objective| -objective);
        for ((optimizer, dimension), &value) in
            optimizers.iter_mut().zip(space.dimensions()).zip(&outcome.point)
        {
            if let (Some(optimizer), Some(told)) = (optimizer, encode(&dimension.scale, value)) {
                // A value from outside today's domain tells nothing about it.
                let _ = optimizer.tell(told, loss);
            }
        }
    }
    first_valid(space, rng, |rng| {
        let suggest = |(optimizer, scale): (&mut Option<TpeOptimizer>, &Scale)| {
            let asked = optimizer.as_mut().and_then(|optimizer| optimizer.ask(rng).ok());
            asked.map_or_else(|| random::draw(scale, rng), |asked| decode(scale, asked))
        };
        optimizers
            .iter_mut()
            .zip(space.dimensions().iter().map(|dimension| &dimension.scale))
            .map(suggest)
            .collect()
    })
}

/// The crate excludes the upper end of a range, so the unit interval is made a little longer.
const UNIT_END: f64 = 1.0 + 1e-9;

fn optimizer(scale: &Scale) -> Option<TpeOptimizer> {
    let (estimator, range): (DefaultEstimatorBuilder, _) = match scale {
        Scale::Fixed(_) => return None,
        Scale::Choices(values) => (tpe::histogram_estimator(), tpe::categorical_range(values.len())),
        Scale::Range { .. } => (tpe::parzen_estimator(), tpe::range(0.0, UNIT_END)),
    };
    range.ok().map(|range| TpeOptimizer::new(estimator, range))
}

/// The number that the optimizer knows a value by: a place in the list, or a place in the range.
fn encode(scale: &Scale, value: f64) -> Option<f64> {
    match scale {
        Scale::Fixed(_) => None,
        Scale::Choices(values) => values.iter().position(|choice| *choice == value).map(|place| place as f64),
        Scale::Range { low, high, log, whole } => Some(Scale::to_unit(*low, *high, *log, *whole, value)),
    }
}

fn decode(scale: &Scale, asked: f64) -> f64 {
    match scale {
        Scale::Fixed(value) => *value,
        Scale::Choices(values) => values[(asked as usize).min(values.len() - 1)],
        Scale::Range { low, high, log, whole } => Scale::from_unit(*low, *high, *log, *whole, asked),
    }
}
