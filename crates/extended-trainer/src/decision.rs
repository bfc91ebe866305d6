//! The decision between classes: cross-validation chooses its balance.

use crate::aggregate::choose_epoch;
use artifact_core::schema::{CLASSES, DecisionRule, Evaluation};
use data_loader::Task;
use settings::part::Chosen;
use trainer_core::{Decision, FitOutcome, Metric};

/// The objective by epoch, by the decision of this place among [`Decision::BALANCES`].
pub(crate) fn curve(objective: &Chosen<dyn Metric>, outcome: &FitOutcome, decision: usize) -> Vec<f64> {
    let value = |epoch| objective.part.value(evaluation(outcome, epoch, decision), &objective.params);
    (0..outcome.evaluations.len()).map(value).collect()
}

/// The objective by decision, fold and epoch.
pub(crate) fn objectives(objective: &Chosen<dyn Metric>, outcomes: &[&FitOutcome]) -> Vec<Vec<Vec<f64>>> {
    let others = outcomes.first().and_then(|outcome| outcome.alternatives.first()).map_or(0, Vec::len);
    let of = |decision| outcomes.iter().map(|outcome| curve(objective, outcome, decision)).collect();
    (MOST_PROBABLE..=others).map(of).collect()
}

/// The place of the most probable class among [`Decision::BALANCES`].
pub(crate) const MOST_PROBABLE: usize = 0;

/// The decisions that each fold is evaluated by, apart from the most probable class; none where numbers are predicted, whose
/// signs leave nothing to decide.
pub(crate) fn alternatives(rule: DecisionRule, task: &Task, counts: [u64; CLASSES]) -> Vec<Decision> {
    let balances = match rule {
        DecisionRule::Tuned if task.is_classes() => &Decision::BALANCES[MOST_PROBABLE + 1..],
        DecisionRule::Tuned | DecisionRule::MostProbable => &[],
    };
    balances.iter().map(|&balance| Decision::balanced(balance, counts)).collect()
}

/// The evaluation of an epoch, from 0, by a decision.
pub(crate) fn evaluation(outcome: &FitOutcome, epoch: usize, decision: usize) -> &Evaluation {
    match decision.checked_sub(1) {
        None => &outcome.evaluations[epoch],
        Some(place) => &outcome.alternatives[epoch][place],
    }
}

/// The decision, as a place among [`Decision::BALANCES`], and the epoch, from 1, with the highest mean objective over the
/// folds; on ties, which are the rule where the objective reads probabilities alone, the decision with the highest mean
/// Matthews correlation, and the least balance.
pub(crate) fn choose_decision(objective: &Chosen<dyn Metric>, outcomes: &[&FitOutcome]) -> (usize, usize) {
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let others = outcomes.first().and_then(|outcome| outcome.alternatives.first()).map_or(0, Vec::len);
    let judged = (MOST_PROBABLE..=others).map(|decision| {
        let curves: Vec<_> = outcomes.iter().map(|outcome| curve(objective, outcome, decision)).collect();
        let epoch = choose_epoch(&curves);
        let reached = mean(curves.iter().filter_map(|curve| curve.get(epoch - 1)).copied().collect());
        let mccs = outcomes.iter().map(|outcome| evaluation(outcome, epoch - 1, decision).skill_of_classes());
        ((reached, mean(mccs.collect())), (decision, epoch))
    });
    let best = judged.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or((MOST_PROBABLE, 1), |(_, chosen)| chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_core::Digest;
    use trainer_core::{ModelParts, Weights};

    /// An outcome of one epoch, with a log loss and the Matthews correlations by each decision.
    fn outcome(log_loss: f64, mccs: [f64; 5]) -> FitOutcome {
        let evaluation = |mcc: f64| -> Evaluation {
            let confusion = [[0; CLASSES]; CLASSES];
            serde_json::from_value(serde_json::json!({ "samples": 0, "confusion": confusion, "accuracy": 0.0,
                "majority_accuracy": 0.0, "balanced_accuracy": 0.0, "mcc": mcc, "mcc_pooled": mcc, "macro_f1": 0.0, "log_loss": log_loss,
                "independent_rows": null, "log_loss_skill": null, "strategy": null }))
            .unwrap()
        };
        FitOutcome {
            weights: Weights { tensors: Vec::new() },
            initial_weights: Digest::of(b""),
            history: Vec::new(),
            evaluations: vec![evaluation(mccs[0])],
            alternatives: vec![mccs[1..].iter().map(|&mcc| evaluation(mcc)).collect()],
            segments: Vec::new(),
            best_epoch: 1,
            stopped: false,
        }
    }

    fn chosen(objective: &str, outcomes: &[FitOutcome]) -> (usize, usize) {
        let objective = ModelParts::builtin().metrics.choose(&objective.into()).unwrap();
        choose_decision(&objective, &outcomes.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_decision_with_the_highest_mean_correlation_is_chosen() {
        let outcomes = [outcome(1.0, [0.1, 0.2, 0.3, 0.1, 0.0]), outcome(0.9, [0.1, 0.2, 0.1, 0.4, 0.0])];
        for objective in ["negative_log_loss", "mcc"] {
            assert_eq!(chosen(objective, &outcomes), (3, 1), "{objective}");
        }
        assert_eq!(
            chosen("negative_log_loss", &[outcome(1.0, [0.2; 5])]),
            (MOST_PROBABLE, 1),
            "the least of equals"
        );
    }

    #[test]
    fn a_fixed_decision_has_no_alternatives() {
        assert!(alternatives(DecisionRule::MostProbable, &Task::Classes, [1, 2, 3]).is_empty());
        assert!(alternatives(DecisionRule::Tuned, &Task::Value, [1, 2, 3]).is_empty());
        let tuned = alternatives(DecisionRule::Tuned, &Task::Classes, [1, 2, 3]);
        assert!(tuned.iter().map(Decision::balance).eq(Decision::BALANCES.into_iter().skip(1)));
    }
}
