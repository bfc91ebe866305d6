//! Weighted quantiles.

/// The quantile at `level`, above 0 and below 1, of values with positive weights. 0 if there are none. Sorts them.
///
/// A weight counts as that many equal values. The quantile is the mean of the sorted values from `level` times the total
/// weight to `unit` beyond, where the values are laid side by side, each as wide as its weight. With weights of 1 and a
/// unit of 1 this interpolates between the two nearest values as LightGBM does.
pub(crate) fn quantile(values: &mut [(f64, f64)], level: f64, unit: f64) -> f64 {
    // A stable sort, so that the weights are added up in the order of the rows where values are equal.
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|value| value.1).sum();
    let (start, end) = (level * total, level * total + unit);
    let (mut reached, mut covered) = (0.0, 0.0);
    let mut first = None;
    let mut beyond = 0.0;
    for &(value, weight) in &*values {
        let overlap = (reached + weight).min(end) - reached.max(start);
        reached += weight;
        if overlap > 0.0 {
            covered += overlap;
            // Differences to the first value, so that equal values give exactly that value.
            beyond += (value - *first.get_or_insert(value)) * overlap;
        }
        if reached >= end {
            break;
        }
    }
    match first {
        Some(first) => first + beyond / covered,
        // Rounding may leave nothing beyond the start.
        None => values.last().map_or(0.0, |value| value.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64], level: f64) -> f64 {
        quantile(&mut values.iter().map(|&value| (value, 1.0)).collect::<Vec<_>>(), level, 1.0)
    }

    #[test]
    fn interpolates_between_values() {
        assert_eq!(of(&[4.0, 1.0, 3.0, 2.0], 0.5), 3.0);
        assert_eq!(of(&[4.0, 1.0, 3.0, 2.0], 0.375), 2.5);
        assert_eq!(of(&[4.0, 1.0, 3.0, 2.0], 0.9), 4.0);
        assert_eq!(of(&[4.0], 0.01), 4.0);
        assert_eq!(of(&[], 0.5), 0.0);
    }

    proptest! {
        #[test]
        fn a_weight_is_a_repetition(values in prop::collection::vec((-9i8..9, 1u8..4), 1..30), level in 0.01f64..0.99) {
            let mut weighted: Vec<(f64, f64)> = values.iter().map(|&(v, w)| (v.into(), w.into())).collect();
            let repeated: Vec<f64> =
                values.iter().flat_map(|&(v, w)| vec![f64::from(v); w.into()]).collect();
            let difference = quantile(&mut weighted, level, 1.0) - of(&repeated, level);
            prop_assert!(difference.abs() < 1e-9);
        }

        #[test]
        fn the_scale_of_weights_is_irrelevant(values in prop::collection::vec(-9.0f64..9.0, 1..30), level in 0.01f64..0.99) {
            let mut scaled: Vec<(f64, f64)> = values.iter().map(|&value| (value, 1.0 / 1024.0)).collect();
            prop_assert!((quantile(&mut scaled, level, 1.0 / 1024.0) - of(&values, level)).abs() < 1e-9);
        }
    }
}
