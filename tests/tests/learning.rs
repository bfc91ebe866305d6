//! The pipeline learns a planted signal, and nothing from noise.

use artifact_core::{Phase, files};
use tests::Sandbox;
use views::TrialResults;

/// One model on a large generated panel, so that chance alone stays far below the bounds.
fn config(permute: bool) -> String {
    format!(
        r#"
name = "learning"
[data]
source = "synthetic"
period = "max"
synthetic = {{ tickers = 4, rows = 4000 }}
[labels]
permute = {permute}
[tuner]
stages = [{{ sampler = "random", trials = 1, epochs = 20 }}]
[tuner.search_space]
learning_rate = 1e-3
dropout_rate = 0.1
weight_decay = 1e-3
time_window = 5
seq_length = 30
num_layers = 1
d_model = 32
num_heads = 2
d_ff_multiple = 2
batch_size = 32
"#
    )
}

fn tuned(permute: bool) -> TrialResults {
    let sandbox = Sandbox::new(&config(permute));
    sandbox.run_phases(2);
    assert!(sandbox.record().output(Phase::Tuning, "study").is_some());
    files::read_json(&sandbox.run().trial_results()).unwrap()
}

#[test]
fn a_planted_signal_is_found() {
    let results = tuned(false);
    let metrics = results.trials[0].metrics.as_ref().unwrap();
    assert!(metrics.validation.mcc.unwrap() > 0.5, "{:?}", metrics.validation.mcc);
    assert_ne!(metrics.initial_weights, metrics.best_weights, "training changes the weights");
    let losses: Vec<f64> = metrics.history.iter().map(|epoch| epoch.train_loss).collect();
    assert!(losses.last() < losses.first(), "{losses:?}");
}

#[test]
fn permuted_labels_teach_nothing() {
    let results = tuned(true);
    let metrics = results.trials[0].metrics.as_ref().unwrap();
    assert!(metrics.validation.mcc.unwrap().abs() < 0.1, "{:?}", metrics.validation.mcc);
    assert_ne!(metrics.initial_weights, metrics.best_weights, "it was trained nevertheless");
}
