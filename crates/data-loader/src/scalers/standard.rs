//! The scaler `standard`.

use super::{Affine, Scaler};
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// Scales to mean 0 and standard deviation 1.
///
/// The standard deviation is the population's (divisor `n`). Sums run in the order of the cells, in `f64` with
/// Neumaier's compensation (ZAMM 54, 1974), first the mean and then the squared differences from it, so that the result
/// does not depend on the number of threads.
pub(crate) struct Standard;

impl Part for Standard {
    fn declaration(&self) -> Declaration {
        let doc = "Subtracts the mean and divides by the population standard deviation.";
        Declaration::new("standard", doc)
    }
}

impl Scaler for Standard {
    fn fit(&self, cells: &[f64], _params: &Params) -> Affine {
        let count = cells.len() as f64;
        // Constant cells are recognised by comparison: rounding can leave them a tiny deviation, and dividing by that
        // would blow up the first value that differs.
        if let Some(&first) = cells.first()
            && cells.iter().all(|&value| value == first)
        {
            return Affine { centre: first, scale: None };
        }
        // Two passes: mean square minus squared mean cancels to noise where values are far from 0, as prices are.
        let mean = sum(cells.iter().copied()) / count;
        let variance = sum(cells.iter().map(|value| (value - mean).powi(2))) / count;
        // Differences too small or too large to square leave no usable deviation.
        Affine { centre: mean, scale: Some(variance.sqrt()).filter(|std| std.is_finite() && *std > 0.0) }
    }
}

/// Adds up in the given order, with Neumaier's compensation.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compensation_keeps_small_terms() {
        assert_eq!(sum([1e100, 1.0, -1e100].into_iter()), 1.0);
    }
}
