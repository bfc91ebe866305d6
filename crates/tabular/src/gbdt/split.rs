//! The best split of a leaf.

use crate::gbdt::histogram::Lane;
use crate::gbdt::settings::Settings;
use crate::gbdt::sum::{Scale, Sum};

/// A gain smaller than this part of the leaf's own counts as none: it is rounding.
const ROUNDING: f64 = 1e-12;

/// Which rows of a leaf go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Split {
    /// By how much the split lowers the loss, in the units of the round.
    pub(crate) gain: f64,
    /// The place of the column among those that are not constant.
    pub(crate) place: usize,
    /// The last bin that goes left.
    pub(crate) bin: u8,
    /// Whether rows where the number is missing go left.
    pub(crate) missing_left: bool,
    /// The sums over the rows that go left.
    pub(crate) left: Sum,
}

impl Split {
    /// The split with the higher gain; the first if they are equal.
    pub(crate) fn better(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(first), Some(second)) => Some(if second.gain > first.gain { second } else { first }),
            (first, second) => first.or(second),
        }
    }
}

/// What a split must satisfy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) scale: Scale,
    rows: u64,
    hessian: f64,
    l2: f64,
}

impl Limits {
    pub(crate) fn new(settings: &Settings, scale: Scale) -> Self {
        let rows = settings.min_rows_in_leaf as u64;
        let hessian = scale.to_hessian_units(settings.min_hessian_in_leaf);
        Self { scale, rows, hessian, l2: scale.to_hessian_units(settings.l2) }
    }

    /// Whether a leaf is large enough for two.
    pub(crate) fn allow(&self, total: Sum) -> bool {
        self.scale.count(total) / 2 >= self.rows && self.scale.hessian_units(total) >= 2.0 * self.hessian
    }
}

/// A leaf whose split is sought.
struct Search<'a> {
    limits: &'a Limits,
    total: Sum,
    /// The gain of the leaf as it is, which a split must exceed.
    own: f64,
}

/// Finds the best split of a leaf by one column, which has `missing` bins before the one of missing numbers.
///
/// The gain of a split is G²/(H + l2) summed over its sides less that of the whole, where G and H are the sums of first
/// and second derivatives (Chen and Guestrin, XGBoost, 2016, equation 7). Of equal splits, the one at the lowest bin is
/// taken; where no number of the leaf is missing, missing ones follow the side with more rows, the left if both have
/// as many.
pub(crate) fn best(place: usize, lane: &Lane, missing: usize, total: Sum, limits: &Limits) -> Option<Split> {
    let gradient = total.gradient as f64;
    let hessian = limits.scale.hessian_units(total) + limits.l2;
    if hessian <= 0.0 {
        return None;
    }
    let own = gradient * gradient / hessian * (1.0 + ROUNDING);
    let search = Search { limits, total, own };
    let (numbers, missing) = (&lane[..missing], lane[missing]);
    let apart = search.scan(numbers, Sum::default());
    let chosen = if missing.packed == 0 {
        apart.map(|(gain, bin, left)| {
            let rows = limits.scale.count(left);
            (gain, bin, left, rows >= limits.scale.count(total) - rows)
        })
    } else {
        let together = search.scan(numbers, missing);
        match (apart, together) {
            (Some(a), Some(b)) if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) => Some((b.0, b.1, b.2, true)),
            (None, Some(b)) => Some((b.0, b.1, b.2, true)),
            (a, _) => a.map(|a| (a.0, a.1, a.2, false)),
        }
    };
    chosen.map(|(gain, bin, left, missing_left)| Split {
        gain: gain - own,
        place,
        bin: bin as u8,
        missing_left,
        left,
    })
}

impl Search<'_> {
    /// The gain, the last bin and the sums of the left side of the best split, given what goes left in any case.
    fn scan(&self, bins: &[Sum], mut left: Sum) -> Option<(f64, usize, Sum)> {
        let Self { limits, total, .. } = *self;
        let mut best_gain = self.own;
        let mut best = None;
        for (bin, &sum) in bins.iter().enumerate() {
            if sum.packed == 0 {
                continue;
            }
            left += sum;
            let right = total - left;
            if limits.scale.count(left) < limits.rows {
                continue;
            }
            if limits.scale.count(right) < limits.rows {
                break;
            }
            let (left_hessian, right_hessian) =
                (limits.scale.hessian_units(left), limits.scale.hessian_units(right));
            if left_hessian < limits.hessian || right_hessian < limits.hessian {
                continue;
            }
            let (left_hessian, right_hessian) = (left_hessian + limits.l2, right_hessian + limits.l2);
            let (left_gradient, right_gradient) = (left.gradient as f64, right.gradient as f64);
            let numerator = left_gradient * left_gradient * right_hessian
                + right_gradient * right_gradient * left_hessian;
            let denominator = left_hessian * right_hessian;
            // Most splits are worse, which shows without a division.
            if numerator > best_gain * denominator && denominator > 0.0 {
                let gain = numerator / denominator;
                if gain > best_gain {
                    best_gain = gain;
                    best = Some((gain, bin, left));
                }
            }
        }
        best
    }
}
