//! The decision between classes, tuned by cross-validation, through all phases and the audit, with the real binaries.

use artifact_core::schema::{BestConfiguration, ModelBundle};
use tests::Sandbox;

/// Few moves are large enough to be Up or Down, so Hold is the most probable class of nearly all rows.
const SETTINGS: &str = "
[data]
source = 'synthetic'
[labels]
rule = 'horizon'
threshold = 0.05
[training]
model = 'linear'
objective = 'OBJECTIVE'
focal_gamma = 0
class_weight_mix = 0
decision = 'DECISION'
[tuner]
parallelism = 2
stages = [{ sampler = 'random', trials = 1, epochs = 3 }]
[tuner.search_space]
seq_length = 3
[extended]
epochs = 3
folds = 3
";

/// Runs three phases and the audit.
fn run(objective: &str, decision: &str) -> (Sandbox, ModelBundle, BestConfiguration) {
    let sandbox = Sandbox::new(&SETTINGS.replace("OBJECTIVE", objective).replace("DECISION", decision));
    let (bundle, best) = sandbox.tested();
    (sandbox, bundle, best)
}

#[test]
fn a_tuned_decision_finds_rare_classes() {
    let (_, plain, untuned) = run("negative_log_loss", "most_probable");
    assert_eq!(untuned.cv_results.decision_balance, 0.0);
    for objective in ["negative_log_loss", "mcc"] {
        let (sandbox, tuned, best) = run(objective, "tuned");
        let (before, after) = (&plain.test.model, &tuned.test.model);
        assert!(best.cv_results.decision_balance > 0.0 && best.baseline.decision_balance > 0.0);
        let mccs = [before.mcc.unwrap(), after.mcc.unwrap()];
        assert!(mccs[1] > mccs[0] + 0.05, "{mccs:?}");
        if objective == "negative_log_loss" {
            assert_eq!(before.log_loss, after.log_loss, "the probabilities are the same");
        }
        let card = sandbox.view(|run| run.final_model().join("README.md"));
        assert!(card.contains("| class decided for |"), "{card}");
    }
}
