//! Aggregation over folds.

use artifact_core::schema::{CvSummary, Evaluation, FoldResult};
use settings::part::Chosen;
use trainer_core::Metric;

/// The epoch, from 1, whose mean objective over the folds is highest; on ties, the first.
///
/// One epoch is chosen for all folds rather than each fold's own best: a fold's own best epoch would be chosen on the
/// very rows it is scored on, and the final fit needs a single number anyway. `curves` has one curve per fold, with the
/// objective at each epoch; all curves are equally long and not empty.
pub fn choose_epoch(curves: &[Vec<f64>]) -> usize {
    let epochs = curves.iter().map(Vec::len).min().unwrap_or(0);
    let mean = |epoch: usize| curves.iter().map(|curve| curve[epoch]).sum::<f64>() / curves.len() as f64;
    let means = (0..epochs).map(|epoch| (epoch, mean(epoch)));
    let best = means.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map_or(1, |(epoch, _)| epoch + 1)
}

/// Means and sample standard deviations of the folds' metrics.
pub fn summarise(objective: &Chosen<dyn Metric>, folds: &[FoldResult]) -> CvSummary {
    let column = |figure: &dyn Fn(&FoldResult) -> f64| -> Vec<f64> { folds.iter().map(figure).collect() };
    let objectives = column(&|fold| objective.part.value(&fold.evaluation, &objective.params));
    let accuracies = column(&|fold| fold.evaluation.accuracy);
    let returns = column(&|fold| Evaluation::mean_return(&fold.evaluation));
    CvSummary {
        avg_objective: mean(&objectives),
        std_objective: sample_deviation(&objectives),
        avg_accuracy: mean(&accuracies),
        std_accuracy: sample_deviation(&accuracies),
        avg_return: mean(&returns),
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The standard deviation with divisor `n - 1`; 0 for fewer than two values.
fn sample_deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_with_the_best_mean_is_chosen_and_the_first_on_ties() {
        assert_eq!(choose_epoch(&[vec![0.0, 0.9, 0.3], vec![0.1, 0.0, 0.8]]), 3);
        assert_eq!(choose_epoch(&[vec![0.5, 0.5], vec![0.5, 0.5]]), 1);
        assert_eq!(choose_epoch(&[vec![-0.2, -0.1]]), 2);
    }

    #[test]
    fn deviations_are_those_of_a_sample() {
        assert_eq!(sample_deviation(&[1.0]), 0.0);
        assert!((sample_deviation(&[1.0, 2.0, 4.0]) - 1.527_525_231_651_947).abs() < 1e-15);
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
    }
}
