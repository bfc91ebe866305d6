//! Intervals from the values of a figure on resamples.

use crate::normal::upper_quantile;
use crate::{Estimate, Undefined};

/// An interval that holds the true value of a figure with a stated probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The probability with which such an interval holds the true value, between 0 and 1.
    pub level: f64,
}

/// The fewest resamples: with fewer, the ends of a 95 % interval rest on one or two of them.
const LEAST_RESAMPLES: usize = 100;
/// The fewest blocks that Student's quantile is taken for.
const LEAST_BLOCKS: f64 = 3.0;
/// At most one in this many resamples may leave the figure undefined.
const UNDEFINED_ONE_IN: usize = 20;

impl Interval {
    /// The studentised interval (bootstrap-t; Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, section 12.5).
    ///
    /// On every resample the figure's distance from the estimate is divided by the standard error there. The quantiles
    /// `(1 - level) / 2` and `(1 + level) / 2` of these ratios, times the standard error of the estimate, are taken from the
    /// estimate. Where labels overlap, resampled figures vary less than the figure does. Dividing by their own standard
    /// errors makes up for most of that; plain percentiles would not.
    ///
    /// A resample without a value is one on which the figure is undefined, such as one with a single class, or its standard
    /// error is 0. Up to one in twenty are left out. If the standard error of the estimate is 0, nothing varies, and the
    /// interval is the estimate.
    ///
    /// # Errors
    ///
    /// [`Undefined`] for fewer than 100 resamples, for too many that are undefined, or a level outside 0 to 1.
    pub fn studentised(
        estimate: Estimate,
        resampled: impl IntoIterator<Item = Option<Estimate>>,
        level: f64,
    ) -> Result<Self, Undefined> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Undefined::Probability { found: level });
        }
        let Estimate { value, error } = estimate;
        if error == 0.0 {
            return Ok(Self { low: value, high: value, level });
        }
        let ratio = |own: Option<Estimate>| {
            own.filter(|own| own.error > 0.0).map(|own| (own.value - value) / own.error)
        };
        let ratios: Vec<Option<f64>> = resampled.into_iter().map(ratio).collect();
        let resamples = ratios.len();
        if resamples < LEAST_RESAMPLES {
            return Err(Undefined::FewResamples { found: resamples, least: LEAST_RESAMPLES });
        }
        let mut ratios: Vec<f64> = ratios.into_iter().flatten().collect();
        let undefined = resamples - ratios.len();
        if undefined * UNDEFINED_ONE_IN > resamples {
            return Err(Undefined::Replicates { undefined, resamples });
        }
        ratios.sort_by(f64::total_cmp);
        let end = |share| value - quantile(&ratios, share) * error;
        Ok(Self { low: end(f64::midpoint(1.0, level)), high: end((1.0 - level) / 2.0), level })
    }

    /// The interval of an estimate, widened for a standard error that rests on few blocks of rows: by the ratio of Student's quantile
    /// to the normal one, with as many degrees of freedom as there are blocks.
    ///
    /// Figures of few blocks have heavier tails than their resamples, which are made of the same blocks. `blocks` is the number of
    /// rows over their mean block length; fewer than three count as three.
    #[must_use]
    pub fn widened(self, estimate: Estimate, blocks: f64) -> Self {
        let normal = upper_quantile((1.0 - self.level) / 2.0);
        let factor = student(normal, blocks.max(LEAST_BLOCKS)) / normal;
        let end = |end: f64| estimate.value + (end - estimate.value) * factor;
        Self { low: end(self.low), high: end(self.high), ..self }
    }

    /// Whether 0 is outside.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Student's quantile for the normal quantile `z` of the same probability, by the expansion in Abramowitz and Stegun, *Handbook of
/// Mathematical Functions* (1964), 26.7.5: to 0.04 from three degrees of freedom on, to 0.001 from ten on.
fn student(z: f64, freedom: f64) -> f64 {
    let square = z * z;
    let first = (square + 1.0) * z / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) * z / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) * z / 384.0;
    z + (first + (second + third / freedom) / freedom) / freedom
}

/// The quantile of sorted values, interpolated linearly between the two nearest (type 7 of Hyndman and Fan 1996).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let lower = place.floor() as usize;
    let upper = (lower + 1).min(sorted.len() - 1);
    sorted[lower] + (place - lower as f64) * (sorted[upper] - sorted[lower])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimates(count: u32) -> impl Iterator<Item = Option<Estimate>> {
        (0..count).map(|number| Some(Estimate { value: f64::from(number) - 100.0, error: 2.0 }))
    }

    #[test]
    fn the_ends_mirror_the_quantiles() {
        // The ratios run from -55 to 45 in steps of one half.
        let found = Interval::studentised(Estimate { value: 10.0, error: 0.5 }, estimates(201), 0.5).unwrap();
        assert_eq!(found, Interval { low: 0.0, high: 25.0, level: 0.5 });
        assert_eq!(quantile(&[1.0, 2.0], 0.25), 1.25);
    }

    #[test]
    fn few_blocks_widen_an_interval_by_students_quantiles() {
        let z = upper_quantile(0.025);
        // From published tables.
        for (freedom, expected, error) in
            [(3.0, 3.1824, 0.04), (10.0, 2.2281, 1e-3), (18.0, 2.1009, 1e-4), (1e9, z, 1e-8)]
        {
            assert!((student(z, freedom) - expected).abs() < error, "{freedom}: {}", student(z, freedom));
        }
        let narrow = Interval { low: -1.0, high: 3.0, level: 0.95 };
        let wide = narrow.widened(Estimate { value: 0.0, error: 1.0 }, 18.0);
        let factor = 2.1009 / z;
        assert!((wide.low + factor).abs() < 1e-4 && (wide.high - 3.0 * factor).abs() < 1e-3, "{wide:?}");
        let least = |blocks| narrow.widened(Estimate { value: 0.0, error: 1.0 }, blocks);
        assert_eq!(least(0.5), least(3.0));
    }

    #[test]
    fn an_interval_excludes_zero_on_either_side() {
        let of = |low, high| Interval { low, high, level: 0.95 }.excludes_zero();
        assert_eq!([of(0.1, 0.2), of(-0.2, -0.1), of(-0.1, 0.1), of(0.0, 0.1)], [true, true, false, false]);
    }

    #[test]
    fn some_undefined_resamples_are_left_out_and_many_are_an_error() {
        let estimate = Estimate { value: 0.0, error: 1.0 };
        let with = |undefined: usize, none: Option<Estimate>| {
            let resampled = estimates(200)
                .enumerate()
                .map(move |(number, own)| if number < undefined { none } else { own });
            Interval::studentised(estimate, resampled, 0.95)
        };
        assert!(with(10, None).is_ok());
        let many = Err(Undefined::Replicates { undefined: 11, resamples: 200 });
        assert_eq!(with(11, None), many);
        assert_eq!(with(11, Some(Estimate { value: 0.0, error: 0.0 })), many);
        let few = Undefined::FewResamples { found: 99, least: LEAST_RESAMPLES };
        assert_eq!(Interval::studentised(estimate, estimates(99), 0.95), Err(few));
        let level = Undefined::Probability { found: 1.0 };
        assert_eq!(Interval::studentised(estimate, estimates(200), 1.0), Err(level));
        let fixed = Interval::studentised(Estimate { value: 0.3, error: 0.0 }, [], 0.95).unwrap();
        assert_eq!((fixed.low, fixed.high), (0.3, 0.3));
    }
}
