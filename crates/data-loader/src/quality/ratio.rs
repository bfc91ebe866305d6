//! Ratios of splits.

use std::fmt;

/// The ratios in which shares are split, as (new, old) with more new ones; reverse splits are their inverses.
const USUAL: [(u16, u16); 25] = [
    (6, 5),
    (5, 4),
    (4, 3),
    (3, 2),
    (5, 3),
    (2, 1),
    (5, 2),
    (3, 1),
    (7, 2),
    (4, 1),
    (5, 1),
    (6, 1),
    (7, 1),
    (8, 1),
    (9, 1),
    (10, 1),
    (12, 1),
    (15, 1),
    (20, 1),
    (25, 1),
    (30, 1),
    (40, 1),
    (50, 1),
    (100, 1),
    (1000, 1),
];

/// How many shares one share becomes: `new` for `old`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    new: u16,
    old: u16,
}

impl Ratio {
    /// The usual ratio nearest to a factor, if the two differ by at most `tolerance` in logarithms.
    pub(super) fn near(factor: f64, tolerance: f64) -> Option<Self> {
        let all = USUAL.into_iter().flat_map(|(a, b)| [Ratio { new: a, old: b }, Ratio { new: b, old: a }]);
        let distance = |ratio: &Ratio| (libm::log(factor) - libm::log(ratio.factor())).abs();
        all.min_by(|a, b| distance(a).total_cmp(&distance(b))).filter(|ratio| distance(ratio) <= tolerance)
    }

    /// New shares per old one.
    pub(super) fn factor(self) -> f64 {
        f64::from(self.new) / f64::from(self.old)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.new, self.old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_find_their_ratios_both_ways() {
        for (factor, text) in [(2.0, "2:1"), (6.98, "7:1"), (0.1, "1:10"), (1.5, "3:2"), (0.6667, "2:3")] {
            let ratio = Ratio::near(factor, 0.01).unwrap();
            assert_eq!(ratio.to_string(), text);
            assert!((ratio.factor() / factor - 1.0).abs() < 0.01);
        }
        for factor in [1.0, 1.1, 1.9, 0.7, f64::NAN, 0.0, f64::INFINITY, -2.0] {
            assert_eq!(Ratio::near(factor, 0.01), None, "{factor}");
        }
    }
}
