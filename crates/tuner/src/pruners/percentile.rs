//! Comparison with a percentile of the others at the same epoch.

/// Whether `value` is not within the best `percentile` percent of `others`.
///
/// The bar is the percentile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
pub(super) fn is_below(value: f64, mut others: Vec<f64>, percentile: f64) -> bool {
    others.sort_by(f64::total_cmp);
    let Some(last) = others.len().checked_sub(1) else { return false };
    let place = last as f64 * (1.0 - percentile / 100.0).clamp(0.0, 1.0);
    let (below, share) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(last);
    value < others[below] + share * (others[above] - others[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_interpolated() {
        let others = || vec![4.0, 1.0, 2.0];
        assert!(is_below(1.99, others(), 50.0) && !is_below(2.0, others(), 50.0));
        assert!(is_below(2.99, others(), 25.0) && !is_below(3.0, others(), 25.0));
        assert!(!is_below(0.0, vec![], 50.0));
    }
}
