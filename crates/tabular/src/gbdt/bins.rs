//! The thresholds between the bins of a column.

/// Finds thresholds that sort a column's numbers into at most `most` bins. Sorts `values`, none of which may be NaN.
///
/// A number belongs to the first bin whose threshold is not below it, or else to the last bin. Each threshold `t`
/// between two neighbouring distinct numbers `a < b` satisfies `a <= t < b` and is finite; it lies midway between them
/// if an `f32` does. Up to `most` distinct numbers have a bin each. Of more, those that fill an average bin alone get
/// one, and the others are spread evenly over the bins that remain, as in LightGBM.
pub(crate) fn thresholds(values: &mut [f32], most: usize) -> Vec<f32> {
    values.sort_unstable_by(f32::total_cmp);
    let mut distinct: Vec<(f32, usize)> = Vec::new();
    for &value in &*values {
        match distinct.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => distinct.push((value, 1)),
        }
    }
    let between = |place: usize| midway(distinct[place].0, distinct[place + 1].0);
    if distinct.len() <= most {
        return (1..distinct.len()).map(|place| between(place - 1)).collect();
    }
    let average = values.len() as f64 / most as f64;
    let heavy = |count: usize| count as f64 >= average;
    let heavies = distinct.iter().filter(|value| heavy(value.1));
    let (heavy_bins, heavy_rows) = heavies.fold((0, 0), |(bins, rows), value| (bins + 1, rows + value.1));
    let mut bins_left = most - heavy_bins;
    let mut rows_left = values.len() - heavy_rows;
    let mut target = rows_left as f64 / bins_left.max(1) as f64;
    let mut thresholds = Vec::with_capacity(most - 1);
    let mut in_bin = 0;
    for (pair, place) in distinct.windows(2).zip(0..) {
        let [count, next] = [pair[0].1, pair[1].1];
        in_bin += count;
        if !heavy(count) {
            rows_left -= count;
        }
        let before_heavy = heavy(next) && in_bin as f64 >= (target / 2.0).max(1.0);
        if heavy(count) || in_bin as f64 >= target || before_heavy {
            thresholds.push(between(place));
            if thresholds.len() == most - 1 {
                break;
            }
            in_bin = 0;
            if !heavy(count) {
                bins_left = bins_left.saturating_sub(1);
                target = rows_left as f64 / bins_left.max(1) as f64;
            }
        }
    }
    thresholds
}

/// A finite threshold between two numbers `low < high`.
fn midway(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    // Between neighbouring numbers, the middle may round up to the higher one.
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_distinct_numbers_have_a_bin_each() {
        assert_eq!(thresholds(&mut [3.0, 1.0, 2.0, 1.0, -0.0, 0.0], 255), [0.5, 1.5, 2.5]);
        assert_eq!(thresholds(&mut [7.0; 9], 255), [0.0; 0]);
        assert_eq!(thresholds(&mut [], 255), [0.0; 0]);
    }

    #[test]
    fn many_distinct_numbers_are_spread_evenly() {
        let mut values: Vec<f32> = (0..1000u16).map(f32::from).collect();
        assert_eq!(thresholds(&mut values, 4), [249.5, 499.5, 749.5]);
    }

    #[test]
    fn a_frequent_number_has_a_bin_of_its_own() {
        let mut values: Vec<f32> = (0..100u16).map(f32::from).chain([50.0; 900]).collect();
        let found = thresholds(&mut values, 5);
        assert!(found.contains(&49.5) && found.contains(&50.5), "{found:?}");
        assert!(found.len() >= 3, "{found:?}");
    }

    #[test]
    fn neighbouring_and_largest_numbers_are_told_apart() {
        let (low, high) = (1.0f32, 1.0f32.next_up());
        assert_eq!(thresholds(&mut [high, low], 255), [low]);
        assert_eq!(thresholds(&mut [f32::MIN, f32::MAX], 255), [0.0]);
    }

    proptest! {
        #[test]
        fn thresholds_separate_and_no_bin_is_empty(mut values in prop::collection::vec(-40i16..40, 2..300), most in 2usize..30) {
            let mut numbers: Vec<f32> = values.iter().map(|&value| f32::from(value) / 4.0).collect();
            let found = thresholds(&mut numbers, most);
            values.sort_unstable();
            values.dedup();
            prop_assert!(found.len() < most);
            prop_assert!(found.is_sorted_by(|a, b| a < b));
            if values.len() <= most {
                prop_assert_eq!(found.len() + 1, values.len());
            } else {
                prop_assert!(!found.is_empty());
            }
            for bin in 0..=found.len() {
                let inside = |value: f32| found.partition_point(|&threshold| threshold < value) == bin;
                prop_assert!(numbers.iter().any(|&value| inside(value)));
            }
        }
    }
}
