//! Which classes the model says, and which are true.

use crate::digits::percent;
use artifact_core::schema::{CLASS_NAMES, Evaluation};

/// The least difference of a class's predicted and true shares that is worth a sentence, in percent of the samples.
const LEAST_DIFFERENCE: u128 = 20;

/// A sentence on a model that says a class far more or less often than it is true. None for predicted numbers, and
/// where there are too few samples for a share.
pub(super) fn sentence(evaluation: &Evaluation) -> Option<String> {
    if evaluation.numbers.is_some() || crate::shown::too_few_rows(evaluation).is_some() {
        return None;
    }
    let cell = |truth: usize, predicted: usize| u128::from(evaluation.confusion[truth][predicted]);
    let classes = 0..CLASS_NAMES.len();
    let samples: u128 = classes.clone().flat_map(|t| classes.clone().map(move |p| cell(t, p))).sum();
    if samples == 0 {
        return None;
    }
    let counts = classes.clone().map(|class| {
        let predicted: u128 = classes.clone().map(|truth| cell(truth, class)).sum();
        let truth: u128 = classes.clone().map(|predicted| cell(class, predicted)).sum();
        (CLASS_NAMES[class], predicted, truth)
    });
    let counts: Vec<_> = counts.collect();
    if let Some((name, ..)) = counts.iter().find(|(_, predicted, _)| *predicted == samples) {
        return Some(format!("It always says {name}."));
    }
    // Of equal differences the first class's.
    let (name, predicted, truth) =
        counts.into_iter().reduce(|most, own| if distance(own) > distance(most) { own } else { most })?;
    if distance((name, predicted, truth)) * 100 < LEAST_DIFFERENCE * samples {
        return None;
    }
    let percent = |part: u128| percent(part as f64 / samples as f64, 0);
    Some(format!("It says {name} for {} of the samples; {} are.", percent(predicted), percent(truth)))
}

fn distance((_, predicted, truth): (&str, u128, u128)) -> u128 {
    predicted.abs_diff(truth)
}
