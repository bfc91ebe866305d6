//! The scaler `window_zscore`.

use super::{Affine, Scaler, WithinWindow};
use artifact_core::Params;
use settings::part::{Declaration, Part};

/// Scales each column of each window to mean 0 and standard deviation 1.
///
/// Mean and standard deviation, the population's (divisor `n`), are those of the column's finite values in the window,
/// summed in `f64` from the oldest row on. Where these values are all equal, or there are none, the column is 0.
pub(crate) struct WindowZscore;

impl Part for WindowZscore {
    fn declaration(&self) -> Declaration {
        let doc = "Scales each column of each window by the window's own mean and standard deviation.";
        Declaration::new("window_zscore", doc)
    }
}

impl Scaler for WindowZscore {
    fn fit(&self, _cells: &[f64], _params: &Params) -> Affine {
        Affine::IDENTITY
    }

    fn within_window(&self, _columns: &[String], _params: &Params) -> Result<Option<WithinWindow>, String> {
        Ok(Some(WithinWindow::new(standardise)))
    }
}

fn standardise(window: &mut [f32], columns: usize) {
    for column in 0..columns {
        let finite = || window.iter().skip(column).step_by(columns).filter(|value| value.is_finite());
        let values = || finite().map(|&value| f64::from(value));
        let count = values().count() as f64;
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        // Constant values are recognised by comparison: rounding can leave them a tiny deviation.
        let constant = finite().next().is_none_or(|first| finite().all(|value| value == first));
        let deviation = variance.sqrt();
        for value in window.iter_mut().skip(column).step_by(columns) {
            *value = if constant { 0.0 } else { ((f64::from(*value) - mean) / deviation) as f32 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scaled(mut window: Vec<f32>, columns: usize) -> Vec<f32> {
        WithinWindow::new(standardise).apply(&mut window, columns);
        window
    }

    #[test]
    fn by_hand() {
        // The first column is 1, 3, 5: mean 3 and variance 8/3; the second 7, 7, 7; the third lacks its middle value.
        let window = vec![1.0, 7.0, 10.0, 3.0, 7.0, f32::NAN, 5.0, 7.0, 30.0];
        let far = (2.0 / (8.0_f64 / 3.0).sqrt()) as f32;
        assert_eq!(scaled(window, 3), [-far, 0.0, -1.0, 0.0, 0.0, 0.0, far, 0.0, 1.0]);
    }

    #[test]
    fn a_column_without_values_or_variation_is_zero() {
        assert_eq!(scaled(vec![f32::NAN; 4], 2), [0.0; 4]);
        assert_eq!(scaled(vec![0.1, f32::INFINITY, 0.1, f32::NAN], 2), [0.0; 4]);
        assert_eq!(scaled(vec![5.0], 1), [0.0]);
    }

    proptest! {
        #[test]
        fn windows_come_out_standardised_whatever_their_level_and_scale(
            values in prop::collection::vec(-100_i32..100, 20), shift in -1000_i32..1000, power in -8_i32..8,
        ) {
            let window: Vec<f32> = values.iter().map(|&value| value as f32).collect();
            let found = scaled(window.clone(), 2);
            for column in 0..2 {
                let cells: Vec<f64> = found[column..].iter().step_by(2).map(|&value| f64::from(value)).collect();
                let mean = cells.iter().sum::<f64>() / 10.0;
                let square = cells.iter().map(|value| value * value).sum::<f64>() / 10.0;
                prop_assert!(mean.abs() < 1e-6 && (square == 0.0 || (square - 1.0).abs() < 1e-5));
            }
            // Powers of two and small whole numbers are exact in a float.
            let scale = 2.0_f32.powi(power);
            let moved = window.iter().map(|value| (value + shift as f32) * scale).collect();
            for (a, b) in found.iter().zip(scaled(moved, 2)) {
                prop_assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
        }
    }
}
