//! How sure a model is of its classes, scaled by one number.

use artifact_core::schema::CLASSES;
use ndarray::{Array3, Axis};

/// The steps from one temperature to the next twice as high.
const STEPS: usize = 8;
/// How often the temperature may double or halve.
const DOUBLINGS: usize = 2;

/// A temperature: probabilities `p` become `p^(1 / T)`, scaled to a sum of 1.
///
/// It divides the logits (Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017). Above 1 a model is
/// less sure than it says, below 1 surer; the order of its classes stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temperature(f64);

impl Temperature {
    /// Probabilities as they are.
    pub const ONE: Self = Self(1.0);

    /// The number of temperatures among which one is fitted: from 1/4 to 4, eight to a doubling.
    pub const COUNT: usize = 2 * DOUBLINGS * STEPS + 1;

    /// The temperature of a place among those, in ascending order.
    pub fn at(place: usize) -> Self {
        let exponent = (place as f64 - (DOUBLINGS * STEPS) as f64) / STEPS as f64;
        // `libm` gives the same bits on every platform.
        Self(libm::exp2(exponent))
    }

    /// A temperature of a stored configuration; `None` unless it is finite and above 0.
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value > 0.0).then_some(Self(value))
    }

    /// The number, above 0.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The one with the least log loss, given losses as [`SegmentScores::tempered`](crate::SegmentScores::tempered) has them, which
    /// are added up; of equal ones the one nearest to 1. [`Temperature::ONE`] without losses.
    pub fn fitted<'a>(losses: impl IntoIterator<Item = &'a [f64]>) -> Self {
        let mut sums = [0.0; Self::COUNT];
        for own in losses {
            sums.iter_mut().zip(own).for_each(|(sum, loss)| *sum += loss);
        }
        let middle = DOUBLINGS * STEPS;
        let mut places: Vec<usize> = (0..Self::COUNT).collect();
        places.sort_by_key(|place| place.abs_diff(middle));
        let best = places.into_iter().reduce(|best, next| if sums[next] < sums[best] { next } else { best });
        best.map_or(Self::ONE, Self::at)
    }

    /// Scales class probabilities, `(sequences, tickers, classes)`; what is not a distribution over the classes stays.
    pub fn apply(self, predictions: &mut Array3<f32>) {
        if self == Self::ONE || predictions.dim().2 != CLASSES {
            return;
        }
        for mut sample in predictions.lanes_mut(Axis(2)) {
            let Ok(probabilities) = <[f32; CLASSES]>::try_from(sample.to_vec()) else { continue };
            if probabilities.iter().all(|p| p.is_finite()) {
                let scaled = self.scaled(&probabilities.map(f64::from));
                sample.iter_mut().zip(scaled).for_each(|(own, p)| *own = p as f32);
            }
        }
    }

    /// The scaled probabilities. A class that is impossible stays so.
    pub fn scaled(self, probabilities: &[f64; CLASSES]) -> [f64; CLASSES] {
        let largest = probabilities.iter().copied().fold(0.0, f64::max);
        // Relative to the largest one, which cannot underflow.
        let powers = probabilities.map(|p| libm::pow(p / largest, 1.0 / self.0));
        let sum: f64 = powers.iter().sum();
        if sum.is_finite() && sum > 0.0 { powers.map(|power| power / sum) } else { *probabilities }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn the_least_loss_is_chosen_and_1_in_a_tie() {
        let mut losses = [2.0; Temperature::COUNT];
        losses[24] = 1.0;
        assert_eq!(Temperature::fitted([losses.as_slice(), losses.as_slice()]).value(), 2.0);
        assert_eq!(Temperature::fitted([[1.0; Temperature::COUNT].as_slice()]), Temperature::ONE);
        assert_eq!(Temperature::fitted([]), Temperature::ONE);
    }

    #[test]
    fn the_grid_doubles_twice_and_holds_1() {
        let all: Vec<f64> = (0..Temperature::COUNT).map(|place| Temperature::at(place).value()).collect();
        assert_eq!((all[0], all[16], all[24], all[32]), (0.25, 1.0, 2.0, 4.0));
        assert!(all.is_sorted());
        assert_eq!([0.0, -1.0, f64::NAN].map(Temperature::new), [None; 3]);
    }

    #[test]
    fn predictions_without_a_sample_and_numbers_stay() {
        let hot = Temperature::new(2.0).unwrap();
        let mut predictions = array![[[0.64, 0.32, 0.04], [f32::NAN, f32::NAN, f32::NAN]]];
        hot.apply(&mut predictions);
        let sum = 0.8 + 0.32_f32.sqrt() + 0.2;
        assert!((predictions[[0, 0, 0]] - 0.8 / sum).abs() < 1e-6, "{predictions}");
        assert!(predictions[[0, 1, 0]].is_nan());
        let mut numbers = array![[[0.25_f32]]];
        hot.apply(&mut numbers);
        assert_eq!(numbers, array![[[0.25]]]);
    }

    proptest! {
        #[test]
        fn what_is_scaled_is_a_distribution_in_the_same_order(
            raw in [0.0..1.0f64, 0.0..1.0, 0.001..1.0], temperature in 0.25..4.0f64,
        ) {
            let sum: f64 = raw.iter().sum();
            let p = raw.map(|value| value / sum);
            let scaled = Temperature::new(temperature).unwrap().scaled(&p);
            prop_assert!((scaled.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (a, b) in [(0, 1), (1, 2), (0, 2)] {
                prop_assert!(p[a] <= p[b] || scaled[a] >= scaled[b], "{:?} {:?}", p, scaled);
            }
        }
    }
}
